"""Items of every kind of review work, each with an answer that fits it on any screen."""

from typing import Any


def said(text: str) -> list[dict[str, str]]:
    """What an assistant says."""
    return [{"role": "assistant", "content": text}]


def asked(text: str = "Is basil a herb?") -> list[dict[str, str]]:
    """What a user asks."""
    return [{"role": "user", "content": text}]


def pair(number: int = 0) -> dict[str, Any]:
    """Two answers to compare."""
    return {"prompt": asked(f"prompt {number}"), "a": said("Yes."), "b": said("No.")}


ONE = {"prompt": asked(), "completion": said("Yes, a herb.")}
TALK = {"messages": [*asked(), *said("Yes."), *asked("Sure?"), *said("Sure.")]}
KINDS_OF_WORK: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "pairwise": (pair(), {"preference": -2, "reasons": ["correct"]}),
    "ranking": (
        {"prompt": asked(), "answers": [said("a"), said("b"), said("c")]},
        {"order": [[2], [0, 1]]},
    ),
    "attributes": (
        ONE,
        {
            "scores": {
                "helpfulness": 4,
                "correctness": 3,
                "coherence": 4,
                "complexity": 1,
                "verbosity": 2,
            }
        },
    ),
    "rating": (ONE, {"score": 4}),
    "accept": (ONE, {"accept": False, "reason": "It says nothing of the kind."}),
    "rewrite": (ONE, {"text": "Yes. Basil is a herb of the mint family."}),
    "write": (
        {"wanted": "answer", "brief": "Answer in one sentence.", "prompt": asked()},
        {"text": "Yes, it is."},
    ),
    "turns": (TALK, {"turns": [{"turn": 1, "score": 4}, {"turn": 3, "score": 3}], "whole": 4}),
    "trajectory": (
        TALK,
        {
            "steps": [{"step": 1, "grade": "good"}, {"step": 3, "grade": "neutral"}],
            "first_error": None,
            "success": True,
        },
    ),
    "facts": (
        {**ONE, "claims": ["basil is a herb"]},
        {"verdict": "right", "claims": [{"claim": 0, "verdict": "supported", "source": "a book"}]},
    ),
}
