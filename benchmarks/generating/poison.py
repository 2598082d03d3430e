"""Prompts that always fail: what is missing in the end, and is the cause of each on record?"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import orjson

from benchmarks.generating.effort import Effort
from benchmarks.generating.jobs import Job, run_job
from benchmarks.generating.prompts import prompts, write_rows
from benchmarks.generating.worker import NAME
from benchmarks.mock.draws import is_poisoned
from benchmarks.mock.server import MockServer
from benchmarks.mock.settings import MockSettings
from ingot.datasets import DatasetStore
from ingot.records import Instruction

SHARE = 0.012
ROWS = 2_000
CAUSE = "this prompt is poisoned"
"""What the mock engine says."""


def measure(effort: Effort) -> dict[str, object]:
    """Rows made, and whether exactly the poisoned ones are missing, each with its cause."""
    texts = prompts(ROWS, effort.seed)
    made, named = deliver(MockSettings(base_ms=2, token_ms=0.1, poison_share=SHARE), texts)
    poisoned = {text for text in texts if is_poisoned(text, SHARE)}
    return {
        "poison_rows": len(made),
        "poison_missing_only_poisoned": set(texts) - made == poisoned == named,
        "poison_rows_given": ROWS,
        "poison_poisoned": len(poisoned),
    }


def deliver(settings: MockSettings, texts: Sequence[str]) -> tuple[set[str], set[str]]:
    """(prompts of the dataset, prompts that are listed as failed with the engine's own words)."""
    with (
        MockServer(settings) as server,
        tempfile.TemporaryDirectory(prefix="ingot-bench-") as folder,
    ):
        address = write_rows(Path(folder) / "rows.jsonl", texts)
        run_job(Job(address, folder, endpoint=server.endpoint))
        return _made(Path(folder)), _named(Path(folder))


def _made(folder: Path) -> set[str]:
    store = DatasetStore(folder.as_uri())
    return {record.text for record in store.read(f"{NAME}/Instruction", Instruction)}


def _named(folder: Path) -> set[str]:
    lines = (folder / NAME / "failed.jsonl").read_bytes().splitlines()
    failures = [orjson.loads(line) for line in lines]
    return {orjson.loads(each["row"])["prompt"] for each in failures if CAUSE in each["cause"]}
