"""Which engine an order means. The heavy modules are imported only for the one that is chosen."""

import os
from collections.abc import Mapping
from pathlib import Path

from ingot.engine import Engine
from ingot.errors import ModelError, OrderError
from ingot.orders import EngineTerms
from ingot.settings import resolve_model


def choose_engine(
    terms: EngineTerms,
    *,
    device: str,
    home: Path = Path(".ingot"),
    keys: Mapping[str, str] | None = None,
) -> Engine:
    """The engine of these terms, not started yet; raises ModelError with the remedy.

    Under `home` is remembered which batches were sent to a batch API. `keys` are those of endpoints
    by the credential that terms name.
    """
    model = resolve_model(terms.model)
    if terms.engine in ("openai", "openai_batch"):
        return _remote(terms, model, home, _api_key(terms, keys or {}))
    try:
        if terms.engine == "vllm":
            from generation.engines.vllm import VllmEngine

            return VllmEngine(model, device=device, lora=terms.adapters)
        if terms.engine == "transformers":
            from generation.engines.transformers import TransformersEngine

            return TransformersEngine(model, device=device)
    except ImportError as error:
        raise ModelError(
            f"engine '{terms.engine}' is not installed ({error.name}): pip install "
            '"ingot[generation]" or choose another engine'
        ) from error
    raise OrderError(f"unknown engine {terms.engine!r}", "engine")


def _remote(terms: EngineTerms, model: str, home: Path, api_key: str) -> Engine:
    """An endpoint that is asked over HTTP, at once or in batches."""
    if terms.engine == "openai":
        from generation.engines.openai import OpenAIEngine

        return OpenAIEngine(
            model,
            terms.endpoint,
            api_key=api_key,
            revision=terms.revision,
            price=terms.price,
            limits=terms.limits,
        )
    from generation.engines.openai_batch import OpenAIBatchEngine

    return OpenAIBatchEngine(
        model,
        terms.endpoint,
        home=home / "model-batches",
        api_key=api_key,
        revision=terms.revision,
        price=terms.price,
        limits=terms.limits,
    )


def _api_key(terms: EngineTerms, keys: Mapping[str, str]) -> str:
    """The key that a lab gave, or that the worker's environment holds; '' for neither."""
    if terms.credential:
        if terms.credential not in keys:
            raise ModelError(f"the key of credential {terms.credential} is not here: give it again")
        return keys[terms.credential]
    variable = terms.api_key_env
    key = os.environ.get(variable, "") if variable else ""
    if variable and not key:
        raise ModelError(
            f"the environment variable {variable} is not set: set it to the endpoint's API key "
            "where the worker runs"
        )
    return key
