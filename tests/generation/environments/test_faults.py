from contextlib import suppress
from random import Random

import pytest

from generation.environments.base import ToolError
from generation.environments.choose import ENVIRONMENTS, make_environment
from generation.environments.faults import Fault, Faulty
from generation.environments.files import Files
from generation.environments.key_value import KeyValue
from generation.environments.schema import find_tool
from ingot.errors import OrderError

MIXED = {"error": 0.2, "timeout": 0.2, "wrong_result": 0.3}


def _play(environment: Faulty) -> bool:
    """Make the solution's calls, each read until it has given one result twice."""
    for name, arguments in environment.oracle().calls:
        tool = find_tool(environment.tools, name)
        results: list[str] = []
        while not results or (tool.reads and len(results) == len(set(results))):
            with suppress(ToolError):
                results.append(environment.call(name, arguments))
    return environment.succeeded(environment.oracle().final)


def _faulty(name: str, seed: int, rates: dict[str, float]) -> tuple[bool, list[Fault]]:
    environment = Faulty(make_environment(name, Random(seed)), Random(seed), rates)
    solved = _play(environment)
    environment.close()
    return solved, environment.events


@pytest.mark.parametrize("name", ENVIRONMENTS)
@pytest.mark.parametrize("rates", [MIXED, {"error": 1.0}, {"wrong_result": 1.0}])
def test_every_task_can_be_solved_in_spite_of_faults(name: str, rates: dict[str, float]) -> None:
    for seed in range(5):
        assert _faulty(name, seed, rates)[0]


def test_faults_are_deterministic_and_of_every_kind() -> None:
    runs = [[_faulty("shop", seed, MIXED)[1] for seed in range(20)] for _ in range(2)]
    assert runs[0] == runs[1]
    assert {fault.kind for events in runs[0] for fault in events} == set(MIXED)


def test_rates_are_kept() -> None:
    environment = Faulty(Files(Random(0)), Random(1), {"error": 0.2})
    for number in range(2_000):
        with suppress(ToolError):
            environment.call("write_file", {"path": "a", "content": str(number)})
    assert 0.16 < len(environment.events) / 2_000 < 0.24  # 4.5 standard errors of 0.009


def test_without_rates_nothing_fails() -> None:
    assert _faulty("sql", 3, {}) == (True, [])


@pytest.mark.parametrize(("kind", "text"), [("error", "unavailable"), ("timeout", "timed out")])
def test_a_failed_act_is_not_done_and_recovers_when_repeated(kind: str, text: str) -> None:
    environment = Faulty(Files(Random(0)), Random(0), {kind: 1.0})
    before, act = environment.state(), {"path": "new", "content": "x"}
    with pytest.raises(ToolError, match=text):
        environment.call("write_file", dict[str, object](act))
    assert environment.state() == before
    assert [(e.step, e.tool, e.kind, e.recovered) for e in environment.events] == [
        (0, "write_file", kind, False)
    ]
    assert environment.call("write_file", dict[str, object](act)) == "wrote new"
    assert environment.events[0].recovered


def test_a_wrong_result_differs_once_and_changes_nothing() -> None:
    environment = Faulty(Files(Random(0)), Random(0), {"wrong_result": 1.0})
    before, (name, arguments) = environment.state(), environment.oracle().calls[0]
    wrong, right = (environment.call(name, arguments) for _ in range(2))
    assert wrong != right
    assert environment.state() == before
    assert environment.events == [Fault(0, name, "wrong_result", recovered=True)]


def test_an_act_never_gets_a_wrong_result() -> None:
    environment = Faulty(Files(Random(0)), Random(0), {"wrong_result": 1.0})
    assert environment.call("write_file", {"path": "a1", "content": "x"}) == "wrote a1"
    assert environment.events == []


def test_a_text_that_cannot_be_altered_plausibly_is_left() -> None:
    store = next(s for s in map(KeyValue, map(Random, range(50))) if "'release_" in s.task)
    read = store.oracle().calls[2]
    environment = Faulty(store, Random(0), {"wrong_result": 1.0})
    assert environment.call(*read) in (
        "on",
        "off",
        "half",
    )
    assert environment.events == []


def test_a_call_that_would_be_refused_anyway_meets_no_fault() -> None:
    environment = Faulty(Files(Random(0)), Random(0), {"error": 1.0})
    for name, arguments in (("fly", {}), ("read_file", {}), ("read_file", {"path": 3})):
        with pytest.raises(ToolError, match=r"there is no tool|needs the argument|must be"):
            environment.call(name, dict[str, object](arguments))
    assert environment.events == []


def test_another_call_does_not_recover_a_fault() -> None:
    environment = Faulty(Files(Random(0)), Random(0), {"error": 1.0})
    for path in ("a", "b"):
        with pytest.raises(ToolError, match="unavailable"):
            environment.call("write_file", {"path": path, "content": ""})
    environment.call("write_file", {"path": "b", "content": ""})
    assert [fault.recovered for fault in environment.events] == [False, True]


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ({"fire": 0.1}, "unknown fault 'fire': choose among error, timeout, wrong_result"),
        ({"error": -0.1}, "give 0 to 1"),
        ({"error": 1.1}, "give 0 to 1"),
        ({"error": 0.6, "timeout": 0.5}, "at most 1"),
    ],
)
def test_impossible_rates_are_refused(rates: dict[str, float], message: str) -> None:
    with pytest.raises(OrderError, match=message):
        Faulty(Files(Random(0)), Random(0), rates)
