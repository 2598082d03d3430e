"""Rows that judges and, in part, people have decided: what `ingot calibrate` and `route` read.

p_a, <judge>_p_a         probability that A is better, one column a judge   (pairs)
p_right, <judge>_p_right probability that the answer is right               (single answers)
verdict, p               instead of these, each pair of columns a judge; a prefix before both
label                    what people say: A, B, tie; right, wrong; empty where nobody looked
group, domain            optional: the prompt, and the stratum of promises for each
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

from ingot.errors import OrderError
from judging.deciding import Label
from judging.evidence.signals import Signals, from_columns
from services.cli.rows import Row, cell, column, columns_of

_LABELS: dict[str, Label] = {
    "a": "first",
    "right": "first",
    "true": "first",
    "1": "first",
    "b": "second",
    "wrong": "second",
    "false": "second",
    "0": "second",
    "tie": "tie",
}
_VERDICTS = {"A": True, "B": False, "right": True, "wrong": False}
"""Whether it is the first of its two."""
_OF_ANSWERS = ("right", "wrong")
PAIRS, ANSWERS = "p_a", "p_right"
Probabilities = dict[str, list[float | None]]


@dataclass(frozen=True, slots=True)
class Names:
    """Where things stand; '' for the names above."""

    signals: tuple[str, ...] = ()
    label: str = ""
    group: str = ""
    domain: str = ""


@dataclass(frozen=True, slots=True)
class LabelledRows:
    """What the rows say."""

    signals: Signals
    labels: dict[int, Label]
    """By position."""


def read_labelled(rows: Sequence[Row], names: Names) -> LabelledRows:
    """Read signals and labels.

    Raises OrderError for rows without any judge's probability, and for a value that cannot be read,
    with its row.
    """
    columns, of_answers = _signal_columns(rows, names.signals)
    label = names.label or "label"
    said = column(rows, label, "--label-column") if names.label else [cell(r, label) for r in rows]
    given = {row: value for row, value in enumerate(said) if not _is_missing(value)}
    labels = {row: _read_label(value, row, label) for row, value in given.items()}
    of_answers = of_answers or any(_key(value) in _OF_ANSWERS for value in given.values())
    signals = from_columns(
        columns,
        _groups(rows, names.group),
        domains=_texts(rows, names.domain, "domain", "--domain-column"),
        symmetric=not of_answers,
    )
    return LabelledRows(signals, labels)


def _signal_columns(rows: Sequence[Row], wanted: Sequence[str]) -> tuple[Probabilities, bool]:
    """The probabilities of the first verdict, and whether they are of single answers."""
    present = columns_of(rows)
    found = list(wanted) or [
        name
        for name in present
        if name in (PAIRS, ANSWERS) or name.endswith((f"_{PAIRS}", f"_{ANSWERS}"))
    ]
    if not found:
        return _verdict_columns(rows, present)
    columns = {
        name: [_read_probability(value, row, name) for row, value in enumerate(values)]
        for name, values in ((name, column(rows, name, "--signal")) for name in found)
    }
    return columns, any(name.endswith(ANSWERS) for name in found)


def _verdict_columns(rows: Sequence[Row], present: Sequence[str]) -> tuple[Probabilities, bool]:
    """Of judges that left a verdict and its probability, under one prefix each."""
    prefixes = [name.removesuffix("verdict") for name in present if name.endswith("verdict")]
    prefixes = [prefix for prefix in prefixes if f"{prefix}p" in present]
    columns = {
        prefix.strip("_") or "judge": [
            _of_verdict(r, place, prefix) for place, r in enumerate(rows)
        ]
        for prefix in prefixes
    }
    if any(p is not None for values in columns.values() for p in values):
        verdicts = (row.get(f"{prefix}verdict") for row in rows for prefix in prefixes)
        return columns, any(verdict in _OF_ANSWERS for verdict in verdicts)
    raise OrderError(
        "no judge's probability: give columns p_a (or <judge>_p_a), p_right, or verdict (A, B, "
        f"right or wrong) and p; the file has {', '.join(present[:20]) or 'no columns'}"
    )


def _of_verdict(row: Mapping[str, Any], place: int, prefix: str) -> float | None:
    p, verdict = row.get(f"{prefix}p"), row.get(f"{prefix}verdict")
    known = _read_probability(p, place, f"{prefix}p")
    if known is None or not isinstance(verdict, str) or verdict not in _VERDICTS:
        return None
    return known if _VERDICTS[verdict] else 1 - known


def _is_missing(value: Any) -> bool:
    """Whether there is nothing; other tools write NaN for it in Parquet."""
    return value is None or value == "" or (isinstance(value, float) and isnan(value))


def _read_probability(value: Any, row: int, name: str) -> float | None:
    if _is_missing(value):
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    raise OrderError(
        f"row {row + 1}: {name} is {value!r:.40}: give a number from 0 to 1, or leave it out"
    )


def _read_label(value: Any, row: int, name: str) -> Label:
    key = _key(value)
    if key not in _LABELS:
        raise OrderError(
            f"row {row + 1}: {name} is {value!r:.40}: use A, B or tie, or right and wrong, and "
            "leave it empty where nobody looked"
        )
    return _LABELS[key]


def _key(value: Any) -> str:
    """A label as it is looked up; 1.0 and true are 1."""
    whole = isinstance(value, bool) or (isinstance(value, float) and value.is_integer())
    return str(int(value) if whole else value).strip().lower()


def _groups(rows: Sequence[Row], name: str) -> list[str]:
    """The prompt's group; every row its own where there is none."""
    texts = _texts(rows, name, "group", "--group-column")
    return [text or f"row {place}" for place, text in enumerate(texts or [""] * len(rows))]


def _texts(rows: Sequence[Row], name: str, usual: str, option: str) -> list[str]:
    if not name and usual not in columns_of(rows):
        return []
    values = column(rows, name, option) if name else [cell(row, usual) for row in rows]
    return ["" if value is None else str(value) for value in values]
