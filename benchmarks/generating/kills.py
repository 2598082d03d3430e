"""Killed at random moments and started again: is the dataset the same, and what was done twice?

The prompts hold repetitions (dropped) and poison (failed), so that those lists are compared too.
"""

import hashlib
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.generating.effort import Effort
from benchmarks.generating.jobs import Job, Worker, run_job
from benchmarks.generating.prompts import prompts, write_rows
from benchmarks.generating.worker import NAME
from benchmarks.mock.server import MockServer
from benchmarks.mock.settings import MockSettings

ROWS = 2_000
SETTINGS = MockSettings(base_ms=5, token_ms=1, poison_share=0.012)
"""With these 2,000 rows of two steps take about 10 s."""
MOST_PAUSE_S = 2.0
"""A worker is killed between 0 and so many seconds after its run began."""
REPEATED_PROMPTS = 20
"""One prompt in so many stands there twice."""


@dataclass(slots=True)
class Tally:
    """What came of all the kills."""

    repeated: list[int] = field(default_factory=list)
    """Completions done twice between one kill and the next, or the end of the run."""
    runs: int = 0
    identical: bool = True
    stray_files: int = 0
    """Files half written when the kill came; they have temporary names and belong to nothing."""


def measure(effort: Effort) -> dict[str, object]:
    """Runs until all kills are spent."""
    tally = spend(effort, SETTINGS, ROWS, MOST_PAUSE_S)
    return {
        "kills": len(tally.repeated),
        "identical": tally.identical,
        "repeated_per_kill_max": max(tally.repeated, default=0),
        "repeated_per_kill_mean": round(sum(tally.repeated) / max(len(tally.repeated), 1), 2),
        "killed_runs": tally.runs,
        "stray_files": tally.stray_files,
    }


def spend(effort: Effort, settings: MockSettings, rows: int, most_pause_s: float) -> Tally:
    """Compare killed runs with one that was left alone."""
    rng, tally = random.Random(effort.seed), Tally()
    texts = prompts(rows, effort.seed)
    texts[::REPEATED_PROMPTS] = texts[1::REPEATED_PROMPTS]
    with (
        MockServer(settings) as server,
        tempfile.TemporaryDirectory(prefix="ingot-bench-") as folder,
    ):
        address = write_rows(Path(folder) / "rows.jsonl", texts)
        whole = Job(address, f"{folder}/whole", "two_steps", server.endpoint)
        run_job(whole)
        while len(tally.repeated) < effort.kills:
            tally.runs += 1
            job = Job(address, f"{folder}/killed-{tally.runs}", "two_steps", server.endpoint)
            pauses_s = [rng.uniform(0, most_pause_s) for _ in range(effort.kills)]
            tally.repeated += _finish(job, server, pauses_s[len(tally.repeated) :])
            tally.identical &= contents(whole) == contents(job)
            tally.stray_files += len(list(Path(job.folder).rglob("*.tmp")))
    return tally


def _finish(job: Job, server: MockServer, pauses_s: Sequence[float]) -> list[int]:
    """Start a job again and again, killing it after each pause, until it ends by itself.

    Gives the repetitions after each kill.
    """
    server.reset()
    seen: list[int] = []
    for pause_s in pauses_s:
        worker = Worker(job)
        worker.wait_until_running()
        if worker.ends_within(pause_s):
            worker.outcome()
            break
        worker.kill()
        seen.append(server.stats().repeated)
    else:
        run_job(job)
    ends = [*seen[1:], server.stats().repeated]
    return [end - begin for begin, end in zip(seen, ends[: len(seen)], strict=True)]


def contents(job: Job) -> dict[str, str]:
    """The hash of each file of the dataset but for the summary, which tells times."""
    folder = Path(job.folder) / NAME
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "summary.json" and path.suffix != ".tmp"
    }
