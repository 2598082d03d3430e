"""`ingot judge`: any file of answers, pairs, lists or runs, judged by a model, row by row."""

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from generation.engines.choose import choose_engine
from generation.engines.prompting import require_model
from ingot.errors import ModelError, OrderError
from ingot.journal import Journal, Journaled
from ingot.orders import order_error
from ingot.orders.engines import EngineTerms
from ingot.settings import Settings, resolve_model
from judging.judges.annotators import Labelled
from judging.judges.protocol import has_protocol
from judging.judges.report import JudgeReport, report_judgments
from services.cli.judge_kinds import Judged, Manner, Work, choose_kind, prepare
from services.cli.judged_columns import all_names, join, refuse_collisions
from services.cli.judged_rows import Columns
from services.cli.rows import (
    Row,
    columns_of,
    read_frame,
    require_target,
    require_writable,
    write_rows,
)
from services.cli.run_bar import RunBar
from services.cli.single_file import write_text
from services.ordering.policy import REMOTE_ENGINES
from services.report.histogram import draw_histogram

__all__ = ["Columns", "Manner", "Wish", "choose_kind", "judge_here", "read_examples", "read_terms"]
SHOWN_CRITERIA, SHOWN_BAD_ROWS = 20, 5


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks, beside the manner of judging."""

    source: str
    target: Path
    manner: Manner
    terms: EngineTerms
    prefix: str = ""
    plot: Path | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    judged: Judged
    asked: int
    """Requests that reached the model; the rest was known from an earlier run."""
    seconds: float
    reports: list[JudgeReport] = field(default_factory=list)


def read_terms(model: str, engine: str, endpoint: str, api_key_env: str) -> EngineTerms:
    """The model to ask; raises OrderError for what cannot be asked."""
    given = {"model": model, "engine": engine, "endpoint": endpoint, "api_key_env": api_key_env}
    try:
        terms = EngineTerms.model_validate(given)
    except ValidationError as error:
        raise order_error(error) from error
    remote = terms.engine in REMOTE_ENGINES
    if remote and not terms.endpoint.startswith(("http://", "https://")):
        raise OrderError(f"--endpoint must be an http(s) URL for engine '{terms.engine}'")
    if not remote:
        if terms.endpoint:
            raise OrderError(f"--endpoint goes with --engine openai, not '{terms.engine}'")
        try:
            require_model(resolve_model(terms.model))
        except ModelError as error:
            raise OrderError(f"--model: {error}") from error
    return terms


def read_examples(path: str) -> tuple[Labelled, ...]:
    """Labelled pairs for simulated annotators, none of no file; an OrderError names a bad row."""
    if not path:
        return ()
    found = []
    for number, row in enumerate(read_frame(path), start=1):
        known = {name: row.get(name) for name in Labelled.model_fields if row.get(name) is not None}
        try:
            found.append(Labelled.model_validate(known))
        except ValidationError as error:
            raise OrderError(f"{path} row {number}: {order_error(error)}") from error
    return tuple(found)


def judge_here(settings: Settings, console: Console, wish: Wish) -> None:
    """Judge the file, write the rows with the judge's columns, and say how it went."""
    rows = _read(settings, wish)
    work = prepare(wish.manner, rows, resolve_model(wish.terms.model))
    _warn(console, wish, work)
    failed = _beside(wish.target, "failed.jsonl")
    if not work.rows:
        _write_bad(failed, work.bad)
        raise OrderError(f"no row of {wish.source} can be judged: {failed} says why of each")
    outcome = _judge(settings, console, wish, work)
    write_rows(wish.target, join(work.rows, outcome.judged.columns, wish.prefix))
    _write_bad(failed, work.bad)
    if wish.plot:
        _plot(wish.plot, outcome.judged)
    _show(console, outcome)
    facts = _facts(wish, work, outcome)
    console.print(
        orjson.dumps(facts).decode(), markup=False, highlight=False, soft_wrap=True, style=None
    )
    if not facts["decided"]:
        _say(console, f"nothing was decided: the column {wish.prefix}failure says why")
        sys.exit(1)


def _read(settings: Settings, wish: Wish) -> list[Row]:
    """The rows, once it is known that the results can be written beside them."""
    target = require_target(wish.target)
    if "://" not in wish.source and Path(wish.source).resolve() == target.resolve():
        raise OrderError(f"{target} would be written over: name another file for the results")
    rows = read_frame(wish.source, settings.storage_options(wish.source))
    refuse_collisions(columns_of(rows), all_names(wish.manner.kind), wish.prefix)
    require_writable(target, rows)
    return rows


