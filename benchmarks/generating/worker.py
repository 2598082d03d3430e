"""The process that does one job: `python -m benchmarks.generating.worker JOB`, JOB being JSON.

Says RUNNING when the run begins and the outcome as JSON when it has ended.
"""

import asyncio
import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks.generating.absent import InstantEngine, NoJournal, NoShelf
from benchmarks.generating.jobs import RUNNING, Job, Outcome
from benchmarks.generating.recipes import MADE_BEFOREHAND, RECIPES
from generation.engines.openai import OpenAIEngine
from generation.flow.generate import generate
from generation.flow.lane import Lane
from generation.flow.recipe import Terms
from generation.flow.run import Run, Wanted
from generation.flow.shelf import Shelf
from generation.flow.surroundings import Aids
from ingot.datasets import DatasetStore, count_rows, stream_rows
from ingot.engine import Engine
from ingot.journal import Answers
from ingot.records import Completion, Provenance, Sampling

NAME = "run"
SEED = 0


async def work(job: Job) -> Outcome:
    """Do the job and measure it."""
    began_s, cpu_before_s = time.perf_counter(), time.process_time()
    run = await (_keep_everything(job) if job.keeps == "everything" else _keep_less(job))
    seconds, cpu_s = time.perf_counter() - began_s, time.process_time() - cpu_before_s
    tally, accounts = run.portions[0].tally, [lane.account for lane in run.all_lanes]
    return Outcome(
        seconds=seconds,
        cpu_s=cpu_s,
        peak_mib=_peak_mib(),
        requests=sum(account.asked + account.replayed for account in accounts),
        completion_tokens=sum(account.completion_tokens for account in accounts),
        accepted=tally.accepted,
        failed=tally.failed.total(),
    )


async def _keep_everything(job: Job) -> Run:
    """As every user runs it."""
    runs: list[Run] = []

    def on_start(run: Run) -> None:
        runs.append(run)
        _say(RUNNING)

    store, journal = _store(job), Path(job.folder) / "journal.log"
    engines = {"writer": [_engine(job)]}
    sampling = Sampling(max_tokens=job.max_tokens)
    await generate(
        [_wanted(job)], engines, store, NAME, journal,
        seed=SEED, sampling=sampling, on_start=on_start,
    )  # fmt: skip
    return runs[0]


async def _keep_less(job: Job) -> Run:
    """The same without a journal, and perhaps without a dataset."""
    shelf = Shelf(_store(job), NAME) if job.keeps == "dataset" else NoShelf()
    async with _engine(job) as engine:
        journal = NoJournal()
        run = Run(
            [_wanted(job)],
            {"writer": [Lane(engine, Answers(journal))]},
            journal,
            shelf,
            seed=SEED,
            sampling=Sampling(max_tokens=job.max_tokens),
            aids=Aids(),
            provenance=Provenance(),
        )
        await run.carry_out()
        if job.keeps == "dataset":
            shelf.close({"seed": SEED})
    return run


def _wanted(job: Job) -> Wanted:
    return Wanted(RECIPES[job.recipe], Terms(), count_rows(job.rows), stream_rows(job.rows))


def _engine(job: Job) -> Engine:
    return OpenAIEngine(job.model, job.endpoint) if job.endpoint else InstantEngine()


def _store(job: Job) -> DatasetStore:
    return DatasetStore(Path(job.folder).as_uri())


def _peak_mib() -> float:
    """Of this program alone: the peak that getrusage knows begins with the parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    [peak] = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) / 1024


def _load_the_rest() -> None:
    """Write a dataset: with the first one come imports, which belong to the start."""
    with tempfile.TemporaryDirectory(prefix="ingot-bench-") as folder:
        DatasetStore(Path(folder).as_uri()).write(NAME, Completion, [MADE_BEFOREHAND])


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.flush()


def main() -> None:
    """Read the job, do it, tell the outcome."""
    _load_the_rest()
    outcome = asyncio.run(work(Job(**json.loads(sys.argv[1]))))
    _say(json.dumps(asdict(outcome)).encode() + b"\n")


if __name__ == "__main__":
    main()
