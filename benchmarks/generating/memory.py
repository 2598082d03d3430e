"""Peak memory of a small run against one ten times as large, rows streamed from a file."""

import tempfile
from pathlib import Path

from benchmarks.generating.effort import Effort
from benchmarks.generating.jobs import Job, run_job
from benchmarks.generating.prompts import prompts, write_rows

SMALL, LARGE = 10_000, 100_000
PADDING = " The wind rose, the lamp flickered, and nobody on the coast slept that night." * 12
"""Brings each prompt to about a kilobyte; the answers have as much."""


def measure(effort: Effort) -> dict[str, object]:
    """The ratio of the peaks."""
    small, large = (peak_mib(rows, effort.seed) for rows in (SMALL, LARGE))
    return {
        "memory_ratio_100k_over_10k": round(large / small, 3),
        "memory_mib_10k": round(small),
        "memory_mib_100k": round(large),
    }


def peak_mib(rows: int, seed: int) -> float:
    """Of a complete run over so many rows, on an engine that answers at once."""
    with tempfile.TemporaryDirectory(prefix="ingot-bench-") as folder:
        texts = (text + PADDING for text in prompts(rows, seed))
        address = write_rows(Path(folder) / "rows.jsonl", texts)
        outcome = run_job(Job(address, folder))
    if outcome.accepted != rows:
        raise RuntimeError(f"{outcome.accepted} of {rows} rows were made")
    return outcome.peak_mib
