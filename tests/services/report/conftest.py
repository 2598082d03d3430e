from pathlib import Path
from typing import Any

import pytest

from services.report.write import write_report


@pytest.fixture
def facts() -> dict[str, Any]:
    """The summary of a good batch."""
    return {
        "instructions": 1200,
        "instructions_rejected": {"unparsable": 201, "held_out": 132},
        "completions": 4800,
        "tokens_per_second": 3421.3,
        "engine_requests": 6333,
        "engine_tokens": 148213,
        "pairs": 1000,
        "verified": 400,
        "auto_accepted": 350,
        "to_people": 250,
        "human_share": 0.25,
        "calibration_labels": 150,
        "threshold": 0.871,
        "guaranteed_risk": 0.15,
        "labels_needed": None,
        "audit_agreement": {"agreement": 0.95, "low": 0.86, "high": 0.99, "n": 40, "errors": 2},
        "audit_alarm": False,
        "decided_by": {"verifier": 400, "judge": 350, "person": 230},
        "undecided": {"no_preference": 20},
        "dropped": {"near_duplicate": 24, "contaminated": 3},
        "delivered": 953,
        "delivery_uri": "s3://lab/ord/bat",
        "pass_at_1_before": 0.4667,
        "pass_at_1_after": 0.5838,
        "lift": 0.1171,
        "lift_interval": [0.0912, 0.1433],
        "held_out_prompts": 480,
        "pass_at_1_by_domain": {"two_step": [0.4, 0.6], "sort": [0.5, None]},
        "training_rows": 953,
        "seconds_by_stage": {"train": 30.0, "judge": 10.0},
        "simulated_reviewers": False,
    }


@pytest.fixture
def certificate() -> dict[str, Any]:
    return {
        "calibration_id": "cal_1",
        "target_risk": 0.15,
        "delta": 0.1,
        "threshold": 0.871,
        "n": 90,
        "k": 4,
        "upper_bound": 0.12,
        "coverage": 0.65,
        "labels": 150,
        "path": [],
    }


@pytest.fixture
def curve() -> list[dict[str, Any]]:
    return [
        {
            "low": 0.5,
            "high": 0.75,
            "count": 0,
            "mean_confidence": None,
            "agreement": None,
            "interval": {"low": 0.0, "high": 1.0},
        },
        {
            "low": 0.75,
            "high": 1.0,
            "count": 150,
            "mean_confidence": 0.9,
            "agreement": 0.92,
            "interval": {"low": 0.86, "high": 0.96},
        },
    ]


class Page:
    """Writes reports and reads them back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, facts: dict[str, Any], **parts: Any) -> str:
        given = {"curve": [], "certificate": None, "examples": []} | parts
        return write_report(self.folder / "made" / "here", facts, **given).read_text()


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(tmp_path)
