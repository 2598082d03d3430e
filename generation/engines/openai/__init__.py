"""Any OpenAI-compatible server (vllm serve first) as an engine."""

from generation.engines.openai.engine import OpenAIEngine

__all__ = ["OpenAIEngine"]
