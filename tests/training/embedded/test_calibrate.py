from typing import cast

from training.embedded.calibrate import keep_only_focus, solve_rows
from training.embedded.examples import Example
from training.embedded.sampling import Sampler

PROTOCOL = {"verdict_prefix": "Verdict: ", "max_tokens": 9}


class Scripted:
    """A judge whose replies are known."""

    def __init__(self, *replies: str) -> None:
        self._replies = list(replies)

    def reply(self, prompts: list[str], *, temperature: float, max_new_tokens: int) -> list[str]:
        assert len(prompts) == len(self._replies)
        assert temperature > 0
        assert max_new_tokens == 9
        return self._replies


def test_own_solutions_meet_the_true_verdict() -> None:
    messages = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "right"}]
    rows = [{"messages": messages, "focus": verdict} for verdict in ("A", "B")]
    judge = cast(Sampler, Scripted("slip\nVerdict: B", "never ends"))
    solved = solve_rows(judge, rows, PROTOCOL)
    assert [row["messages"][1]["content"] for row in solved] == ["slip\nVerdict: A"]
    assert messages[1]["content"] == "right"


def test_only_the_verdict_weighs() -> None:
    kept = keep_only_focus(Example([7, 8, 9, 1], [0.05, 1.0, 40.0, 1.0]))
    assert kept == Example([7, 8, 9, 1], [0.0, 0.0, 40.0, 0.0])
