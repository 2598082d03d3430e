"""What the flow itself costs: an engine that answers at once, with and without all that is kept."""

import statistics
import tempfile
from pathlib import Path
from typing import Literal

from benchmarks.generating.effort import Effort
from benchmarks.generating.jobs import Job, run_job
from benchmarks.generating.prompts import prompts, write_rows

ROWS = 20_000


def measure(effort: Effort) -> dict[str, object]:
    """Requests per CPU second: of the lanes and the run alone, and of the whole."""
    rates = [(rate("nothing", ROWS), rate("everything", ROWS)) for _ in range(effort.rounds)]
    return {
        "scheduler_requests_per_s": round(statistics.median(alone for alone, _ in rates)),
        "complete_requests_per_s": round(statistics.median(whole for _, whole in rates)),
        "scheduler_rows": ROWS,
    }


def rate(keeps: Literal["everything", "nothing"], rows: int) -> float:
    """Requests per CPU second; where nothing is kept, no records are made either."""
    recipe = "only_asks" if keeps == "nothing" else "one_step"
    with tempfile.TemporaryDirectory(prefix="ingot-bench-") as folder:
        address = write_rows(Path(folder) / "rows.jsonl", prompts(rows, 0))
        outcome = run_job(Job(address, folder, recipe, keeps=keeps))
    return outcome.requests / outcome.cpu_s
