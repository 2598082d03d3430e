"""Which engine an order means. The heavy modules are imported only for the one that is chosen."""

from ingot.engine import Engine
from ingot.errors import ModelError, OrderError
from ingot.orders import GenerationTerms, JudgeTerms
from ingot.settings import resolve_model


def choose_engine(terms: GenerationTerms | JudgeTerms, *, device: str) -> Engine:
    """The engine of these terms, not started yet; raises ModelError with the remedy."""
    model = resolve_model(terms.model)
    if terms.engine == "openai":
        from generation.engines.openai import OpenAIEngine

        return OpenAIEngine(model, terms.endpoint)
    try:
        if terms.engine == "vllm":
            from generation.engines.vllm import VllmEngine

            return VllmEngine(model, device=device)
        if terms.engine == "transformers":
            from generation.engines.transformers import TransformersEngine

            return TransformersEngine(model, device=device)
    except ImportError as error:
        raise ModelError(
            f"engine '{terms.engine}' is not installed ({error.name}): pip install "
            '"ingot[generation]" or choose another engine'
        ) from error
    raise OrderError(f"unknown engine {terms.engine!r}", "engine")
