"""`ingot calibrate`: what judges may decide alone on a file of judged and partly labelled items."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ingot.errors import OrderError
from judging.deciding import WHOLE, Decided, Terms, decide, were_drawn_by_groups
from judging.evidence.logistic import sigmoid
from judging.evidence.reliability import brier, calibration_curve, expected_calibration_error
from judging.guarantee.labels import cheapest, plan_labels
from services.cli.labelled_rows import LabelledRows, Names, read_labelled
from services.cli.rows import Row, read_frame
from services.cli.single_file import require_suffix, write_text
from services.report.calibration_chart import FILE_STYLE, draw_calibration
from services.report.facts import CurveBin
from services.report.legible import legible
from services.report.svg import standalone

SHOWN_CHARS = 60
"""As much of a name from the file as the terminal shows."""
Points = list[tuple[float, bool]]


@dataclass(frozen=True, slots=True)
class Promised:
    """The terms on the command line."""

    target: float
    """Agreement with people that is promised, between .5 and 1."""
    confidence: float
    by_domain: bool = False
    population: bool = False
    seed: int = 0

    def terms(self, labelled: LabelledRows) -> Terms:
        """As `decide` takes them; raises OrderError for impossible ones."""
        for name, value in (("target", self.target), ("confidence", self.confidence)):
            if not 0.5 <= value < 1:
                raise OrderError(f"--{name} is {value}: give a number from 0.5 to below 1")
        if self.by_domain and not labelled.signals.domains:
            raise OrderError("--by-domain needs a column 'domain', or --domain-column")
        return Terms(
            target_risk=1 - self.target,
            delta=1 - self.confidence,
            by_domain=self.by_domain,
            grouped=were_drawn_by_groups(labelled.signals.groups, list(labelled.labels)),
            promise="population" if self.population else "batch",
            seed=self.seed,
        )


def calibrate_here(
    console: Console,
    source: Path,
    names: Names,
    promised: Promised,
    *,
    plan: bool,
    out: Path | None,
    plot: Path | None,
) -> None:
    """Show what may be decided alone, why, and how many labels would do better."""
    require_suffix(out, ".json")
    require_suffix(plot, ".svg")
    rows, labelled, decided = read_and_decide(source, names, promised)
    errors = _calibration_errors(decided, labelled)
    _show_sources(console, labelled, decided)
    _show_errors(console, errors)
    _show_certificates(console, decided, promised)
    told = {**_facts(decided, labelled, promised), **errors}
    if plan:
        told["plan"] = _show_plan(console, decided, promised, len(rows))
    if out:
        certificates = {n: c.model_dump(mode="json") for n, c in decided.certificates.items()}
        write_text(out, orjson.dumps({**told, "certificates": certificates}).decode())
    if plot:
        write_text(plot, _draw(decided, promised))
    console.print(orjson.dumps(told).decode(), soft_wrap=True, highlight=False, markup=False)


def read_and_decide(
    source: Path, names: Names, promised: Promised
) -> tuple[list[Row], LabelledRows, Decided]:
    """The file's rows, what they say, and who decides each."""
    rows = read_frame(source)
    labelled = read_labelled(rows, names)
    return rows, labelled, decide(labelled.signals, labelled.labels, promised.terms(labelled))


def _show_sources(console: Console, labelled: LabelledRows, decided: Decided) -> None:
    count = len(labelled.signals.names)
    names = ", ".join(legible(name, SHOWN_CHARS) for name in labelled.signals.names[:8])
    console.print(
        f"{len(labelled.signals)} items, {len(labelled.labels)} labelled, {count} judge"
        f"{'s' * (count != 1)}: {names}",
        highlight=False,
        markup=False,
    )
    comparison = decided.combined.comparison
    if comparison is not None and count > 1:
        console.print(legible(str(comparison), 1_000), highlight=False, markup=False)


def _show_errors(console: Console, errors: dict[str, float | None]) -> None:
    """How far confidence was from agreement on the labelled items, and how far it is now."""
    if errors["ece"] is None:
        return
    table = Table("", "calibration error", "Brier score")
    for heading, suffix in (("best single judge, as it says", "_best_single"), ("combined", "")):
        if errors[f"ece{suffix}"] is not None:
            table.add_row(
                heading, f"{errors[f'ece{suffix}']:.3f}", f"{errors[f'brier{suffix}']:.3f}"
            )
    console.print(table)


