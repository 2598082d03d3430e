"""Bare vLLM in a process of its own: token ids made beforehand, all submitted at once, then steps.

It loads the model with the very settings of our engine and asks for the same label probabilities.
"""

import asyncio
import multiprocessing
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

from ingot.engine import Request


@dataclass(frozen=True, slots=True)
class Pass:
    """All requests once."""

    seconds: float
    vllm_cpu_s: float
    """CPU of the process that holds vLLM."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    """Of the prompts', those that the prefix cache held."""


class BareEngine:
    """The process and the pipe to it."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.pipe, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        self.process = context.Process(target=serve, args=(theirs, options), daemon=True)
        self.process.start()
        theirs.close()  # so that a child that dies ends the wait for it

    async def run(self, requests: Sequence[Request]) -> Pass:
        """All of them; only the work of the engine is timed."""
        await asyncio.to_thread(self.pipe.send, requests)
        answer = await asyncio.to_thread(self.pipe.recv)
        assert isinstance(answer, Pass)
        return answer

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.pipe.recv)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.pipe.close()
        await asyncio.to_thread(self.process.join)


def serve(pipe: Connection, options: dict[str, Any]) -> None:
    """The child: load, then run whatever comes."""
    os.dup2(2, 1)  # vLLM logs to the standard output, which is kept for the result
    from generation.engines.vllm_child import Child, load

    child = Child(pipe, load({"max_model_len": None, "seed": 0, **options}))
    pipe.send(True)
    try:
        while True:
            pipe.send(run(child, pipe.recv()))
    except EOFError:
        os._exit(0)


def run(child: Any, requests: Sequence[Request]) -> Pass:
    """Submit all, then step until none is left."""
    from vllm.inputs import tokens_input

    from generation.engines.prompting import label_ids

    asked = [
        (ids, child.parameters(request, list(labels.values()), len(ids)))
        for request in requests
        for ids in [child.reader.ids(request)]
        for labels in [label_ids(child.reader.tokenizer, request.prefill, request.labels)]
    ]
    began_s, cpu_began_s = time.perf_counter(), time.process_time()
    for number, (ids, parameters) in enumerate(asked):
        child.engine.add_request(str(number), tokens_input(ids), parameters)
    cached = written = done = 0
    while child.engine.has_unfinished_requests():
        for output in child.engine.step():
            if output.finished:
                cached, done = cached + (output.num_cached_tokens or 0), done + 1
                written += len(output.outputs[0].token_ids)
    took_s, cpu_s = time.perf_counter() - began_s, time.process_time() - cpu_began_s
    assert done == len(requests)
    return Pass(took_s, cpu_s, sum(len(ids) for ids, _ in asked), written, cached)
