"""What a table of answers says: of its people, of how far they agree, and of each item's label."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ingot.errors import OrderError, boundary
from judging.intervals import Floats, Interval
from judging.people.alpha import Scale
from judging.people.answers import Answers, are_tied, as_number, choose, collect, gold_indices
from judging.people.mace import fit_mace
from judging.people.posterior import Estimate, estimate
from judging.people.survey import Person, Survey, survey
from services.cli.agreement_chart import draw_people
from services.cli.answer_rows import AnswerRows, read_answers
from services.cli.rows import read_frame, require_target, write_rows
from services.cli.single_file import require_suffix, write_text
from services.report.legible import legible

Method = Literal["majority", "dawid_skene", "mace"]
SHOWN_PEOPLE, SHOWN_BAD_ROWS, SHOWN_CHARS = 40, 10, 80
MAX_LABELS = 200
"""More different labels are no categories, and their confusions no table."""
MAX_CELLS = 10_000_000
"""Of all people's confusion matrices together: 80 MB for each copy."""
OTHER = "(any other label)"
"""Stands for what could have been said where all answers are the same."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks."""

    scale: Scale = "nominal"
    method: Method = "dawid_skene"
    labels: Path | None = None
    plot: Path | None = None
    bad_rows: Path | None = None
    columns: Mapping[str, str] | None = None
    seed: int = 0


def show_agreement(console: Console, source: Path, options: Options) -> None:
    """Read, compute, show; the last line of output is one JSON object with all figures."""
    for target in (options.labels, options.bad_rows):
        if target:
            require_target(target)
    require_suffix(options.plot, ".svg")
    rows = read_answers(read_frame(source), options.columns or {})
    answers = _collect(rows)
    _require_order(answers, options.scale)
    gold = gold_indices(answers, rows.gold)
    estimated = estimate(answers, gold=gold)
    seconds = np.array([row.seconds for row in rows.answers])
    with boundary(OrderError, "--scale"):
        found = survey(
            answers, estimated, gold=gold, seconds=seconds, scale=options.scale, seed=options.seed
        )
    if options.labels:
        write_rows(options.labels, _labels(answers, rows, estimated, options))
    if options.bad_rows:
        write_rows(options.bad_rows, (asdict(bad) for bad in rows.bad))
    if options.plot:
        write_text(options.plot, draw_people(found))
    _show(console, found, rows)
    line = {"source": str(source), "scale": options.scale, **_figures(found, rows)}
    console.print(
        orjson.dumps(line).decode(), markup=False, highlight=False, soft_wrap=True, style=None
    )


def _collect(rows: AnswerRows) -> Answers:
    """The answers as arrays, with at least two labels. Raises OrderError for too many."""
    triples = [(row.item, row.worker, row.label) for row in rows.answers]
    known = {*rows.gold.values(), *(label for _, _, label in triples)}
    answers = collect(triples, labels=known if len(known) > 1 else {*known, OTHER})
    _, workers, labels = answers.shape
    if labels > MAX_LABELS or workers * labels**2 > MAX_CELLS:
        column = rows.columns["label"]
        raise OrderError(
            f"column '{column}' holds {labels} different labels of {workers} people; labels are "
            f"categories, at most {MAX_LABELS}: name another --label-column",
            column,
        )
    return answers


def _require_order(answers: Answers, scale: Scale) -> None:
    """Raise an OrderError where labels are words, whose order is not the alphabet's."""
    words = [label for label in answers.label_names if as_number(label) is None and label != OTHER]
    if scale == "ordinal" and words:
        raise OrderError(
            f"--scale ordinal: label '{words[0]}' is no number, so its rank is unknown; write "
            "ranks as numbers"
        )


def _labels(
    answers: Answers, rows: AnswerRows, estimated: Estimate, options: Options
) -> Iterator[dict[str, Any]]:
    """One row per item: its label, how sure it is, and how it came about."""
    scores = _scores(answers, estimated, options)
    votes = answers.votes().toarray()
    chosen, tied = choose(scores), are_tied(scores)
    for i, name in enumerate(answers.item_names):
        label = answers.label_names[chosen[i]]
        yield {
            "item": rows.originals["item"][name],
            "label": rows.originals["label"].get(label, label),
            "posterior": round(float(scores[i, chosen[i]]), 6),
            "tied": bool(tied[i]),
            "answers": int(votes[i].sum()),
            "votes": int(votes[i, chosen[i]]),
            "gold": name in rows.gold,
            "method": options.method,
        }


