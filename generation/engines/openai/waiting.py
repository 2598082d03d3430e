"""The queue inside vLLM, which its API does not show but its metrics do."""

import re
from dataclasses import dataclass

from generation.engines.openai.endpoint import Endpoint
from generation.engines.openai.problems import Problem
from ingot.errors import ModelError

_COUNTS = re.compile(
    rb"^vllm:num_requests_(running|waiting)(?:\{[^}\n]*\})? ([0-9.e+]+)\s*$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Queue:
    """Requests inside the endpoint, in all its engines."""

    running: float
    waiting: float


async def read_queue(endpoint: Endpoint) -> Queue | None:
    """What runs and what waits; None where the endpoint does not tell."""
    try:
        text = await endpoint.metrics()
        counts = [(name, float(count)) for name, count in _COUNTS.findall(text)]
    except (Problem, ModelError, ValueError):
        return None
    if not any(name == b"waiting" for name, _ in counts):
        return None
    running, waiting = (
        sum(count for name, count in counts if name == kind) for kind in (b"running", b"waiting")
    )
    return Queue(running, waiting)
