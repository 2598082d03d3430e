"""The whole line against bare vLLM, both with the embedded model in a process of its own.

Ours is the recipe `complete`, from the call to the finished dataset. Bare: token ids are made
beforehand, all requests are submitted at once to vLLM's engine, which then only steps. Both are
loaded and warmed up first, then take turns; while one works the other waits without using CPU.
"""

import asyncio
import multiprocessing
import os
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
import psutil
import pyarrow.parquet as pq

from benchmarks.generating.effort import Effort
from generation.engines.vllm import VllmEngine, child_environment
from generation.flow.generate import generate
from generation.flow.run import Wanted
from generation.recipes.complete import Complete, complete
from generation.verifiable.families import FAMILIES
from generation.verifiable.held_out import draw_training_task
from ingot.datasets import DatasetStore
from ingot.engine import Engine, Generated, Request
from ingot.records import Message, Sampling
from ingot.settings import MODELS

MODEL = str(MODELS / "generator")
CHILD = "generation.engines.vllm_child"
MAX_SEQUENCES = 256
SAMPLING = Sampling(max_tokens=96)
INSTRUCTIONS, SAMPLES = 1_000, 4


@dataclass(frozen=True, slots=True)
class Pass:
    """All requests once."""

    tokens: int
    seconds: float
    vllm_cpu_s: float
    """CPU of the process that holds vLLM."""

    @property
    def tokens_per_s(self) -> float:
        """Completion tokens per second."""
        return self.tokens / self.seconds

    @property
    def tokens_per_cpu_s(self) -> float:
        """The same per CPU second of vLLM's process, which a busy neighbour changes little."""
        return self.tokens / self.vllm_cpu_s


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
    os.environ |= child_environment("cpu")
    ours, bare = asyncio.run(compare(INSTRUCTIONS, effort))
    rates = [statistics.median(each.tokens_per_s for each in runs) for runs in (ours, bare)]
    cpu = [statistics.median(each.tokens_per_cpu_s for each in runs) for runs in (ours, bare)]
    ratios = [a.tokens_per_s / b.tokens_per_s for a, b in zip(ours, bare, strict=True)]
    return {
        "vllm_efficiency": round(rates[0] / rates[1], 3),
        "vllm_tokens_per_s": round(rates[0]),
        "vllm_bare_tokens_per_s": round(rates[1]),
        "vllm_efficiency_of_each_round": [round(ratio, 3) for ratio in ratios],
        "vllm_efficiency_per_cpu_s": round(cpu[0] / cpu[1], 3),
        "vllm_requests": INSTRUCTIONS * SAMPLES,
        "vllm_completion_tokens": ours[0].tokens,
        "vllm_bare_completion_tokens": bare[0].tokens,
    }


async def compare(instructions: int, effort: Effort) -> tuple[list[Pass], list[Pass]]:
    """(ours, bare), in turn, after one pass of each that does not count."""
    prompts = draw_prompts(instructions, effort.seed)
    pipe, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    child = context.Process(target=serve_bare, args=(theirs,), daemon=True)
    child.start()
    theirs.close()  # so that a child that dies ends the wait for it
    ours, bare = [], []
    async with VllmEngine(MODEL, max_sequences=MAX_SEQUENCES) as engine:
        with tempfile.TemporaryDirectory(prefix="ingot-bench-") as folder:
            await run_ours(engine, prompts, effort.seed, Path(folder))
            pipe.send(read_requests(Path(folder)))
        for _ in range(effort.rounds + 1):
            pipe.send(True)
            bare.append(await asyncio.to_thread(pipe.recv))
            with tempfile.TemporaryDirectory(prefix="ingot-bench-") as folder:
                ours.append(await run_ours(engine, prompts, effort.seed, Path(folder)))
    pipe.send(False)
    child.join()
    return ours[1:], bare[1:]


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
    return Pass(tokens, took_s, after.user + after.system - before.user - before.system)


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


def serve_bare(pipe: Connection) -> None:
    """Child: load vLLM, then run all requests whenever the parent says so."""
    os.dup2(2, 1)  # vLLM logs to the standard output, which is kept for the result
    from vllm.inputs import tokens_input

    from generation.engines.vllm_child import Child, load

    options = {"model": MODEL, "device": "cpu", "max_num_seqs": MAX_SEQUENCES}
    child = Child(pipe, load({**options, "max_model_len": None, "seed": 0}))
    requests: list[Request] = pipe.recv()
    ids = [child.ids(request) for request in requests]
    prompts = [tokens_input(each) for each in ids]
    while pipe.recv():
        began_s, cpu_began_s = time.perf_counter(), time.process_time()
        for number, (request, prompt) in enumerate(zip(requests, prompts, strict=True)):
            used = len(ids[number])
            child.engine.add_request(str(number), prompt, child.parameters(request, [], used))
        tokens = 0
        engine: Any = child.engine
        while engine.has_unfinished_requests():
            tokens += sum(len(o.outputs[0].token_ids) for o in engine.step() if o.finished)
        took_s, cpu_s = time.perf_counter() - began_s, time.process_time() - cpu_began_s
        pipe.send(Pass(tokens, took_s, cpu_s))
