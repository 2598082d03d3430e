"""The final answer: how the model is asked to give it, and when two answers are the same."""

import re
from decimal import Decimal

ANSWER_FORMAT = "When you are done, end your reply with a line 'Answer: ' and the bare answer."
_MARKER = re.compile(r"answer\s*:", re.IGNORECASE)
_NUMBER = re.compile(r"-?\$?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")
_MAX_CHARACTERS = 200
_WRAPPING = " \t*_`'\"“”‘’"


def read_answer(final: str) -> str:
    """The line after the last 'Answer:', the last line where there is none, '' of nothing."""
    parts = _MARKER.split(final)
    lines = [line for line in parts[-1].splitlines() if line.strip(_WRAPPING)]
    if not lines:
        return ""
    line = lines[0] if len(parts) > 1 else lines[-1]
    return line.strip(_WRAPPING).removesuffix(".").strip(_WRAPPING)


def is_same(given: str, expected: str) -> bool:
    """Whether two answers mean the same: numbers by value, texts without regard to case."""
    return _canonical(given) == _canonical(expected)


def _canonical(answer: str) -> Decimal | str:
    answer = answer[:_MAX_CHARACTERS]
    if _NUMBER.fullmatch(answer):
        return Decimal(answer.replace("$", "").replace(",", ""))
    return " ".join(answer.casefold().split())
