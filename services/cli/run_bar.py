"""One bar over a run that can be stopped and gone on with; lines where there is no terminal."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

LINE_INTERVAL_S = 10.0
"""How often a line is printed where there is no terminal to draw in."""


class RunBar:
    """Shows how far a run is, in its own words."""

    def __init__(self, console: Console, words: str) -> None:
        """`words` stand beside the bar until the first step."""
        self.console = console
        self._next_line_s = time.monotonic() + LINE_INTERVAL_S
        self._bar = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.fields[words]}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None, words=words)

    def step(self, done: int, total: int | None, words: str = "requests") -> None:
        """So much is done."""
        self._bar.update(self._task, completed=done, total=total, words=words)
        if not self.console.is_terminal and time.monotonic() >= self._next_line_s:
            self._next_line_s = time.monotonic() + LINE_INTERVAL_S
            self.console.print(f"  {done}/{total} {words}", highlight=False)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()
        if kind is KeyboardInterrupt:
            self.console.print("stopped; nothing is lost: the same command goes on from here")
