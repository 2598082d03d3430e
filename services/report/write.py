"""The quality report of a batch: one HTML file that needs nothing else, not even a script.

Prompts and completions are hostile until shown otherwise: everything is escaped by the template and
by `svg.element`, and the page's own policy lets a browser load and run nothing.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ingot.datasets import DatasetStore
from services.report import panels, words
from services.report.calibration_chart import draw_calibration
from services.report.environment import open_templates
from services.report.facts import CertificateFacts, CurveBin, Facts, read_example
from services.report.lift_chart import draw_lift
from services.report.share_bar import draw_parts, draw_share

NAME = "report.html"


def write_report(
    folder: Path,
    facts: Mapping[str, Any],
    *,
    curve: Sequence[Mapping[str, Any]],
    certificate: Mapping[str, Any] | None,
    examples: Sequence[Mapping[str, Any]],
) -> Path:
    """Write `report.html` into the folder, whole or not at all.

    Args:
        folder: Made where it is missing.
        facts: The summary of the batch; every key may be missing, its panel then says so.
        curve: Bins of the calibration curve: dumped `judging.evidence.reliability.Bin`.
        certificate: A dumped `judging.guarantee.threshold.Certificate`, or None.
        examples: Rows with `prompt`, `chosen`, `rejected` (texts or messages) and `source`.
    """
    known = Facts.model_validate(facts)
    proof = CertificateFacts.model_validate(certificate) if certificate else None
    page = (
        open_templates(draw_calibration, draw_lift, draw_parts, draw_share)
        .get_template("page.html")
        .render(
            facts=known,
            certificate=proof,
            curve=[CurveBin.model_validate(entry) for entry in curve],
            examples=[read_example(row) for row in examples],
            figures=panels.all_figures(facts),
            panels=panels,
            words=words,
        )
    )
    store = DatasetStore(f"file://{folder.resolve()}")
    store.put(NAME, page.encode("utf-8", errors="replace"))
    return folder / NAME
