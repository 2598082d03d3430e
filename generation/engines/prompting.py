"""From messages to token ids, the same for every engine that holds its own tokenizer."""

import hashlib
from pathlib import Path
from typing import Any

from ingot.engine import Request
from ingot.errors import ModelError


class PromptError(ValueError):
    """A request that this model cannot take; it fails alone."""


def prompt_ids(tokenizer: Any, request: Request, max_model_len: int) -> list[int]:
    """Render a request with the model's chat template.

    Raises PromptError where the prompt leaves no room for a single token.
    """
    messages = [message.model_dump() for message in request.messages]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    ids: list[int] = tokenizer.encode(text + request.prefill, add_special_tokens=False)
    if len(ids) >= max_model_len:
        raise PromptError(f"prompt of {len(ids)} tokens; the model takes {max_model_len - 1}")
    return ids


def label_ids(tokenizer: Any, prefill: str, labels: tuple[str, ...]) -> dict[str, int]:
    """The token of each label right after `prefill`; a label must be exactly one token there."""
    if not labels:
        return {}
    base = tokenizer.encode(prefill, add_special_tokens=False)
    found = {}
    for label in labels:
        ids = tokenizer.encode(prefill + label, add_special_tokens=False)
        if ids[:-1] != base:
            raise PromptError(f"label {label!r} is not one token after {prefill[-20:]!r}")
        found[label] = ids[-1]
    return found


def weights_sha256(model: str) -> str:
    """Hash of a local model's weights and tokenizer; '' for a name that is no folder."""
    folder = Path(model)
    if not folder.is_dir():
        return ""
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("*.safetensors"), *folder.glob("tokenizer*.json")]):
        digest.update(path.name.encode())
        with path.open("rb") as weights:
            while chunk := weights.read(1 << 24):
                digest.update(chunk)
    return digest.hexdigest()


def require_model(model: str) -> None:
    """Refuse a path that is not a model folder, with the remedy; names are left to the loader."""
    looks_local = model.startswith(("/", "./", "../", "~"))
    if looks_local and not (Path(model) / "config.json").is_file():
        raise ModelError(
            f"no model at {model}: name a folder that holds config.json, weights and tokenizer"
        )
