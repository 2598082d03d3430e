"""How a run of recipes looks in a terminal while it goes: one bar, with speed, queue and money."""

import threading
from types import TracebackType
from typing import Self

from rich.console import Console

from generation.flow.run import Run
from generation.flow.summary import Progress as RunProgress
from generation.flow.summary import progress_of
from services.cli.run_bar import RunBar

REFRESH_S = 0.5


class RunDisplay:
    """Looks at a run from a thread of its own, so that drawing never delays a request."""

    def __init__(self, console: Console) -> None:
        self._run: Run | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._draw, daemon=True)
        self._bar = RunBar(console, "starting the models")

    def watch(self, run: Run) -> None:
        """Show this run from now on."""
        self._run = run

    def __enter__(self) -> Self:
        self._bar.__enter__()
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
        self._bar.__exit__(kind, error, traceback)

    def _draw(self) -> None:
        while not self._over.wait(REFRESH_S):
            self._show()

    def _show(self) -> None:
        if self._run is not None:
            progress = progress_of(self._run)
            self._bar.step(progress.done, progress.total, describe(progress))


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
