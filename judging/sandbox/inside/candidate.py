"""The process of the program under test: it loads the program and does what the tester asks.

Nothing it sends is believed further than a function's result is: it never sees an expected value,
and whether a test passes is decided in the tester's process.
"""

import json
import os
import signal
import sys
import types
from collections.abc import Callable
from itertools import islice
from typing import IO, Any, NoReturn

from judging.sandbox.inside.wire import decode, encode

_MAX_ITEMS = 100_000
"""Of an iterator, so that an endless one ends as a wrong result and not as a full memory."""
_OPERATIONS: dict[str, Callable[..., object]] = {
    "call": lambda subject, *args, **keywords: subject(*args, **keywords),
    "get": getattr,
    "set": setattr,
    "item": lambda subject, key: subject[key],
    "iterate": lambda subject: list(islice(subject, _MAX_ITEMS)),
    "next": next,
    "length": len,
    "truth": bool,
    "text": str,
    "representation": repr,
}


class Candidate:
    """The loaded program and every object of it that the tester has a reference to."""

    def __init__(self) -> None:
        self._objects: list[object] = []
        self._numbers: dict[int, int] = {}

    def answer(self, question: dict[str, Any]) -> dict[str, object]:
        """Do one thing; whatever it raises is an answer too."""
        try:
            if question["operation"] == "load":
                return {"value": self._load(question["texts"])}
            return self._operate(question)
        except BaseException as error:  # sys.exit() in a function is a failed test, no end
            return {"error": type(error).__name__, "text": str(error)[:200]}

    def _load(self, texts: list[str]) -> list[object]:
        """Run texts as one module; the names it defines, each with its value."""
        module = types.ModuleType("program")
        sys.modules["program"] = module
        for text in texts:
            exec(compile(text, "program.py", "exec", dont_inherit=True), module.__dict__)
        names = [name for name in vars(module) if not name.startswith("__")]
        return [[name, self._encode(vars(module)[name])] for name in names]

    def _operate(self, question: dict[str, Any]) -> dict[str, object]:
        """Call a function, or another operation; says which arguments it changed."""
        args = [decode(item, self._resolve) for item in question["args"]]
        keywords = {key: decode(item, self._resolve) for key, item in question["keywords"].items()}
        operation = _OPERATIONS[question["operation"]]
        value = operation(self._objects[question["subject"]], *args, **keywords)
        after = [self._encode(item) for item in args]
        changed = [[i, item] for i, item in enumerate(after) if item != question["args"][i]]
        return {"value": self._encode(value), "changed": changed}

    def _encode(self, value: object) -> object:
        return encode(value, self._refer)

    def _refer(self, value: object) -> list[object]:
        number = self._numbers.setdefault(id(value), len(self._objects))
        if number == len(self._objects):
            self._objects.append(value)  # kept, so its id stays its own
        return ["ref", number, type(value).__name__]

    def _resolve(self, number: int, name: str) -> object:
        return self._objects[number]


def serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer line by line until the tester hangs up."""
    candidate = Candidate()
    for line in questions:
        answer = candidate.answer(json.loads(line))
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def serve_only(descriptor: int) -> NoReturn:
    """Give away all that the tester holds but this descriptor, serve on it, and end."""
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        os.closerange(3, descriptor)
        os.closerange(descriptor + 1, os.sysconf("SC_OPEN_MAX"))
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.argv = ["program.py"]
        with open(descriptor, "rb", closefd=False) as questions, open(descriptor, "wb") as answers:
            serve(questions, answers)
    finally:
        os._exit(0)  # never back into the tester's code
