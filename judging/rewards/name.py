"""What a reward model is called in records: whatever changes its numbers is part of it."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from ingot.errors import ModelError

_PARTS = ("*.safetensors", "*.bin", "tokenizer*.json", "config.json", "chat_template.jinja")


def model_name(model: str, weights: Sequence[float], dtype: str) -> str:
    """The path or served name, a hash of its files where they are at hand, heads and type.

    Raises ModelError where a path holds no model, with the remedy.
    """
    folder = Path(model)
    looks_local = model.startswith(("/", "./", "../", "~"))
    if looks_local and not (folder / "config.json").is_file():
        raise ModelError(
            f"no model at {model}: name a folder that holds config.json, weights and tokenizer"
        )
    digest = hashlib.sha256()
    for path in sorted(found for part in _PARTS for found in folder.glob(part)):
        digest.update(path.name.encode())
        with path.open("rb") as content:
            while chunk := content.read(1 << 24):
                digest.update(chunk)
    digest.update(repr((tuple(weights), dtype)).encode())
    return f"{folder.name if folder.is_dir() else model}/{digest.hexdigest()[:12]}"