def _scores(answers: Answers, estimated: Estimate, options: Options) -> Floats:
    """(I, K) shares of the votes, or posteriors."""
    if options.method == "dawid_skene":
        return estimated.posteriors
    if options.method == "mace":
        return fit_mace(answers, seed=options.seed).posteriors
    votes = answers.votes().toarray()
    shares: Floats = votes / votes.sum(axis=1, keepdims=True)
    return shares


def _show(console: Console, found: Survey, rows: AnswerRows) -> None:
    console.print(_people_table(found))
    if len(found.people) > SHOWN_PEOPLE:
        console.print(f"... and {len(found.people) - SHOWN_PEOPLE} more, in the line below")
    table = Table("overall", "", show_header=False)
    for name, value in _overall(found):
        table.add_row(name, value)
    console.print(table)
    for bad in rows.bad[:SHOWN_BAD_ROWS]:
        console.print(
            f"row {bad.number} left out: {escape(legible(bad.reason, SHOWN_CHARS))}",
            highlight=False,
        )
    if len(rows.bad) > SHOWN_BAD_ROWS:
        console.print(f"... {len(rows.bad)} rows left out in all; --bad-rows FILE lists them")


def _people_table(found: Survey) -> Table:
    table = Table("worker", "answers", "agrees", "accuracy (95 %)", "gold right", "suspicion")
    for person in found.people[:SHOWN_PEOPLE]:
        table.add_row(
            escape(legible(person.name, SHOWN_CHARS)),
            str(person.answers),
            _percent(person.agreement),
            _with_range(person.accuracy, person.accuracy_interval),
            f"{person.gold_right} of {person.gold}" if person.gold else "-",
            ", ".join(person.suspicion) or "-",
        )
    return table


def _overall(found: Survey) -> Iterator[tuple[str, str]]:
    pairs = found.pairwise
    yield "items", str(found.items)
    yield "answers", f"{found.answers}, {found.overlap:.2f} per item"
    yield "items with overlap", str(found.items_with_overlap)
    yield "pairwise agreement", f"{_percent(pairs.share)} of {pairs.pairs} pairs"
    yield "Krippendorff's alpha", _alpha(found)
    yield "Fleiss' kappa", "-" if found.fleiss_kappa is None else f"{found.fleiss_kappa:.3f}"
    yield "human ceiling", f"{_percent(found.human_ceiling)} with the others' majority"
    yield "accuracy of the pool", _percent(found.pool_accuracy)


def _alpha(found: Survey) -> str:
    if found.alpha is None or found.alpha_interval is None:
        return "- (no overlap, or no variation)"
    return f"{found.alpha:.3f} ({found.alpha_interval.low:.3f} to {found.alpha_interval.high:.3f})"


def _figures(found: Survey, rows: AnswerRows) -> dict[str, Any]:
    reasons = Counter(bad.reason.split(" in row ")[0] for bad in rows.bad)
    return {
        **{name: getattr(found, name) for name in ("items", "answers", "overlap", "labels")},
        "items_with_overlap": found.items_with_overlap,
        "pairwise_agreement": found.pairwise.share,
        "pairs": found.pairwise.pairs,
        "alpha": found.alpha,
        "alpha_interval": _range(found.alpha_interval),
        "fleiss_kappa": found.fleiss_kappa,
        "human_ceiling": found.human_ceiling,
        "pool_accuracy": found.pool_accuracy,
        "gold_items": len(rows.gold),
        "rows_left_out": len(rows.bad),
        "reasons": dict(reasons.most_common(SHOWN_BAD_ROWS)),
        "columns": rows.columns,
        "people": [_person(person) for person in found.people],
    }


def _person(person: Person) -> dict[str, Any]:
    return {**asdict(person), "accuracy_interval": _range(person.accuracy_interval)}


def _range(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _with_range(share: float, interval: Interval) -> str:
    return f"{_percent(share)} ({100 * interval.low:.0f} to {100 * interval.high:.0f})"
