"""How a run of recipes looks in a terminal while it goes: one bar, with speed, queue and money."""

import threading
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

from generation.flow.run import Run
from generation.flow.summary import Progress as RunProgress
from generation.flow.summary import progress_of

REFRESH_S = 0.5
LINE_INTERVAL_S = 10.0
"""How often a line is printed where there is no terminal to draw in."""


class RunDisplay:
    """Looks at a run from a thread of its own, so that drawing never delays a request."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._run: Run | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._draw, daemon=True)
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
        self._task = self._bar.add_task("", total=None, words="starting the models")

    def watch(self, run: Run) -> None:
        """Show this run from now on."""
        self._run = run

    def __enter__(self) -> Self:
        self._bar.start()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        self._show()
        self._bar.stop()
        if kind is KeyboardInterrupt:
            self.console.print("stopped; nothing is lost: the same command goes on from here")

    def _draw(self) -> None:
        while not self._over.wait(REFRESH_S):
            self._show()

    def _show(self) -> None:
        if self._run is None:
            return
        progress = progress_of(self._run)
        words = describe(progress)
        self._bar.update(self._task, completed=progress.done, total=progress.total, words=words)
        if not self.console.is_terminal and time.monotonic() >= self._next_line_s:
            self._next_line_s = time.monotonic() + LINE_INTERVAL_S
            self.console.print(f"  {progress.done}/{progress.total} {words}", highlight=False)


def describe(progress: RunProgress) -> str:
    """Speed, queue, losses, money and remaining time in one line."""
    parts = [
        f"{progress.tokens_per_s:,.0f} tokens/s",
        f"{progress.flying} in flight, {progress.waiting} waiting",
    ]
    if progress.dropped:
        parts.append(f"{progress.dropped} dropped")
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    if progress.usd:
        parts.append(f"${progress.usd:.2f}")
    if progress.eta_s is not None:
        parts.append(f"{progress.eta_s:,.0f} s left")
    return ", ".join(parts)
