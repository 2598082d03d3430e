"""The queue inside vLLM, which its API does not show but its metrics do."""

import re

from generation.engines.openai.endpoint import Endpoint
from generation.engines.openai.problems import Problem
from ingot.errors import ModelError

_WAITING = re.compile(rb"^vllm:num_requests_waiting(?:\{[^}\n]*\})? ([0-9.e+]+)\s*$", re.MULTILINE)


async def read_waiting(endpoint: Endpoint) -> float | None:
    """Requests that wait in all its engines; None where the endpoint does not tell."""
    try:
        text = await endpoint.metrics()
        counts = [float(match) for match in _WAITING.findall(text)]
    except (Problem, ModelError, ValueError):
        return None
    return sum(counts) if counts else None
