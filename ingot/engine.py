"""The Engine: what turns requests into completions, whatever runs behind it.

A stage takes an `Engine` and knows no vLLM. `stream` keeps an engine's queue full: it holds
`engine.capacity` requests in flight, takes a new one as soon as one is done, and never waits for a
slow one. One request that fails is a `Generated` with a `failure`, not an exception: it hurts
nobody else.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Protocol, Self

import orjson

from ingot.records import Message, Sampling


@dataclass(frozen=True, slots=True)
class Request:
    """One draw from a model."""

    messages: tuple[Message, ...]
    sampling: Sampling
    seed: int = 0
    """Makes the draw repeatable where the engine can; always part of the key."""
    prefill: str = ""
    """Text that the assistant's turn already begins with; the engine goes on from it."""
    logprobs: bool = False
    """Whether to return `mean_logprob`; costs vLLM on CPU about a third of its throughput."""
    labels: tuple[str, ...] = ()
    """Texts of one token each; their raw log-probability as the first generated token is wanted."""

    def key(self, model: str) -> str:
        """Name the draw by everything that changes its outcome."""
        content = {
            "model": model,
            "messages": [message.model_dump() for message in self.messages],
            "sampling": self.sampling.model_dump(),
            "seed": self.seed,
            "prefill": self.prefill,
            "logprobs": self.logprobs,
            "labels": self.labels,
        }
        return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Generated:
    """What came back for one request."""

    text: str = ""
    finish_reason: str = ""
    """'stop' or 'length'; 'error' with a `failure`."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    mean_logprob: float | None = None
    label_logprobs: dict[str, float] = field(default_factory=dict)
    """Natural-log probability of each label as the first generated token, not renormalised."""
    failure: str = ""
    """Why there is no text; '' where there is one."""


class Engine(Protocol):
    """A model that can be asked."""

    @property
    def kind(self) -> str:
        """'vllm', 'openai' or 'transformers'."""
        ...

    @property
    def model(self) -> str:
        """Name by which requests are keyed: the weights' hash, or the served name."""
        ...

    @property
    def capacity(self) -> int:
        """How many requests in flight keep it busy."""
        ...

    async def generate(self, request: Request) -> Generated:
        """Answer one request; raises ModelError only when the engine itself is gone."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


async def stream(
    engine: Engine, requests: Iterable[Request]
) -> AsyncIterator[tuple[int, Generated]]:
    """Answer all requests, yielding (index of the request, answer) as each is done.

    `requests` may be a generator: it is drawn from only as fast as the engine answers, so memory
    stays bounded by the window. Cancelling the consumer cancels what is in flight.
    """
    source = iter(enumerate(requests))
    flying: set[asyncio.Task[Generated]] = set()
    ended: asyncio.Queue[tuple[int, asyncio.Task[Generated]]] = asyncio.Queue()
    try:
        while True:
            while len(flying) < engine.capacity and (entry := next(source, None)) is not None:
                index, request = entry
                task = asyncio.create_task(engine.generate(request))
                # A queue, not asyncio.wait: that looks at the whole window on each wake-up.
                task.add_done_callback(partial(_report, ended, index))
                flying.add(task)
            if not flying:
                return
            index, task = await ended.get()
            flying.discard(task)
            yield index, task.result()
    finally:
        for task in flying:
            task.cancel()
        await asyncio.gather(*flying, return_exceptions=True)


def _report(
    ended: "asyncio.Queue[tuple[int, asyncio.Task[Generated]]]",
    index: int,
    task: "asyncio.Task[Generated]",
) -> None:
    ended.put_nowait((index, task))
