from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from services.cli import display
from services.cli.display import BatchDisplay


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(display, "time", clock)
    return clock


def batch(done: int = 0, state: str = "generating", **progress: Any) -> dict[str, Any]:
    facts = {"rate_per_s": 1234.5, "eta_s": 7.4}
    shown = {"stage": "completions", "done": done, "total": 80, "facts": facts, **progress}
    return {"state": state, "progress": shown if done else None}


def show(*batches: dict[str, Any], terminal: bool = False) -> list[str]:
    out = StringIO()
    with BatchDisplay(Console(file=out, width=120, force_terminal=terminal)) as shown:
        for each in batches:
            shown.show(each)
    return out.getvalue().splitlines()


def test_without_a_terminal_states_and_progress_are_lines() -> None:
    lines = show(batch(state="planned"), batch(), batch(40))
    assert lines == ["planned", "generating", "  completions: 40/80 (1,234/s, 7 s left)"]


def test_a_state_is_said_once() -> None:
    assert show(batch(), batch(), batch()) == ["generating"]


def test_lines_come_now_and_then(clock: Clock) -> None:
    out = StringIO()
    with BatchDisplay(Console(file=out, width=120)) as shown:
        for moved_s, done in [(0, 1), (9.9, 2), (0.1, 3), (10, 3), (0, 4)]:
            clock.now_s += moved_s
            shown.show(batch(done))
    assert [line.split()[1] for line in out.getvalue().splitlines()[1:]] == ["1/80", "3/80", "4/80"]


def test_people_are_counted_in_answers() -> None:
    out = StringIO()
    with BatchDisplay(Console(file=out, width=120)) as shown:
        shown.show_review(3, 7)
    assert out.getvalue() == "  review: 3/10 (answers)\n"


def test_in_a_terminal_each_stage_is_a_bar() -> None:
    drawn = "\n".join(show(batch(80), batch(5, stage="judging"), terminal=True))
    assert "80/80" in drawn
    assert "judging" in drawn
    assert "  completions: 80/80 (" not in drawn
