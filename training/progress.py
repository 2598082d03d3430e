"""How training tells where it stands."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

OnProgress: TypeAlias = Callable[[int, int, Mapping[str, float]], None]
"""Called with what is done, how much there is, and figures such as the loss."""


def ignore_progress(done: int, total: int, facts: Mapping[str, float]) -> None:
    """Tell nobody."""


class ProgressReport(TrainerCallback):
    """Passes on every optimiser step of a Trainer."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: object,
    ) -> None:
        """Report a step; the summary after the last one carries no loss and is left out."""
        if logs and "loss" in logs:
            facts = {name: float(logs[name]) for name in ("loss", "learning_rate")}
            self._on_progress(state.global_step, state.max_steps, facts)
