"""How a batch on its way looks in a terminal: one bar per stage, with rate and remaining time."""

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

LINE_INTERVAL_S = 10.0
"""How often a line is printed where there is no terminal to draw in."""


class BatchDisplay:
    """Shows what `Client.watch` yields."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._bars: dict[str, TaskID] = {}
        self._last_state = ""
        self._last_line, self._next_line_s = "", 0.0
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<20}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.fields[speed]}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def show(self, batch: Mapping[str, Any]) -> None:
        """Draw the newest figures."""
        if batch["state"] != self._last_state:
            self._last_state = batch["state"]
            self.console.print(f"[bold]{batch['state']}[/bold]", highlight=False)
        progress = batch["progress"]
        if progress:
            facts = progress.get("facts", {})
            speed = f"{facts.get('rate_per_s', 0):,.0f}/s, {facts.get('eta_s', 0):.0f} s left"
            self._draw(progress["stage"], progress["done"], progress["total"], speed)

    def show_review(self, answered: int, open_tasks: int) -> None:
        """Draw how far the people are."""
        self._draw("review", answered, answered + open_tasks, "answers")

    def _draw(self, stage: str, done: int, total: int, speed: str) -> None:
        if stage not in self._bars:
            for bar in self._bars.values():
                self._progress.stop_task(bar)
            self._bars[stage] = self._progress.add_task(stage, total=total or None, speed=speed)
        self._progress.update(self._bars[stage], completed=done, total=total or None, speed=speed)
        self._print_line(f"  {stage}: {done}/{total} ({speed})")

    def _print_line(self, line: str) -> None:
        """Where there is no terminal, a line now and then, when something changed."""
        due = time.monotonic() >= self._next_line_s
        if not self.console.is_terminal and due and line != self._last_line:
            self._last_line, self._next_line_s = line, time.monotonic() + LINE_INTERVAL_S
            self.console.print(line, highlight=False)