def _show_certificates(console: Console, decided: Decided, promised: Promised) -> None:
    table = Table("stratum", "threshold", "decides alone", "labels", "disagree", "at most", "needs")
    for name, certificate in decided.certificates.items():
        alone = certificate.threshold is not None
        needs = certificate.labels_needed
        table.add_row(
            escape(legible(name, SHOWN_CHARS)) or ("no domain" if promised.by_domain else "all"),
            f"{certificate.threshold:.4f}" if certificate.threshold is not None else "none",
            f"{certificate.coverage:.1%}",
            f"{certificate.n} of {certificate.labels}" if alone else str(certificate.labels),
            str(certificate.k) if alone else "",
            f"{certificate.upper_bound:.1%}" if alone else "",
            "" if alone else (f"about {needs} labels" if needs else "a better judge"),
        )
    console.print(table)


def _show_plan(
    console: Console, decided: Decided, promised: Promised, items: int
) -> list[dict[str, Any]]:
    """What other numbers of labels are expected to buy."""
    purchases = plan_labels(
        decided.combined.confidences.tolist(),
        1 - promised.target,
        1 - promised.confidence,
        promise="population" if promised.population else "batch",
        learned=decided.combined.comparison is not None,
    )
    best = cheapest(purchases)
    table = Table("labels", "decided alone", "seen by people", "")
    for purchase in purchases:
        least = "least work for people" if purchase is best else ""
        table.add_row(
            str(purchase.labels), f"{purchase.coverage:.1%}", f"{purchase.human_share:.1%}", least
        )
    if not purchases:
        console.print(f"{items} items are too few for this promise: label them all")
    else:
        console.print(table)
    return [purchase.model_dump() for purchase in purchases]


def _facts(decided: Decided, labelled: LabelledRows, promised: Promised) -> dict[str, Any]:
    whole = None if promised.by_domain else decided.certificates[WHOLE]
    comparison = decided.combined.comparison
    return {
        "items": len(labelled.signals),
        "labels": len(labelled.labels),
        "target": promised.target,
        "confidence": promised.confidence,
        "coverage": round(decided.coverage, 4),
        "threshold": whole.threshold if whole else None,
        "thresholds": {name: c.threshold for name, c in decided.certificates.items()},
        "labels_needed": whole.labels_needed if whole else None,
        "comparison": comparison.model_dump(mode="json") if comparison else None,
    }


def _calibration_errors(decided: Decided, labelled: LabelledRows) -> dict[str, float | None]:
    """Of the combination, held out, and of the best single judge's own probabilities."""
    comparison, names = decided.combined.comparison, labelled.signals.names
    best = names.index(comparison.best_single) if comparison else 0 if len(names) == 1 else None
    own = [] if best is None else _own_points(labelled, best)
    combined = list(decided.points)
    return {
        f"{name}{suffix}": round(figure(points), 4) if points else None
        for suffix, points in (("", combined), ("_best_single", own))
        for name, figure in (("ece", expected_calibration_error), ("brier", brier))
    }


def _own_points(labelled: LabelledRows, source: int) -> Points:
    """(confidence, agrees) of the labelled items, by what one judge says of itself."""
    p_first = sigmoid(labelled.signals.log_odds[:, source])
    return [
        (float(max(p, 1 - p)), said == ("first" if p >= 0.5 else "second"))
        for p, said in ((p_first[row], said) for row, said in labelled.labels.items())
        if not np.isnan(p)
    ]


def _draw(decided: Decided, promised: Promised) -> str:
    """The reliability diagram with the threshold, as a file of its own."""
    curve = calibration_curve(decided.points)
    bins = [CurveBin.model_validate(b.model_dump()) for b in curve]
    threshold = None if promised.by_domain else decided.certificates[WHOLE].threshold
    return standalone(draw_calibration(bins, threshold, promised.target), FILE_STYLE)
