"""`ingot demo`: the whole line on the embedded model, with a report."""

from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from ingot.datasets import read_rows
from ingot.orders import OrderSpec, parse_order
from ingot.settings import Settings
from services.cli.run import print_outcome, run_order
from services.report.write import write_report

UNVERIFIED = ["add", "multiply", "subtract", "weekday", "compare"]
"""Families that no program may check in the demo, so that judge and people have work."""


def demo_order(seed: int, quantity: int) -> OrderSpec:
    """The order of the demo, the same as examples/arithmetic_preferences.yaml."""
    return parse_order(
        {
            "name": f"demo, seed {seed}",
            "quantity": quantity,
            "source": {"recipe": "write_instructions", "unverified_families": UNVERIFIED},
            "generation": {"sampling": {"max_tokens": 96}},
            "judge": {"pairs_per_instruction": 2, "samples": 4},
            "guarantee": {"calibration_items": 200, "audit_share": 0.1},
            "review": {"reviewers": "simulated"},
            "curation": {"decontaminate_against": ["held_out"]},
            "training": {"method": "sft"},
            "seed": seed,
        }
    )


def run_demo(settings: Settings, console: Console, *, seed: int, out: Path, quantity: int) -> None:
    """Run the demo's order and write `report.html` and `summary.json` under `out`."""
    spec = demo_order(seed, quantity)
    batch = run_order(settings, spec, console)
    out.mkdir(parents=True, exist_ok=True)
    summary = {"seed": seed, "model": spec.generation.model, **batch["summary"]}
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
    (out / "summary.json").write_bytes(orjson.dumps(summary, option=options))
    report = write_report(
        out,
        summary,
        curve=summary.get("calibration_curve", []),
        certificate=summary.get("certificate"),
        examples=read_examples(settings, batch["delivery_uri"]),
    )
    print_outcome(console, batch)
    console.print(f"report: {report}", soft_wrap=True)


def read_examples(settings: Settings, uri: str) -> list[dict[str, Any]]:
    """The first delivered row of each kind of decision."""
    options = settings.storage_options(uri)
    rows = read_rows(f"{uri}/data/train-00000-of-00001.parquet", options)
    lineage = read_rows(f"{uri}/lineage/lineage.parquet", options)
    first: dict[str, dict[str, Any]] = {}
    for row, origin in zip(rows, lineage, strict=True):
        source = str(origin["source"])
        first.setdefault(source, {**row, "source": source})
    return list(first.values())
