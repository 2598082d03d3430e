"""The whole line against bare vLLM, both with the same model in a process of its own.

Ours is the recipe `complete`, from the call to the finished dataset. Bare: token ids are made
beforehand, all requests are submitted at once to vLLM's engine, which then only steps. Both are
warmed up first. On a CPU the model is the embedded one and they take turns; while one works the
other waits without using CPU. On a GPU, which two engines cannot share, a model of 7 billion
parameters with random weights writes, for us first.
"""

import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import cycle
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson
import psutil
import pyarrow.parquet as pq

from benchmarks.bare.engine import BareEngine, Pass
from benchmarks.bare.random_model import make_model
from benchmarks.generating.effort import Effort
from generation.engines.vllm import VllmEngine
from generation.flow.generate import generate
from generation.flow.run import Wanted
from generation.recipes.complete import Complete, complete
from generation.verifiable.families import FAMILIES
from generation.verifiable.held_out import draw_training_task
from ingot.datasets import DatasetStore
from ingot.engine import Engine, Generated, Request
from ingot.engine.process import vllm_environment
from ingot.records import Message, Sampling
from ingot.settings import MODELS

MODEL = str(MODELS / "generator")
CHILD = "generation.engines.vllm_child"
MAX_SEQUENCES = 256
SAMPLING = Sampling(max_tokens=96)
INSTRUCTIONS, SAMPLES = 1_000, 4


class Started:
    """An engine that is kept running from one run to the next."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.kind, self.identity, self.model = engine.kind, engine.identity, engine.model
        self.capacity = engine.capacity

    async def generate(self, request: Request) -> Generated:
        """Ask the engine."""
        return await self._engine.generate(request)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


def measure(effort: Effort) -> dict[str, object]:
    """The ratio of the medians, and that of each round."""
    os.environ |= vllm_environment(effort.device)
    with tempfile.TemporaryDirectory(prefix="ingot-bench-") as folder:
        model = MODEL
        if effort.device != "cpu":
            model = make_model(Path(folder), effort.device, like="generator")
        ours, bare = asyncio.run(compare(model, INSTRUCTIONS, effort))
    rates = [statistics.median(map(per_s, runs)) for runs in (ours, bare)]
    cpu = [statistics.median(map(per_cpu_s, runs)) for runs in (ours, bare)]
    ratios = [per_s(a) / per_s(b) for a, b in zip(ours, bare, strict=True)]
    return {
        "vllm_efficiency": round(rates[0] / rates[1], 3),
        "vllm_tokens_per_s": round(rates[0]),
        "vllm_bare_tokens_per_s": round(rates[1]),
        "vllm_efficiency_of_each_round": [round(ratio, 3) for ratio in ratios],
        "vllm_efficiency_per_cpu_s": round(cpu[0] / cpu[1], 3),
        "vllm_requests": INSTRUCTIONS * SAMPLES,
        "vllm_completion_tokens": ours[0].completion_tokens,
        "vllm_bare_completion_tokens": bare[0].completion_tokens,
    }


def per_s(done: Pass) -> float:
    """Completion tokens per second."""
    return done.completion_tokens / done.seconds


def per_cpu_s(done: Pass) -> float:
    """The same per CPU second of vLLM's process, which a busy neighbour changes little."""
    return done.completion_tokens / done.vllm_cpu_s


async def compare(model: str, instructions: int, effort: Effort) -> tuple[list[Pass], list[Pass]]:
    """(ours, bare), each after one pass that does not count: in turn on a CPU."""
    prompts = draw_prompts(instructions, effort.seed)
    options = {"model": model, "device": effort.device, "max_num_seqs": MAX_SEQUENCES}
    ours: list[Pass] = []
    bare: list[Pass] = []
    async with AsyncExitStack() as stack:
        engine = VllmEngine(model, device=effort.device, max_sequences=MAX_SEQUENCES)
        await stack.enter_async_context(engine)
        with tempfile.TemporaryDirectory(prefix="ingot-bench-") as folder:
            await run_ours(engine, prompts, effort.seed, Path(folder))
            requests = read_requests(Path(folder))
        if effort.device == "cpu":
            other = await stack.enter_async_context(BareEngine(options))
            await other.run(requests)
        for _ in range(effort.rounds):
            if effort.device == "cpu":
                bare.append(await other.run(requests))
            with tempfile.TemporaryDirectory(prefix="ingot-bench-") as folder:
                ours.append(await run_ours(engine, prompts, effort.seed, Path(folder)))
    if effort.device != "cpu":
        async with BareEngine(options) as other:
            bare = [await other.run(requests) for _ in range(effort.rounds + 1)][1:]
    return ours, bare


def draw_prompts(count: int, seed: int) -> list[str]:
    """So many different tasks, of all families in turn."""
    rng, names = random.Random(seed), cycle(FAMILIES)
    texts: dict[str, None] = {}
    while len(texts) < count:
        texts[draw_training_task(next(names), rng).text] = None
    return list(texts)


async def run_ours(engine: VllmEngine, prompts: Sequence[str], seed: int, folder: Path) -> Pass:
    """One pass of the recipe, journal and dataset included."""
    [child] = (p for p in psutil.Process().children() if CHILD in p.cmdline())
    rows = iter([{"prompt": prompt} for prompt in prompts])
    wanted = Wanted(complete, Complete(samples=SAMPLES), len(prompts), rows)
    store = DatasetStore(folder.as_uri())
    began_s, before = time.perf_counter(), child.cpu_times()
    summary = await generate(
        [wanted], {"writer": [Started(engine)]}, store, "run", folder / "journal.log",
        seed=seed, sampling=SAMPLING,
    )  # fmt: skip
    took_s, after = time.perf_counter() - began_s, child.cpu_times()
    tokens = summary["completion_tokens"]
    assert isinstance(tokens, int)
    cpu_s = after.user + after.system - before.user - before.system
    return Pass(took_s, cpu_s, completion_tokens=tokens)


def read_requests(folder: Path) -> list[Request]:
    """What the recipe asked for, from the draws that it laid down."""
    shards = sorted((folder / "run" / "draws").glob("*.parquet"))
    rows = [row for shard in shards for row in pq.read_table(shard).to_pylist()]
    return [
        Request(
            tuple(Message.model_validate(message) for message in orjson.loads(row["messages"])),
            Sampling.model_validate_json(row["sampling"]),
            row["seed"],
        )
        for row in rows
    ]
