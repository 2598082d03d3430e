"""DPO with a likelihood term on the chosen completion.

Direct Preference Optimization (Rafailov et al. 2023, arXiv:2305.18290) plus the negative
log-likelihood term of Llama 3 (arXiv:2407.21783, section 4.1.4), which keeps the chosen completions
from becoming less likely together with the rejected ones.
"""

from pathlib import Path
from typing import Any

from datasets import Dataset
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer

from ingot.orders import TrainingTerms
from training.preferences import PreferenceRow
from training.progress import OnProgress
from training.trainers import Base, Learned, run, shared_settings

BETA = 0.1
"""Strength of the pull back to the base model; the value of Rafailov et al. 2023."""
LIKELIHOOD_WEIGHT = 0.5
"""Weight of the likelihood term. Llama 3 uses 0.2; with 0.5 the embedded model gained more."""


def train_dpo(
    base: Base,
    rows: list[PreferenceRow],
    *,
    terms: TrainingTerms,
    seed: int,
    work: Path,
    on_progress: OnProgress,
) -> Learned:
    """Train the base in place; the reference is a second copy that stays as it was."""
    settings: dict[str, Any] = shared_settings(base, terms, seed=seed, work=work)
    trainer = DPOTrainer(
        model=base.model,
        args=DPOConfig(
            **settings,
            beta=BETA,
            loss_type=["sigmoid", "sft"],
            loss_weights=[1.0, LIKELIHOOD_WEIGHT],
        ),
        train_dataset=Dataset.from_list([row.model_dump() for row in rows]),
        processing_class=base.tokenizer,
    )
    return run(trainer, base, on_progress)
