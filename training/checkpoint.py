"""Checkpoints: a folder named by all that it was made from, with a manifest that finishes it.

A checkpoint is written under a temporary name and moved, so a half-written one does not exist, and
the same round is found again instead of trained again.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import torch

from ingot.datasets import dataset_key
from ingot.errors import StorageError, boundary
from ingot.orders import TrainingTerms
from ingot.records import Model
from training.bootstrap import Lift
from training.preferences import PreferenceRow
from training.trainers import Base

MANIFEST = "training.json"


class LiftFacts(Model):
    """The measured lift, as it stands in a manifest."""

    before: float
    after: float
    difference: float
    low: float
    high: float
    n: int


class Origin(Model):
    """What a checkpoint is made from."""

    key: str
    """Hash of the rows, the base's weights, the method with its settings, and the seed."""
    base_model: str
    data_uri: str
    rows: int
    method: Literal["sft", "dpo"]
    learning_rate: float
    epochs: float
    seed: int


class Manifest(Model):
    """A checkpoint's origin, what its training said, and what its evaluation decided."""

    origin: Origin
    steps: int
    loss: float
    seconds: float
    weights_sha256: str
    verdict: Literal["", "accepted", "refused"] = ""
    """'' until the checkpoint is evaluated."""
    lift: LiftFacts | None = None


def name_checkpoint(
    rows: list[PreferenceRow], data_uri: str, base_model: str, terms: TrainingTerms, seed: int
) -> Origin:
    """Everything that changes the weights goes into the key; where the rows lie does not."""
    recipe = {
        "method": terms.method,
        "learning_rate": terms.effective_learning_rate,
        "epochs": terms.epochs,
    }
    content = [row.model_dump() for row in rows]
    return Origin.model_validate(
        {
            "key": dataset_key(content, hash_weights(base_model), recipe, seed),
            "base_model": base_model,
            "data_uri": data_uri,
            "rows": len(rows),
            "seed": seed,
            **recipe,
        }
    )


def hash_weights(model: str) -> str:
    """SHA-256 over a local model's weight files; a hub model is only known by its name."""
    folder = Path(model)
    if not folder.is_dir():
        return model
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as weights:
            digest.update(hashlib.file_digest(weights, "sha256").digest())
    return digest.hexdigest()


def read_manifest(path: Path) -> Manifest | None:
    """The manifest of a finished checkpoint, or None."""
    file = path / MANIFEST
    if not file.exists():
        return None
    with boundary(StorageError, f"{file} is damaged; delete {path} and train again"):
        return Manifest.model_validate_json(file.read_bytes())


@contextmanager
def scratch_folder(out: Path) -> Iterator[Path]:
    """A folder beside the checkpoints that goes away, whatever happens."""
    with boundary(StorageError, f"cannot write to {out}; check space and permissions"):
        out.mkdir(parents=True, exist_ok=True)
        scratch = tempfile.TemporaryDirectory(dir=out, prefix=".training-")
    with scratch as name:
        yield Path(name)


def save_weights(base: Base, folder: Path) -> None:
    """Write weights and tokenizer in the precision of the base, readable by all."""
    base.model.config.use_cache = base.stored_config.use_cache  # trainers turn it off
    base.model.to(base.stored_config.dtype or torch.float32).save_pretrained(folder)
    base.tokenizer.save_pretrained(folder)
    for file in folder.iterdir():
        file.chmod(0o644)  # save_pretrained leaves the weights readable by their owner alone


def publish(folder: Path, target: Path, manifest: Manifest) -> Manifest:
    """Finish a checkpoint; where another process was faster, its checkpoint stands."""
    _write_manifest(folder, manifest)
    folder.chmod(0o755)
    try:
        folder.rename(target)
    except OSError as error:
        finished = read_manifest(target)
        if finished is None:
            raise StorageError(f"cannot move the checkpoint to {target}: {error}") from error
        return finished
    return manifest


def decide(path: Path, lift: Lift) -> Manifest:
    """The gate: accept a checkpoint whose lift is above zero for sure, mark any other refused.

    A refused checkpoint stays where it is, for whoever wants to know why.
    """
    manifest = read_manifest(path)
    if manifest is None:
        raise StorageError(f"no finished checkpoint at {path}; train it first")
    decided = manifest.model_copy(
        update={
            "verdict": "accepted" if lift.improved else "refused",
            "lift": LiftFacts.model_validate(lift, from_attributes=True),
        }
    )
    _write_manifest(path, decided)
    return decided


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    temporary = folder / f".{MANIFEST}.tmp"
    temporary.write_text(manifest.model_dump_json(indent=2) + "\n")
    temporary.replace(folder / MANIFEST)
