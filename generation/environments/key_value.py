"""A key-value store with namespaces, some of them guarded against blind writes."""

import re
from random import Random

from generation.environments.base import Tool, ToolError
from generation.environments.scenario import ScenarioEnvironment, canonical
from generation.environments.schema import object_schema, text_field
from generation.environments.tasks.key_value import GUARDED, Spaces, draw_key_value

MAX_KEYS = 50
"""In one namespace."""
MAX_VALUE = 200
_KEY = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_SPACE = text_field("Name of the namespace")
_NAME = text_field("The key")
_VALUE = text_field("The value, a text")


class KeyValue(ScenarioEnvironment[Spaces]):
    """Namespaces are given; keys come and go. The guarded namespace changes by comparison only."""

    name = "key_value"
    tools = (
        Tool("list_keys", "Keys of a namespace.", object_schema(namespace=_SPACE), True),
        Tool(
            "get_value",
            "The value of a key.",
            object_schema(namespace=_SPACE, key=_NAME),
            True,
        ),
        Tool(
            "set_value",
            "Set a key, whatever it held before.",
            object_schema(namespace=_SPACE, key=_NAME, value=_VALUE),
        ),
        Tool(
            "compare_and_set",
            "Set a key to a new value if it still holds the expected one.",
            object_schema(
                namespace=_SPACE, key=_NAME, expected=text_field("The value now"), value=_VALUE
            ),
        ),
        Tool("delete_key", "Delete a key.", object_schema(namespace=_SPACE, key=_NAME)),
    )

    def __init__(self, rng: Random) -> None:
        super().__init__(draw_key_value(rng))
        self._spaces = {name: dict(keys) for name, keys in self._scenario.start.items()}

    def state(self) -> str:
        """Every namespace with its keys and values."""
        return canonical(self._spaces)

    def _list_keys(self, namespace: str) -> str:
        return "\n".join(sorted(self._space(namespace))) or "(no keys)"

    def _get_value(self, namespace: str, key: str) -> str:
        return self._held(namespace, key)

    def _set_value(self, namespace: str, key: str, value: str) -> str:
        self._refuse_guarded(namespace)
        return self._put(namespace, key, value)

    def _compare_and_set(self, namespace: str, key: str, expected: str, value: str) -> str:
        held = self._held(namespace, key)
        if held != expected:
            raise ToolError(f"{key} does not hold the expected value: read it again")
        return self._put(namespace, key, value)

    def _delete_key(self, namespace: str, key: str) -> str:
        self._held(namespace, key)
        self._refuse_guarded(namespace)
        del self._spaces[namespace][key]
        return f"deleted {key}"

    def _put(self, namespace: str, key: str, value: str) -> str:
        space = self._space(namespace)
        if not _KEY.fullmatch(key):
            raise ToolError("a key is 1 to 64 letters, digits, '_', '.', ':' or '-'")
        if len(value) > MAX_VALUE:
            raise ToolError(f"the value is {len(value)} characters long: at most {MAX_VALUE}")
        if key not in space and len(space) >= MAX_KEYS:
            raise ToolError(f"{namespace} is full, at most {MAX_KEYS} keys: delete one first")
        space[key] = value
        return f"{key} = {value}"

    def _held(self, namespace: str, key: str) -> str:
        space = self._space(namespace)
        if key not in space:
            raise ToolError(f"{namespace} has no key {key[:64]!a}")
        return space[key]

    def _space(self, namespace: str) -> dict[str, str]:
        if namespace not in self._spaces:
            known = ", ".join(self._spaces)
            raise ToolError(f"there is no namespace {namespace[:64]!a}: there is {known}")
        return self._spaces[namespace]

    def _refuse_guarded(self, namespace: str) -> None:
        if namespace == GUARDED:
            raise ToolError(f"{namespace} is guarded: change it with compare_and_set")
