"""What the order of a judge's prompt is worth, and what the judge costs beside its engine.

Pairs are judged in both orders, one token each, over vLLM with a journal, as the service does; the
rubric stands first in the prompt or last. Beside it bare vLLM runs the same requests, both cold
(each pass heads its rubric with another number) and in turn. On a GPU, which two engines cannot
share, bare vLLM goes first.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.bare.engine import BareEngine, Pass
from benchmarks.bare.random_model import make_model
from benchmarks.deciding.effort import Effort
from benchmarks.deciding.prefix_pairs import make_pairs, make_protocol
from generation.engines.vllm import VllmEngine
from ingot.engine import Engine, Generated, ModelIdentity, Request
from ingot.engine.process import vllm_environment
from ingot.journal import Journal, Journaled
from ingot.records import Pair
from judging.judges.pairwise import PairJudge
from judging.judges.protocol import JudgeProtocol

MAX_SEQUENCES, MAX_MODEL_LEN = 256, 4_096
CHILD = "generation.engines.vllm_child"


@dataclass(slots=True)
class Passes:
    """Those of one side, by where the rubric stood."""

    first: list[Pass] = field(default_factory=list)
    last: list[Pass] = field(default_factory=list)


def measure(effort: Effort) -> dict[str, object]:
    """Cached shares, pairs per second of both prompts, and the pipeline against the bare engine."""
    with tempfile.TemporaryDirectory(prefix="ingot-bench-") as folder:
        model = make_model(Path(folder), effort.device, like="judge")
        ours, bare = asyncio.run(_compare(model, make_pairs(effort.pairs, effort.seed), effort))
    per_s = {name: effort.pairs / _median(ours, name) for name in ("first", "last")}
    efficiencies = [b.seconds / o.seconds for o, b in zip(ours.first, bare.first, strict=True)]
    cpu = [b.vllm_cpu_s / o.vllm_cpu_s for o, b in zip(ours.first, bare.first, strict=True)]
    some = bare.first[0]
    return {
        "prefix_cached_share": round(_cached(bare.first), 3),
        "rubric_last_cached_share": round(_cached(bare.last), 3),
        "prefix_ratio": round(per_s["first"] / per_s["last"], 3),
        "prefix_ratio_bare": round(_median(bare, "last") / _median(bare, "first"), 3),
        "pipeline_efficiency": round(_median(bare, "first") / _median(ours, "first"), 3),
        "pipeline_efficiency_of_each_round": [round(each, 3) for each in efficiencies],
        "pipeline_efficiency_per_cpu_s": round(statistics.median(cpu), 3),
        "pairs_per_second": round(per_s["first"], 1),
        "rubric_last_pairs_per_second": round(per_s["last"], 1),
        "bare_prompt_tokens_per_s": round(some.prompt_tokens / _median(bare, "first")),
        "pairs": effort.pairs,
        "requests": 2 * effort.pairs,
        "tokens_per_prompt": round(some.prompt_tokens / 2 / effort.pairs),
        "rounds": effort.rounds,
        "device": effort.device,
    }


def _median(passes: Passes, name: str) -> float:
    return statistics.median(each.seconds for each in getattr(passes, name))


def _cached(passes: Sequence[Pass]) -> float:
    return sum(p.cached_tokens for p in passes) / sum(p.prompt_tokens for p in passes)


async def _compare(model: str, pairs: Sequence[Pair], effort: Effort) -> tuple[Passes, Passes]:
    """(ours, bare): in turn on a CPU, one after the other on a GPU."""
    ours, bare = Passes(), Passes()
    options = {
        "model": model, "device": effort.device, "max_num_seqs": MAX_SEQUENCES,
        "max_model_len": MAX_MODEL_LEN, "seed": 0,
    }  # fmt: skip
    engine = VllmEngine(
        model, device=effort.device, max_sequences=MAX_SEQUENCES, max_model_len=MAX_MODEL_LEN
    )
    rounds = range(effort.rounds + 1)  # the first is a warm-up
    async with AsyncExitStack() as stack:
        other = await stack.enter_async_context(_bare(options))
        if effort.device == "cpu":
            await stack.enter_async_context(engine)
        for number in rounds:
            await _run_bare(other, pairs, f"{number}b", bare, skip=not number)
            if effort.device == "cpu":
                await _run_ours(engine, pairs, f"{number}o", ours, skip=not number)
    if effort.device != "cpu":
        async with engine:
            for number in rounds:
                await _run_ours(engine, pairs, f"{number}o", ours, skip=not number)
    return ours, bare


def _bare(options: dict[str, object]) -> BareEngine:
    """In the environment that our engine gives its child."""
    os.environ |= vllm_environment(str(options["device"]))
    return BareEngine(options)


async def _run_bare(
    engine: BareEngine, pairs: Sequence[Pair], run: str, passes: Passes, *, skip: bool
) -> None:
    for first, into in ((True, passes.first), (False, passes.last)):
        requests = await record(
            make_protocol(run, rubric_first=first), pairs[: 50 if skip else None]
        )
        done = await engine.run(requests)
        if not skip:
            into.append(done)


async def _run_ours(
    engine: VllmEngine, pairs: Sequence[Pair], run: str, passes: Passes, *, skip: bool
) -> None:
    [child] = (p for p in psutil.Process().children() if CHILD in p.cmdline())
    for first, into in ((True, passes.first), (False, passes.last)):
        protocol = make_protocol(run, rubric_first=first)
        with tempfile.TemporaryDirectory(prefix="ingot-bench-") as folder:
            journaled = Journaled(engine, Journal(Path(folder) / "journal.log"))
            began_s, before = time.perf_counter(), child.cpu_times()
            judged = await PairJudge(journaled, protocol).judge(pairs[: 50 if skip else None])
            await journaled.journal.flush()
            took_s, after = time.perf_counter() - began_s, child.cpu_times()
            journaled.journal.close()
        assert all(judgment.verdict for judgment in judged)
        if not skip:
            cpu_s = after.user + after.system - before.user - before.system
            into.append(Pass(took_s, cpu_s))


class Recorder:
    """An engine that writes down what it is asked."""

    kind, model, capacity = "vllm", "recorder", 1
    identity = ModelIdentity("recorder")

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def generate(self, request: Request) -> Generated:
        """Note it, and say anything."""
        self.requests.append(request)
        return Generated("A", "length", label_logprobs={"A": -0.1, "B": -3.0})


async def record(protocol: JudgeProtocol, pairs: Sequence[Pair]) -> list[Request]:
    """What the judge asks its engine."""
    recorder = Recorder()
    engine: Engine = recorder  # type: ignore[assignment]  # never entered
    await PairJudge(engine, protocol).judge(pairs)
    return recorder.requests
