"""Rejection-sampling SFT: imitate the chosen completions, once each."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from datasets import Dataset
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from ingot.orders import TrainingTerms
from training.preferences import PreferenceRow
from training.progress import OnProgress
from training.trainers import Base, Learned, run, shared_settings


def chosen_conversations(rows: Iterable[PreferenceRow]) -> list[list[dict[str, str]]]:
    """Prompt and chosen turns as one conversation each; what several pairs share counts once."""
    distinct = dict.fromkeys((*row.prompt, *row.chosen) for row in rows)
    return [[message.model_dump() for message in turns] for turns in distinct]


def train_sft(
    base: Base,
    rows: list[PreferenceRow],
    *,
    terms: TrainingTerms,
    seed: int,
    work: Path,
    on_progress: OnProgress,
) -> Learned:
    """Train the base in place, with loss on the assistant's tokens only."""
    settings: dict[str, Any] = shared_settings(base, terms, seed=seed, work=work)
    trainer = SFTTrainer(
        model=base.model,
        args=SFTConfig(**settings, assistant_only_loss=True),
        train_dataset=Dataset.from_dict({"messages": chosen_conversations(rows)}),
        processing_class=base.tokenizer,
    )
    return run(trainer, base, on_progress)
