"""One round: a delivered set and a base model in, a checkpoint out."""

import time
from dataclasses import dataclass
from pathlib import Path

from ingot.errors import ModelError, OrderError, boundary
from ingot.orders import TrainingTerms
from ingot.settings import resolve_model
from training.checkpoint import (
    Manifest,
    Origin,
    hash_weights,
    name_checkpoint,
    publish,
    read_manifest,
    save_weights,
    scratch_folder,
)
from training.dpo import train_dpo
from training.preferences import PreferenceRow, read_preferences
from training.progress import OnProgress, ignore_progress
from training.sft import train_sft
from training.trainers import load_base, quietly

METHODS = {"sft": train_sft, "dpo": train_dpo}
MIN_ROWS = 8
"""Fewer rows teach nothing that an evaluation could see."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A finished checkpoint."""

    path: Path
    rows: int
    """Preference rows that it was trained on."""
    steps: int
    seconds: float
    """Wall time of the training itself; as it was then, for a checkpoint that was found again."""
    loss: float
    """Mean over the steps."""


def train_round(
    data_uri: str,
    base_model: str,
    *,
    terms: TrainingTerms,
    out: Path,
    seed: int,
    on_progress: OnProgress = ignore_progress,
    options: dict[str, object] | None = None,
) -> Trained:
    """Train on a delivered folder or file; the checkpoint is a folder of its own under `out`.

    A checkpoint of the same rows, base, method and seed is returned as it is. `options` open the
    data (`Settings.storage_options`). Raises OrderError for rows that cannot be trained on.
    """
    rows = read_preferences(data_uri, options)
    _check(rows, data_uri, terms)
    origin = name_checkpoint(rows, data_uri, resolve_model(base_model), terms, seed)
    path = out / origin.key
    manifest = read_manifest(path) or _train(rows, origin, terms, out, on_progress)
    return Trained(path, len(rows), manifest.steps, manifest.seconds, manifest.loss)


def _check(rows: list[PreferenceRow], data_uri: str, terms: TrainingTerms) -> None:
    if terms.method not in METHODS:
        raise OrderError(
            f"training.method '{terms.method}' trains nothing: choose {' or '.join(METHODS)}",
            "training.method",
        )
    if len(rows) < MIN_ROWS:
        raise OrderError(
            f"{data_uri} has {len(rows)} preference rows, training needs {MIN_ROWS}: "
            "order a larger quantity, or loosen the curation",
            "quantity",
        )


def _train(
    rows: list[PreferenceRow],
    origin: Origin,
    terms: TrainingTerms,
    out: Path,
    on_progress: OnProgress,
) -> Manifest:
    """Train in a scratch folder and move the finished checkpoint to its name."""
    with scratch_folder(out) as scratch, quietly():
        with boundary(ModelError, f"cannot load the base model {origin.base_model}"):
            base = load_base(origin.base_model)
        started = time.monotonic()
        with boundary(ModelError, f"training {origin.base_model} on {origin.data_uri} failed"):
            learned = METHODS[origin.method](
                base,
                rows,
                terms=terms,
                seed=origin.seed,
                work=scratch / "work",
                on_progress=on_progress,
            )
        seconds = time.monotonic() - started
        checkpoint = scratch / "checkpoint"
        save_weights(base, checkpoint)
        manifest = Manifest(
            origin=origin,
            steps=learned.steps,
            loss=learned.loss,
            seconds=seconds,
            weights_sha256=hash_weights(str(checkpoint)),
        )
        return publish(checkpoint, out / origin.key, manifest)
