"""One item and one answer of every kind."""

from typing import Any, NamedTuple

import pytest

_PROMPT = [{"role": "user", "content": "What is 2 + 2?"}]
_TALK = [
    {"role": "system", "content": "Be short."},
    {"role": "user", "content": "Hello"},
    {"role": "assistant", "content": "Hi"},
    {"role": "tool", "content": "42", "tool_call_id": "c1"},
    {"role": "assistant", "content": "It is 42."},
]


class Example(NamedTuple):
    """What a lab sends, what a reviewer sends, and the label that it has with A on the left."""

    item: dict[str, Any]
    answer: dict[str, Any]
    label: str


def _says(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


_ONE = {"prompt": _PROMPT, "completion": _says("It is 4.")}
_SCORES = {
    "helpfulness": 4,
    "correctness": 3,
    "coherence": 2,
    "complexity": 1,
    "verbosity": 0,
}
_EXAMPLES = {
    "pairwise": Example(
        {"prompt": _PROMPT, "a": _says("4"), "b": _says("5")},
        {"preference": -2, "reasons": ["correct"]},
        "A",
    ),
    "ranking": Example(
        {"prompt": _PROMPT, "answers": [_says(text) for text in ("5", "4", "four", "22")]},
        {"order": [[1], [2, 0], [3]], "flags": ["unsafe"]},
        "1>0=2>3",
    ),
    "attributes": Example(_ONE, {"scores": _SCORES}, "4"),
    "rating": Example(_ONE, {"score": 5}, "5"),
    "accept": Example(_ONE, {"accept": False, "reason": "It shows no working."}, "reject"),
    "rewrite": Example(_ONE, {"text": "2 + 2 = 4."}, ""),
    "write": Example(
        {"wanted": "answer", "brief": "One sentence.", "prompt": _PROMPT}, {"text": "4."}, ""
    ),
    "turns": Example(
        {"messages": _TALK},
        {"turns": [{"turn": 4, "score": 5}, {"turn": 2, "score": 3}], "whole": 4},
        "4",
    ),
    "trajectory": Example(
        {"messages": _TALK, "tools": [{"type": "function", "function": {"name": "sum"}}]},
        {
            "steps": [{"step": 2, "grade": "neutral"}, {"step": 4, "grade": "bad"}],
            "first_error": 4,
            "success": False,
        },
        "failure",
    ),
    "facts": Example(
        _ONE
        | {
            "claims": ["2 + 2 is 4", "it is even"],
            "checks": [{"name": "answer", "outcome": "right", "reason": "equal to 4"}],
        },
        {
            "verdict": "right",
            "claims": [
                {"claim": 1, "verdict": "unclear"},
                {"claim": 0, "verdict": "supported", "source": "Peano"},
            ],
        },
        "right",
    ),
}


@pytest.fixture
def examples() -> dict[str, Example]:
    """By the kind's name."""
    return _EXAMPLES


@pytest.fixture(params=sorted(_EXAMPLES))
def kind_name(request: pytest.FixtureRequest) -> str:
    """Each kind in turn."""
    return str(request.param)


@pytest.fixture
def example(kind_name: str) -> Example:
    """Of the kind at hand."""
    return _EXAMPLES[kind_name]
