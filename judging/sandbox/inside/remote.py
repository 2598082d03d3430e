"""What stands, in the tester's process, for the program under test and for the objects in it.

A `Remote` does only what cannot decide a test by itself: it can be called, asked for an attribute,
an item, its items. To compare it would be to have the program judge itself, so that raises `Opaque`
and the test has no outcome.
"""

import builtins
import json
import os
import signal
import socket
import time
from typing import Any

from judging.sandbox.inside.candidate import serve_only
from judging.sandbox.inside.wire import Reference, decode, encode

MAX_LINE_BYTES = 8 * 2**20
_GRACE_S = 1.0


class Opaque(BaseException):
    """A test needs what only the program could say; no test can catch it by mistake."""


class Ended(BaseException):
    """The process of the program is gone, or no longer answers sensibly."""

    def __init__(self, signal: int, reason: str) -> None:
        super().__init__(reason)
        self.signal = signal
        """By which it was killed; 0 where it ended otherwise."""


class RemoteError(Exception):
    """The program raised what is no built-in exception."""


class Program:
    """The process of the program under test: a fork, so make it before the tests are read."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self._process = os.fork()
        if self._process == 0:
            serve_only(theirs.fileno())
        theirs.close()
        self._lines = ours.makefile("rwb")
        self._end: Ended | None = None

    def load(self, program: str, prelude: str = "") -> dict[str, object]:
        """Run the prelude and then the program in one module; the names it defines.

        Raises:
            Exception: what the program raised.
        """
        named = self._ask({"operation": "load", "texts": [prelude, program]})["value"]
        return {str(name): self._decode(value) for name, value in named}

    def operate(self, operation: str, subject: int, args: Any, keywords: Any) -> object:
        """Do something with an object in the program; arguments it changes, change here too."""
        question = {
            "operation": operation,
            "subject": subject,
            "args": [encode(item, _refer) for item in args],
            "keywords": {key: encode(item, _refer) for key, item in keywords.items()},
        }
        answer = self._ask(question)
        for index, item in answer.get("changed", ()):
            _change(args[index], self._decode(item))
        return self._decode(answer["value"])

    def _ask(self, question: dict[str, object]) -> dict[str, Any]:
        try:
            self._lines.write(json.dumps(question).encode() + b"\n")
            self._lines.flush()
            line = self._lines.readline(MAX_LINE_BYTES)
            answer = json.loads(line) if line.endswith(b"\n") else None
        except (OSError, ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict) or not {"value", "error"} & answer.keys():
            self._end = self._end or self._wait()
            raise self._end
        if "error" in answer:
            raise _error(str(answer["error"]), str(answer.get("text", "")))
        return answer

    def _wait(self) -> Ended:
        self._lines.close()
        for _ in range(100):
            process, status = os.waitpid(self._process, os.WNOHANG)
            if process:
                code = os.waitstatus_to_exitcode(status)
                return Ended(max(-code, 0), f"the program ended early with exit code {code}")
            time.sleep(_GRACE_S / 100)
        os.kill(self._process, signal.SIGKILL)
        return Ended(0, "the program answers nonsense")

    def _decode(self, data: object) -> object:
        try:
            return decode(data, lambda number, name: Remote(self, number, name))
        except (ValueError, TypeError, ArithmeticError, RecursionError) as error:
            raise Opaque(f"the program's value cannot be read: {error}") from error


class Remote(Reference):
    """An object that lives in the program."""

    __slots__ = ("_name", "_number", "_program")
    _program: Program
    _number: int
    _name: str

    def __init__(self, program: Program, number: int, name: str) -> None:
        object.__setattr__(self, "_program", program)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_name", name)

    def _do(self, operation: str, *args: object, **keywords: object) -> object:
        return self._program.operate(operation, self._number, args, keywords)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:  # isinstance asks for it
        return _refuse(self)

    def __call__(self, *args: object, **keywords: object) -> object:
        """Call it in the program."""
        return self._do("call", *args, **keywords)

    def __getattr__(self, name: str) -> object:
        return self._do("get", name)

    def __setattr__(self, name: str, value: object) -> None:
        self._do("set", name, value)

    def __getitem__(self, key: object) -> object:
        return self._do("item", key)

    def __iter__(self) -> Any:
        items: Any = self._do("iterate")
        return iter(items)

    def __next__(self) -> object:
        return self._do("next")

    def __len__(self) -> Any:
        return self._do("length")

    def __bool__(self) -> bool:
        return bool(self._do("truth"))

    def __str__(self) -> str:
        return str(self._do("text"))

    def __repr__(self) -> str:
        return str(self._do("representation"))


def type_name(value: object) -> str:
    """Name of a value's type; of a reference, what the program says it is."""
    kind = type(value)
    return str(object.__getattribute__(value, "_name")) if kind is Remote else kind.__name__


def _refuse(remote: Remote, *others: object) -> Any:
    raise Opaque(f"a {type_name(remote)} cannot be compared")


for _operator in ("eq", "ne", "lt", "le", "gt", "ge", "hash", "add", "radd", "sub", "rsub"):
    setattr(Remote, f"__{_operator}__", _refuse)
for _operator in ("mul", "rmul", "truediv", "and", "or", "xor", "neg", "int", "float", "index"):
    setattr(Remote, f"__{_operator}__", _refuse)


def _refer(value: object) -> list[object]:
    if type(value) is not Remote:
        raise Opaque(f"the test hands over a {type(value).__name__}")
    return ["ref", object.__getattribute__(value, "_number"), ""]


def _change(argument: object, changed: object) -> None:
    """Give the test's own list, dict or set the items that the program left in it."""
    if type(argument) is list and type(changed) is list:
        argument[:] = changed
    elif type(argument) in (dict, set) and type(changed) is type(argument):
        argument.clear()  # type: ignore[attr-defined]
        argument.update(changed)  # type: ignore[attr-defined]


def _error(name: str, text: str) -> Exception:
    """A built-in exception as itself, so that a test can expect it."""
    kind = getattr(builtins, name, None)
    if isinstance(kind, type) and issubclass(kind, Exception):
        try:
            return kind(text)
        except TypeError:  # a few want more than a text
            return RemoteError(f"{name}: {text}")
    return RemoteError(f"{name}: {text}")
