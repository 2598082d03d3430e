"""From figures to the rows and parts that the page shows."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.report.facts import Facts
from services.report.formats import count, counted, percent, points, words
from services.report.lift_chart import Change
from services.report.share_bar import Part

STAGES = (
    "generate",
    "read_completions",
    "judge",
    "curate",
    "deliver",
    "train",
    "evaluate_before",
    "evaluate_after",
)
"""In the order of the line; seconds of other stages follow."""


@dataclass(frozen=True, slots=True)
class Step:
    """A station of the line."""

    name: str
    number: str
    unit: str
    detail: str


@dataclass(frozen=True, slots=True)
class Row:
    """A bar of a list."""

    name: str
    number: float
    share: float
    """Of the longest bar or of the whole, whatever the panel says."""


def line_steps(facts: Facts) -> list[Step]:
    """The stations order -> generate -> judge -> people -> curate -> deliver -> train."""
    rejected = sum((facts.instructions_rejected or {}).values())
    decided = sum(facts.decided_by.values()) if facts.decided_by else None
    dropped = sum(facts.dropped.values()) if facts.dropped is not None else None
    details = {
        "order": f"{counted(rejected, 'draft')} rejected" if rejected else "",
        "generate": _known(facts.tokens_per_second, count, "tokens/s"),
        "judge": _known(facts.verified, count, "by program"),
        "people": _known(facts.human_share, percent, "of all"),
        "curate": _known(dropped, count, "dropped"),
        "train": _known(facts.lift, points, "points pass@1"),
    }
    stations = [
        ("order", facts.instructions, "instructions"),
        ("generate", facts.completions, "completions"),
        ("judge", facts.pairs, "pairs"),
        ("people", facts.to_people, "pairs asked"),
        ("curate", decided, "preferences"),
        ("deliver", facts.delivered, "pairs"),
        ("train", facts.training_rows, "rows"),
    ]
    return [Step(name, count(n), unit, details.get(name, "")) for name, n, unit in stations]


def _known(value: float | None, write: Callable[[float | None], str], unit: str) -> str:
    """A number with its unit; nothing where it is missing."""
    return "" if value is None else f"{write(value)} {unit}"


def decision_parts(facts: Facts) -> list[Part]:
    """Who answered for how many pairs; empty where that is not recorded."""
    if facts.pairs is None or facts.verified is None or facts.to_people is None:
        return []
    alone, asked = facts.auto_accepted or 0, facts.to_people
    calibration = min(facts.calibration_labels or 0, asked)
    audited = min(facts.audit_agreement.n if facts.audit_agreement else 0, asked - calibration)
    return [
        Part("verified by a program", facts.verified, "verifier"),
        Part("judge alone", alone, "judge"),
        Part("people: calibration", calibration, "people-1"),
        Part("people: judge unsure", asked - calibration - audited, "people-2"),
        Part("people: audit of the judge", audited, "people-3"),
    ]


def ranked_rows(counts: Mapping[str, int]) -> list[Row]:
    """Counts from the largest down, as shares of their sum."""
    total = sum(counts.values()) or 1
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return [Row(words(name), number, number / total) for name, number in ordered]


def stage_rows(facts: Facts) -> list[Row]:
    """Seconds by stage in the order of the line, as shares of their sum."""
    spent = facts.seconds_by_stage or {}
    total = sum(spent.values()) or 1.0
    known = [name for name in STAGES if name in spent]
    others = sorted(set(spent) - set(STAGES))
    return [Row(words(name), spent[name], spent[name] / total) for name in (*known, *others)]


def changes(facts: Facts) -> list[Change]:
    """pass@1 overall and by domain, the largest gain first."""
    if facts.pass_at_1_before is None and facts.pass_at_1_after is None:
        return []
    overall = Change("all domains", facts.pass_at_1_before, facts.pass_at_1_after, overall=True)
    domains = [
        Change(words(name) or "no domain", before, after)
        for name, (before, after) in (facts.pass_at_1_by_domain or {}).items()
    ]
    return [overall, *sorted(domains, key=lambda c: (-(c.difference or 0.0), c.name))]


def all_figures(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every figure of the summary, nested names joined by dots, sorted."""
    return sorted(_flatten("", facts)) if facts else []


def _flatten(prefix: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, list | tuple) and any(isinstance(entry, Mapping) for entry in value):
        value = {f"{index:02}": entry for index, entry in enumerate(value, start=1)}
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _flatten(f"{prefix}.{name}" if prefix else str(name), inner)
    elif isinstance(value, list | tuple):
        yield prefix, ", ".join(_plain(entry) for entry in value)
    else:
        yield prefix, _plain(value)


def _plain(value: object) -> str:
    if value is None or value == {}:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