def _warn(console: Console, wish: Wish, work: Work) -> None:
    for bad in work.bad[:SHOWN_BAD_ROWS]:
        _say(console, f"row {bad['row']} is left out: {bad['reason']}")
    if len(work.bad) > SHOWN_BAD_ROWS:
        _say(console, f"... and {len(work.bad) - SHOWN_BAD_ROWS} more rows")
    model = resolve_model(wish.terms.model)
    taught_pairs = wish.manner.kind == "pairwise" and not wish.manner.examples
    if has_protocol(model) and not taught_pairs:
        _say(
            console,
            f"note: {wish.terms.model} was taught one prompt, for pairs; what it says to others "
            "means nothing. Name a chat model",
        )


def _judge(settings: Settings, console: Console, wish: Wish, work: Work) -> Outcome:
    engine = choose_engine(wish.terms, device=settings.device, home=settings.home)
    start = time.monotonic()

    async def ask(progress: RunBar) -> tuple[Judged, int]:
        journal = Journal(_beside(wish.target, "journal.log"))
        async with Journaled(engine, journal) as journaled:
            judged = await work.run(journaled, progress.step)
            return judged, journaled.asked

    with RunBar(console, "starting the model") as progress:
        judged, asked = asyncio.run(ask(progress))
    seconds = time.monotonic() - start
    return Outcome(judged, asked, seconds, report_judgments(judged.judgments))


def _plot(path: Path, judged: Judged) -> None:
    """Confidences where there are any, else scores."""
    sure = [row["p"] for row in judged.columns if row["p"] is not None]
    scores = [row["score"] for row in judged.columns if row["score"] is not None]
    drawn = (
        draw_histogram(sure, "probability of the verdict", low=0.0, high=1.0)
        if sure
        else draw_histogram(scores, "score")
    )
    write_text(path, drawn)


def _show(console: Console, outcome: Outcome) -> None:
    """Means over the decided items; bias in log-odds for what is shown first."""
    table = Table("criterion", "decided", "unsure", "failed", "p", "score", "mass")
    two_orders = any(report.flipped_share is not None for report in outcome.reports)
    for heading in ("flipped", "bias") if two_orders else ():
        table.add_column(heading)
    for report in outcome.reports[:SHOWN_CRITERIA]:
        orders = (
            _figure(report.flipped_share, percent=True),
            _figure(report.mean_position_bias),
        )
        table.add_row(
            report.criterion,
            f"{report.decided} of {report.judged}",
            _figure(report.unsure_share, percent=True),
            str(sum(report.failures.values())),
            *map(_figure, (report.mean_p, report.mean_score, report.mean_label_mass)),
            *(orders if two_orders else ()),
        )
    console.print(table)
    if len(outcome.reports) > SHOWN_CRITERIA:
        _say(console, f"... and {len(outcome.reports) - SHOWN_CRITERIA} more, in the line below")
    for cause, count in _causes(outcome.reports).items():
        _say(console, f"failed {count}: {cause}")


def _facts(wish: Wish, work: Work, outcome: Outcome) -> dict[str, Any]:
    """The machine's line: every figure, and where everything is."""
    main = [row["verdict"] for row in outcome.judged.columns]
    agrees = None
    if wish.manner.kind == "pairwise" and work.rows and "chosen" in columns_of(work.rows):
        decided = [verdict for verdict in main if verdict in ("A", "B", "tie")]
        agrees = decided.count("A") / len(decided) if decided else None
    return {
        "judge": outcome.judged.judge,
        "kind": wish.manner.kind,
        "rows": len(work.rows) + len(work.bad),
        "bad_rows": len(work.bad),
        "decided": sum(verdict not in ("", "unsure") for verdict in main),
        "unsure": main.count("unsure"),
        "failed": main.count(""),
        "agrees_with_chosen": agrees,
        "requests_asked": outcome.asked,
        "tokens": sum(report.tokens for report in outcome.reports),
        "seconds": round(outcome.seconds, 3),
        "criteria": [report.model_dump() for report in outcome.reports],
        "out": str(wish.target),
    }


def _causes(reports: Sequence[JudgeReport]) -> dict[str, int]:
    found: dict[str, int] = {}
    for report in reports:
        for cause, count in report.failures.items():
            found[cause] = found.get(cause, 0) + count
    return found


def _figure(value: float | None, *, percent: bool = False) -> str:
    if value is None:
        return ""
    return f"{100 * value:.1f} %" if percent else f"{value:.3f}"


def _write_bad(path: Path, bad: Sequence[Row]) -> None:
    """Rows that could not be judged, with the reason; what JSON cannot hold is described."""
    write_rows(path, [orjson.loads(orjson.dumps(row, default=repr)) for row in bad])


def _beside(target: Path, what: str) -> Path:
    return target.with_name(f"{target.name}.{what}")


def _say(console: Console, line: str) -> None:
    """One line as it is: reasons and paths may hold brackets."""
    console.print(escape(line), highlight=False, soft_wrap=True)
