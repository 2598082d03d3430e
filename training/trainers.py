"""What SFT and DPO share: the base model, the TRL settings, and a quiet run.

Measured on two CPU cores with the embedded model (0.98 M parameters): eager attention in bf16
autocast trains fastest. SDPA's backward pass alone takes 44 % of a step at 48 tokens; fp32 costs
1.6 times the CPU seconds of bf16; two threads save a third of the wall time on an idle machine and
cost four times the CPU seconds on a busy one.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import torch
import transformers
from huggingface_hub import constants
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PrinterCallback
from transformers.utils import logging as log

from ingot.orders import TrainingTerms
from training.progress import OnProgress, ProgressReport

BATCH_ROWS = 32
"""Rows per optimiser step. With the embedded model, 32 gain more than 64 at the same cost."""
GPU_MICRO_BATCH_ROWS = 8
"""Rows that a GPU holds at a time; the steps are accumulated."""
ONE_THREAD_PARAMETERS = 10_000_000
"""A model below this size trains in one thread: its matrices are too small to be worth sharing."""
WARMUP_SHARE = 0.1
"""Of the steps, over which the learning rate rises; from there it falls linearly to zero."""


@dataclass(frozen=True, slots=True)
class Base:
    """The model that a round starts from, in single precision."""

    model: Any
    tokenizer: Any
    stored_config: Any
    """As it was before training: its precision and cache setting are its successor's too."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What a run of a trainer left."""

    steps: int
    loss: float
    """Mean over the steps."""


def load_base(name: str) -> Base:
    """Load a local folder or a hub model for training."""
    attention = "sdpa" if torch.cuda.is_available() else "eager"
    model = AutoModelForCausalLM.from_pretrained(
        name, dtype=torch.float32, attn_implementation=attention
    )
    tokenizer = AutoTokenizer.from_pretrained(name)
    return Base(model, tokenizer, AutoConfig.from_pretrained(name))


def shared_settings(base: Base, terms: TrainingTerms, *, seed: int, work: Path) -> dict[str, Any]:
    """The settings that SFTConfig and DPOConfig have in common; nothing is written to `work`."""
    gpu = torch.cuda.is_available()
    micro = GPU_MICRO_BATCH_ROWS if gpu else BATCH_ROWS
    return {
        "output_dir": str(work),
        "learning_rate": terms.effective_learning_rate,
        "num_train_epochs": terms.epochs,
        "lr_scheduler_type": "linear",
        "warmup_steps": WARMUP_SHARE,
        "per_device_train_batch_size": micro,
        "gradient_accumulation_steps": BATCH_ROWS // micro,
        "max_length": base.model.config.get_text_config().max_position_embeddings,
        "seed": seed,
        "use_cpu": not gpu,
        "bf16": gpu or bool(torch.cpu.get_capabilities().get("avx512_bf16")),
        "gradient_checkpointing": gpu,
        "dataloader_pin_memory": gpu,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
    }


def run(trainer: transformers.Trainer, base: Base, on_progress: OnProgress) -> Learned:
    """Train to the end, telling `on_progress` and nobody else."""
    trainer.remove_callback(PrinterCallback)  # it prints every step where the bars are off
    trainer.add_callback(ProgressReport(on_progress))
    with _fitting_threads(base.model.num_parameters()):
        outcome = trainer.train()
    return Learned(outcome.global_step, float(outcome.training_loss))


@contextmanager
def _fitting_threads(parameters: int) -> Iterator[None]:
    threads = torch.get_num_threads()
    if parameters < ONE_THREAD_PARAMETERS:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def quietly() -> Iterator[None]:
    """No progress bars, no warnings of libraries, and no telemetry, which TRL would send."""
    data_bars = not datasets.are_progress_bars_disabled()
    model_bars, level = log.is_progress_bar_enabled(), log.get_verbosity()
    telemetry_off = constants.HF_HUB_DISABLE_TELEMETRY
    constants.HF_HUB_DISABLE_TELEMETRY = True
    datasets.disable_progress_bars()
    log.disable_progress_bar()  # type: ignore[no-untyped-call]  # unannotated
    log.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        constants.HF_HUB_DISABLE_TELEMETRY = telemetry_off
        log.set_verbosity(level)
        if data_bars:
            datasets.enable_progress_bars()
        if model_bars:
            log.enable_progress_bar()  # type: ignore[no-untyped-call]  # unannotated
