from random import Random

import pytest

from generation.environments.base import ToolError
from generation.environments.key_value import MAX_KEYS, MAX_VALUE, KeyValue


@pytest.fixture
def store() -> KeyValue:
    """A store with a guarded namespace `credits` and a free one, `notes`."""
    return next(
        made
        for made in (KeyValue(Random(seed)) for seed in range(50))
        if "credits" in made.task and "notes" in made.state()
    )


def _set(store: KeyValue, key: str, value: str = "v") -> str:
    return store.call("set_value", {"namespace": "notes", "key": key, "value": value})


def test_keys_are_set_read_and_deleted(store: KeyValue) -> None:
    _set(store, "k")
    assert store.call("get_value", {"namespace": "notes", "key": "k"}) == "v"
    assert "k" in store.call("list_keys", {"namespace": "notes"}).split("\n")
    store.call("delete_key", {"namespace": "notes", "key": "k"})
    for tool in ("get_value", "delete_key"):
        with pytest.raises(ToolError, match="notes has no key 'k'"):
            store.call(tool, {"namespace": "notes", "key": "k"})


def test_compare_and_set_needs_the_value_that_is_there(store: KeyValue) -> None:
    _set(store, "k", "1")
    change: dict[str, object] = {"namespace": "notes", "key": "k", "expected": "1", "value": "2"}
    assert store.call("compare_and_set", change) == "k = 2"
    with pytest.raises(ToolError, match="does not hold the expected value"):
        store.call("compare_and_set", change)


def test_the_guarded_namespace_changes_by_comparison_only(store: KeyValue) -> None:
    key = store.call("list_keys", {"namespace": "credits"}).split("\n")[0]
    where: dict[str, object] = {"namespace": "credits", "key": key}
    for tool, more in (("set_value", {"value": "1"}), ("delete_key", {})):
        with pytest.raises(ToolError, match="credits is guarded"):
            store.call(tool, {**where, **more})
    held = store.call("get_value", where)
    assert store.call("compare_and_set", {**where, "expected": held, "value": "0"}) == f"{key} = 0"


def test_a_namespace_that_is_not_there_is_refused(store: KeyValue) -> None:
    with pytest.raises(ToolError, match="no namespace 'moon': there is credits, notes"):
        store.call("list_keys", {"namespace": "moon"})


def test_keys_and_values_have_limits(store: KeyValue) -> None:
    _set(store, "k" * 64, "v" * MAX_VALUE)
    for key, value in (("k" * 65, "v"), ("", "v"), ("a b", "v"), ("k", "v" * (MAX_VALUE + 1))):
        with pytest.raises(ToolError, match=r"a key is 1 to 64|at most 200"):
            _set(store, key, value)


def test_a_namespace_can_be_full(store: KeyValue) -> None:
    held = len(store.call("list_keys", {"namespace": "notes"}).split("\n"))
    for number in range(MAX_KEYS - held):
        _set(store, f"k{number}")
    _set(store, "k0", "again")
    with pytest.raises(ToolError, match="notes is full"):
        _set(store, "more")
