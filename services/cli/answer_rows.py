"""Rows of any table of answers as (item, worker, label): columns found by name, bad rows named."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite, isnan, nan
from typing import Any

from ingot.errors import OrderError
from services.cli.rows import Row, cell, columns_of

ALIASES = {
    "item": ("item", "item_id", "question", "question_id", "task", "task_id", "pair_id"),
    "worker": ("worker", "worker_id", "annotator", "annotator_id", "reviewer", "rater", "person"),
    "label": ("label", "answer", "verdict", "response", "choice", "rating"),
    "gold": ("gold", "truth"),
    "time": ("time", "seconds", "duration_s"),
}
"""Column names by meaning; the first one that the file has is taken, whatever its case."""
REQUIRED = ("item", "worker", "label")


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that says nothing, and why."""

    number: int
    """From 1."""
    reason: str
    row: Row


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One person's answer."""

    number: int
    item: str
    worker: str
    label: str
    seconds: float = nan


@dataclass(slots=True)
class AnswerRows:
    """What a file holds; every row is in `answers` or in `bad`."""

    columns: dict[str, str]
    """Column by meaning."""
    answers: list[AnswerRow] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    gold: dict[str, str] = field(default_factory=dict)
    """Known label by item."""
    originals: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {"item": {}, "worker": {}, "label": {}}
    )
    """The value in the file by its text: labels are written as they were read."""


def read_answers(rows: Sequence[Row], named: Mapping[str, str]) -> AnswerRows:
    """Answers of a table; `named` are columns that the caller names, by meaning.

    Of several answers by one person to one item the last counts, and the earlier ones are bad rows.
    Raises OrderError where a column is missing, or no row holds an answer.
    """
    read = AnswerRows(find_columns(columns_of(rows), rows, named))
    latest: dict[tuple[str, str], AnswerRow] = {}
    for number, row in enumerate(rows, start=1):
        try:
            answer = _read_row(read, number, row)
        except ValueError as error:
            read.bad.append(BadRow(number, str(error), row))
            continue
        if earlier := latest.pop((answer.item, answer.worker), None):
            reason = f"answered again in row {number}"
            read.bad.append(BadRow(earlier.number, reason, rows[earlier.number - 1]))
        latest[answer.item, answer.worker] = answer
    read.answers.extend(latest.values())
    read.bad.sort(key=lambda bad: bad.number)
    if not read.answers:
        raise OrderError(f"no row holds an answer; the first one: {read.bad[0].reason}")
    return read


def find_columns(
    present: Iterable[str], rows: Sequence[Row], named: Mapping[str, str]
) -> dict[str, str]:
    """The column of each meaning. Raises OrderError where a needed or named one is not there."""
    by_case = {name.lower(): name for name in reversed(list(present))}
    found: dict[str, str] = {}
    for meaning, aliases in ALIASES.items():
        if given := named.get(meaning, ""):
            if all(cell(row, given) is None for row in rows):
                raise OrderError(f"--{meaning}-column: column '{given}' is not there", given)
            found[meaning] = given
        elif column := next((by_case[alias] for alias in aliases if alias in by_case), ""):
            found[meaning] = column
    for meaning in REQUIRED:
        if meaning not in found:
            raise OrderError(
                f"no column for the {meaning}: name one of {', '.join(ALIASES[meaning])}, or give "
                f"--{meaning}-column; the file has {', '.join(list(by_case.values())[:20])}"
            )
    return found


def as_text(value: Any, what: str) -> str:
    """A name or label as text: 1 and 1.0 are '1'. Raises ValueError where there is none."""
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "" or (isinstance(value, float) and isnan(value)):
        raise ValueError(f"no {what}")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError(f"{what} is a {type(value).__name__}, not a word or number")


def _read_row(read: AnswerRows, number: int, row: Row) -> AnswerRow:
    values = {meaning: cell(row, column) for meaning, column in read.columns.items()}
    texts = {meaning: as_text(values[meaning], meaning) for meaning in REQUIRED}
    seconds = _seconds(values.get("time"))
    if (known := _optional(as_text, values.get("gold"), "gold")) is not None:
        if read.gold.setdefault(texts["item"], known) != known:
            raise ValueError(f"gold {known!r} contradicts {read.gold[texts['item']]!r} before")
        read.originals["label"].setdefault(known, values["gold"])
    for meaning in REQUIRED:
        read.originals[meaning].setdefault(texts[meaning], values[meaning])
    return AnswerRow(number, texts["item"], texts["worker"], texts["label"], seconds)


def _optional(read: Callable[[Any, str], str], value: Any, what: str) -> str | None:
    """The text of a cell that may be empty."""
    missing = value is None or value == "" or (isinstance(value, float) and isnan(value))
    return None if missing else read(value, what)


def _seconds(value: Any) -> float:
    """Seconds spent; NaN where the cell holds none (a time of day tells no duration)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return nan
    return float(value) if isfinite(value) and value >= 0 else nan
