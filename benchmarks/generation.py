"""Completion tokens per second of the pipeline against bare vLLM in the same settings.

    python -m benchmarks.generation [--instructions 1000] [--samples 4] [--rounds 5] [--seed 0]

Both answer the same multiset of requests on the embedded generator, with the same seeds and
sampling. Pipeline: the recipe `complete` over a journal on disk over `VllmEngine`, from the call to
the finished records. Bare: token ids are made beforehand, all requests are submitted at once to
vLLM's engine in a process of its own, which then only steps. Both are loaded and warmed up first,
then take turns; while one works the other waits without using CPU. The medians are compared.
"""

import argparse
import asyncio
import json
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

import psutil

from generation.engines.vllm import VllmEngine, child_environment
from generation.recipes.complete import complete, sample_seed
from generation.verifiable.families import FAMILIES
from generation.verifiable.held_out import draw_training_task
from ingot.engine import Request
from ingot.journal import Journal, Journaled
from ingot.records import Instruction, Message, Provenance, Sampling
from ingot.settings import MODELS

MODEL = str(MODELS / "generator")
CHILD = "generation.engines.vllm_child"
MAX_SEQUENCES = 256
SAMPLING = Sampling(max_tokens=96)


@dataclass(frozen=True, slots=True)
class Run:
    """One pass over all requests."""

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


def draw_instructions(count: int, seed: int) -> list[Instruction]:
    """So many different tasks, of all families in turn."""
    rng = random.Random(seed)
    names = cycle(FAMILIES)
    texts: dict[str, None] = {}
    while len(texts) < count:
        texts[draw_training_task(next(names), rng).text] = None
    return [Instruction(messages=(Message(role="user", content=text),)) for text in texts]


def draw_requests(instructions: Sequence[Instruction], samples: int, seed: int) -> list[Request]:
    """What the recipe asks for these instructions."""
    return [
        Request(instruction.messages, SAMPLING, seed=sample_seed(seed, instruction.id, sample))
        for instruction in instructions
        for sample in range(samples)
    ]


def serve_bare(pipe: Connection) -> None:
    """Child: load vLLM, then run all requests whenever the parent says so."""
    os.dup2(2, 1)  # vLLM logs to the standard output, which is kept for the result
    from vllm.inputs import TokensPrompt

    from generation.engines.prompting import prompt_ids
    from generation.engines.vllm_child import Child, load

    options = {"model": MODEL, "device": "cpu", "max_num_seqs": MAX_SEQUENCES}
    child = Child(pipe, load({**options, "max_model_len": None, "seed": 0}))
    requests: list[Request] = pipe.recv()
    ids = [prompt_ids(child.tokenizer, request, child.max_model_len) for request in requests]
    prompts = [TokensPrompt(prompt_token_ids=each) for each in ids]
    while pipe.recv():
        began, cpu_began_s = time.perf_counter(), time.process_time()
        for number, (request, prompt) in enumerate(zip(requests, prompts, strict=True)):
            used = len(ids[number])
            child.engine.add_request(str(number), prompt, child.parameters(request, [], used))
        tokens = 0
        while child.engine.has_unfinished_requests():
            tokens += sum(len(o.outputs[0].token_ids) for o in child.engine.step() if o.finished)
        took_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began_s
        pipe.send(Run(tokens, took_s, cpu_s))


async def run_pipeline(
    engine: VllmEngine, instructions: Sequence[Instruction], samples: int, seed: int
) -> Run:
    """One pass of the recipe with a fresh journal."""
    [child] = (p for p in psutil.Process().children() if CHILD in p.cmdline())
    with tempfile.TemporaryDirectory(prefix="ingot-bench-") as folder:
        journal = Journal(Path(folder) / "journal")
        began, before = time.perf_counter(), child.cpu_times()
        completed = await complete(
            Journaled(engine, journal),
            instructions,
            samples,
            sampling=SAMPLING,
            logprobs=False,
            seed=seed,
            provenance=Provenance(),
            on_progress=lambda done, total: None,
        )
        took_s, after = time.perf_counter() - began, child.cpu_times()
        journal.close()
    tokens = sum(completion.completion_tokens for completion in completed.completions)
    return Run(tokens, took_s, after.user + after.system - before.user - before.system)


async def measure(options: argparse.Namespace) -> tuple[list[Run], list[Run]]:
    """(pipeline, bare), run by run in turn, after one pass of each that does not count."""
    instructions = draw_instructions(options.instructions, options.seed)
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    bare_child = context.Process(target=serve_bare, args=(theirs,), daemon=True)
    bare_child.start()
    theirs.close()  # so that a child that dies ends the wait for it
    ours.send(draw_requests(instructions, options.samples, options.seed))
    pipeline, bare = [], []
    async with VllmEngine(MODEL, max_sequences=MAX_SEQUENCES) as engine:
        for _ in range(options.rounds + 1):
            ours.send(True)
            bare.append(await asyncio.to_thread(ours.recv))
            pipeline.append(await run_pipeline(engine, instructions, options.samples, options.seed))
    ours.send(False)
    bare_child.join()
    return pipeline[1:], bare[1:]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instructions", type=int, default=1000)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    os.environ |= child_environment("cpu")
    pipeline, bare = asyncio.run(measure(options))
    ours, limit = (statistics.median(r.tokens_per_s for r in runs) for runs in (pipeline, bare))
    cpu = [statistics.median(r.tokens_per_cpu_s for r in runs) for runs in (pipeline, bare)]
    ratios = [a.tokens_per_s / b.tokens_per_s for a, b in zip(pipeline, bare, strict=True)]
    result = {
        "benchmark": "generation",
        "pipeline_tokens_per_s": round(ours),
        "raw_tokens_per_s": round(limit),
        "ratio": round(ours / limit, 3),
        "ratio_of_each_round": [round(ratio, 3) for ratio in ratios],
        "ratio_per_vllm_cpu_s": round(cpu[0] / cpu[1], 3),
        "requests": options.instructions * options.samples,
        "completion_tokens": pipeline[0].tokens,
        "raw_completion_tokens": bare[0].tokens,
        "rounds": options.rounds,
        "seed": options.seed,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
