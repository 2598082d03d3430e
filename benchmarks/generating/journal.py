"""What the journal costs: the same run with it and without."""

import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.generating.effort import Effort
from benchmarks.generating.jobs import Job, run_job
from benchmarks.generating.mock import ROWS
from benchmarks.generating.prompts import prompts, write_rows
from benchmarks.mock.server import MockServer
from benchmarks.mock.settings import MockSettings


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a run was, by the engine's clock, and how dear."""

    tokens_per_s: float
    cpu_ms_per_request: float


def measure(effort: Effort) -> dict[str, object]:
    """Share of the tokens per second that is lost by keeping a journal."""
    with MockServer(MockSettings()) as server:
        turns = [
            (pace(server, "dataset", ROWS), pace(server, "everything", ROWS))
            for _ in range(effort.rounds)
        ]
    without = statistics.median(each.tokens_per_s for each, _ in turns)
    kept = statistics.median(each.tokens_per_s for _, each in turns)
    cpu_ms = statistics.median(b.cpu_ms_per_request - a.cpu_ms_per_request for a, b in turns)
    return {
        "journal_overhead": round(1 - kept / without, 4),
        "journal_cpu_ms_per_request": round(cpu_ms, 3),
    }


def pace(server: MockServer, keeps: Literal["everything", "dataset"], rows: int) -> Pace:
    """One run over so many rows."""
    server.reset()
    with tempfile.TemporaryDirectory(prefix="ingot-bench-") as folder:
        address = write_rows(Path(folder) / "rows.jsonl", prompts(rows, 0))
        outcome = run_job(Job(address, folder, endpoint=server.endpoint, keeps=keeps))
    return Pace(server.stats().tokens_per_s, outcome.cpu_ms_per_request)
