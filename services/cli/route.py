"""`ingot route`: each item of a file to the judges, to people, or to both as the audit.

route     auto: the judges decide; person: people have to; audit: people look at what the judges
          decided, unseen; labelled: people have decided
reason    of `judging.routing.Reason`, or labelled; with a budget also budget (bought) and spared
decision  the verdict: people's where they gave one, else the judges' where they decide
confidence, priority   probability of the judges' verdict; what people should see first, from 1
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from rich.console import Console
from rich.table import Table

from ingot.errors import OrderError
from judging.deciding import Decided
from judging.draws import in_audit
from judging.guarantee.budget import choose_labels
from judging.routing import Reason
from services.cli.calibrate import Promised, read_and_decide
from services.cli.labelled_rows import LabelledRows, Names
from services.cli.rows import columns_of, require_target, write_rows
from services.cli.single_file import require_suffix, write_text
from services.report.histogram import draw_histogram

PAIR_VERDICTS, ANSWER_VERDICTS = ("A", "B"), ("right", "wrong")
ADDED = ("route", "reason", "decision", "confidence", "priority")


@dataclass(frozen=True, slots=True)
class Routing:
    """How much people are asked."""

    audit_share: float
    budget: int = 0
    """Labels that may be bought where there is no target; 0: as many as the promise needs."""


def route_here(
    console: Console,
    source: Path,
    target: Path,
    names: Names,
    promised: Promised,
    routing: Routing,
    *,
    plot: Path | None,
) -> None:
    """Write the file again with where each item goes, and show the sums."""
    if not 0 <= routing.audit_share <= 1:
        raise OrderError(f"--audit-share is {routing.audit_share}: give a share from 0 to 1")
    if source.resolve() == require_target(target).resolve():
        raise OrderError(f"{target} would be written over: name another file for the routes")
    require_suffix(plot, ".svg")
    rows, labelled, decided = read_and_decide(source, names, promised)
    present = columns_of(rows)
    if taken := [name for name in ADDED if name in present]:
        raise OrderError(f"{source} has a column '{taken[0]}' already: rename it", taken[0])
    routes = _routes(labelled, decided, routing, promised.seed)
    added = _columns(labelled, decided, routes)
    write_rows(target, [{**row, **more} for row, more in zip(rows, added, strict=True)])
    if plot:
        confidences = decided.combined.confidences.tolist()
        write_text(plot, draw_histogram(confidences, "confidence", low=0.5, high=1.0))
    _show(console, routes, decided, target)


def _routes(
    labelled: LabelledRows, decided: Decided, routing: Routing, seed: int
) -> list[tuple[str, str]]:
    """(route, reason) of each item."""
    silent = [all(row) for row in np.isnan(labelled.signals.log_odds).tolist()]
    if routing.budget:
        return _budget_routes(labelled, decided, silent, routing.budget)
    return [
        _route(row, labelled, decided, unheard, routing.audit_share, seed)
        for row, unheard in enumerate(silent)
    ]


def _route(
    row: int, labelled: LabelledRows, decided: Decided, silent: bool, share: float, seed: int
) -> tuple[str, str]:
    if row in labelled.labels:
        return "labelled", "labelled"
    if silent:
        return "person", Reason.NOT_JUDGED.value
    if decided.accepted[row]:
        audited = in_audit(f"{labelled.signals.groups[row]}/{row}", share, seed)
        return ("audit" if audited else "auto"), Reason.ABOVE_THRESHOLD.value
    certified = decided.certificates[decided.strata[row]].threshold is not None
    return "person", Reason.BELOW_THRESHOLD.value if certified else Reason.NO_CERTIFICATE.value


def _budget_routes(
    labelled: LabelledRows, decided: Decided, silent: Sequence[bool], budget: int
) -> list[tuple[str, str]]:
    """The budget's labels where they buy most; the rest is the judges', without a promise.

    What no judge decided is for people whatever the budget, and does not count against it.
    """
    unheard = {row for row, each in enumerate(silent) if each}
    taken = sorted(unheard | labelled.labels.keys())
    chosen = set(choose_labels(decided.combined.p_first, budget, taken=taken))
    routes = []
    for row in range(len(labelled.signals)):
        if row in labelled.labels:
            routes.append(("labelled", "labelled"))
        elif row in unheard:
            routes.append(("person", Reason.NOT_JUDGED.value))
        else:
            routes.append(("person", "budget") if row in chosen else ("auto", "spared"))
    return routes


def _columns(
    labelled: LabelledRows, decided: Decided, routes: Sequence[tuple[str, str]]
) -> list[dict[str, Any]]:
    verdicts = PAIR_VERDICTS if labelled.signals.symmetric else ANSWER_VERDICTS
    confidences, says = decided.combined.confidences, decided.combined.says_first
    asked = sorted(
        (row for row, (route, _) in enumerate(routes) if route in ("person", "audit")),
        key=lambda row: (routes[row][0] == "audit", confidences[row]),
    )
    priority = {row: place for place, row in enumerate(asked, start=1)}
    columns = []
    for row, (route, reason) in enumerate(routes):
        said = labelled.labels.get(row)
        judges = verdicts[0] if says[row] else verdicts[1]
        people = {"first": verdicts[0], "second": verdicts[1], "tie": "tie"}.get(said or "")
        columns.append(
            {
                "route": route,
                "reason": reason,
                "decision": people or (judges if route in ("auto", "audit") else None),
                "confidence": round(float(confidences[row]), 6),
                "priority": priority.get(row),
            }
        )
    return columns


def _show(
    console: Console, routes: Sequence[tuple[str, str]], decided: Decided, target: Path
) -> None:
    counts = Counter(routes)
    table = Table("route", "reason", "items", "share")
    for (route, reason), count in sorted(counts.items()):
        table.add_row(route, reason, str(count), f"{count / len(routes):.1%}")
    console.print(table)
    told = {
        "items": len(routes),
        "routes": dict(Counter(route for route, _ in routes)),
        "reasons": dict(Counter(reason for _, reason in routes)),
        "thresholds": {name: c.threshold for name, c in decided.certificates.items()},
        "out": str(target),
    }
    console.print(orjson.dumps(told).decode(), soft_wrap=True, highlight=False, markup=False)
