"""From a request to token ids, the same for every engine that holds its own tokenizer."""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from generation.engines.chat_template import PromptError, prompt_text
from ingot.engine import Generated, ModelIdentity, Request
from ingot.errors import ModelError


def prompt_ids(tokenizer: Any, request: Request, max_model_len: int) -> list[int]:
    """The tokens of a request's prompt.

    Raises PromptError where the prompt leaves no room for a single token.
    """
    text = prompt_text(tokenizer, request)
    # A raw prompt gets the start token that a server would add; a template writes its own.
    bos = tokenizer.bos_token
    start = bool(request.prompt) and not (bos and text.startswith(bos))
    ids: list[int] = _encoder(tokenizer)(text, add_special_tokens=start)
    if len(ids) >= max_model_len:
        raise PromptError(
            f"prompt of {len(ids)} tokens; the model takes {max_model_len - 1}", "too_long"
        )
    if not ids:
        raise PromptError("the prompt has no tokens: give the request messages or a prompt")
    return ids


@lru_cache(maxsize=8)
def _encoder(tokenizer: Any) -> Callable[..., list[int]]:
    """Text to tokens without the Python around a fast tokenizer, which takes half of the time."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        encode: Callable[..., list[int]] = tokenizer.encode
        return encode
    backend.no_truncation()  # some tokenizer files ask for both
    backend.no_padding()
    # Of the ways to encode, the one that keeps no offsets and lets go of Python's lock.
    encode_batch = backend.encode_batch_fast
    return lambda text, add_special_tokens: (
        encode_batch([text], add_special_tokens=add_special_tokens)[0].ids
    )


def refusal(error: PromptError) -> Generated:
    """The answer to a request that cannot be taken."""
    return Generated(finish_reason="error", failure=str(error), failure_kind=error.kind)


@lru_cache(maxsize=256)
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


def identify(model: str) -> ModelIdentity:
    """Name a local model by its weights and its chat template; a hub name by itself."""
    template = Path(model) / "chat_template.jinja"
    digest = hashlib.sha256(template.read_bytes()).hexdigest() if template.is_file() else ""
    return ModelIdentity(model, weights_sha256=weights_sha256(model), template_sha256=digest)


def require_model(model: str) -> None:
    """Refuse a path that is not a model folder, with the remedy; names are left to the loader."""
    looks_local = model.startswith(("/", "./", "../", "~"))
    if looks_local and not (Path(model) / "config.json").is_file():
        raise ModelError(
            f"no model at {model}: name a folder that holds config.json, weights and tokenizer"
        )
