"""`ingot calibrate --cascade`: judges one after the other, the first column the cheapest."""

from collections import Counter

import numpy as np
import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ingot.errors import OrderError
from judging.evidence.logistic import sigmoid
from judging.guarantee.cascade import Cascade, Stage, certify_cascade
from services.cli.calibrate import SHOWN_CHARS, Promised
from services.cli.labelled_rows import LabelledRows
from services.report.legible import legible


def show_cascade(console: Console, labelled: LabelledRows, promised: Promised) -> None:
    """Show from which confidence on each judge decides, and what is left to people."""
    terms = promised.terms(labelled)
    if promised.by_domain:
        raise OrderError("--cascade makes one promise for the file: leave out --by-domain")
    if "tie" in labelled.labels.values():
        raise OrderError("--cascade reads no ties: leave these labels out, or the option")
    names = labelled.signals.names
    stages = [_stage(labelled, source) for source in range(len(names))]
    labels = {row: said == "first" for row, said in labelled.labels.items()}
    cascade = certify_cascade(stages, labels, terms.target_risk, terms.delta, promise=terms.promise)
    decided = Counter(cascade.decided_by)
    _show_stages(console, cascade, decided)
    items = len(labelled.signals)
    told = {
        "items": items,
        "labels": len(labels),
        "target": promised.target,
        "confidence": promised.confidence,
        "coverage": round(cascade.coverage, 4),
        "thresholds": cascade.thresholds,
        "decided": {name: decided[name] for name in names},
        "judgements": round(cascade.cost),
        "judgements_without_cascade": items * len(names),
    }
    console.print(orjson.dumps(told).decode(), soft_wrap=True, highlight=False, markup=False)


def _stage(labelled: LabelledRows, source: int) -> Stage:
    odds = labelled.signals.log_odds[:, source]
    return Stage(labelled.signals.names[source], sigmoid(np.abs(odds)), odds >= 0)


def _show_stages(console: Console, cascade: Cascade, decided: Counter[str]) -> None:
    table = Table("judge", "decides from", "items", "share")
    total = max(len(cascade.decided_by), 1)
    for name, threshold in cascade.thresholds.items():
        table.add_row(
            escape(legible(name, SHOWN_CHARS)),
            "nothing" if threshold is None else f"{threshold:.4f}",
            str(decided[name]),
            f"{decided[name] / total:.1%}",
        )
    table.add_row("people", "", str(decided[""]), f"{decided[''] / total:.1%}")
    console.print(table)
