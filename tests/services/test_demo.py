"""The demo itself, smaller: the whole line with vLLM, people simulated, training, report."""

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

PROMISED = {
    "instructions",
    "completions",
    "tokens_per_second",
    "auto_accepted",
    "to_people",
    "audit_agreement",
    "duplicates_dropped",
    "contaminated_dropped",
    "delivered",
    "delivery_uri",
    "pass_at_1_before",
    "pass_at_1_after",
    "lift_interval",
    "seconds_by_stage",
}


@pytest.mark.slow
def test_the_demo_writes_its_report_and_all_promised_figures(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ingot")), "demo", "--quantity", "80", "--seed", "5"],
        cwd=tmp_path,
        env=os.environ | {"INGOT_HOME": str(tmp_path / "home"), "INGOT_API_PORT": "0"},
        capture_output=True,
        text=True,
        timeout=850,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    summary = orjson.loads((tmp_path / "out/demo/summary.json").read_bytes())
    assert set(summary) >= PROMISED
    assert (summary["instructions"], summary["completions"]) == (80, 320)
    low, high = summary["lift_interval"]
    assert low <= summary["pass_at_1_after"] - summary["pass_at_1_before"] <= high
    decided = sum(summary["decided_by"].values())
    assert summary["delivered"] == decided - sum(summary["dropped"].values()) > 0
    assert "simulated" in (tmp_path / "out/demo/report.html").read_text().lower()
