"""A few records of each type as a page shows them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ingot.datasets import DatasetStore
from services.report.generation_rows import read_asked, read_spread
from services.report.legible import legible

SAMPLES = 5
"""Of each type of record."""
MOST_CHARS = 3_000
"""As much of one text as the page shows."""

TEXTS: Mapping[str, Mapping[str, str]] = {
    "Instruction": {"messages": "prompt", "reference": "reference"},
    "Completion": {"messages": "completion"},
    "Judgment": {"verdict": "verdict", "rationale": "rationale"},
    "Pair": {"prompt": "prompt", "a": "A", "b": "B"},
    "Preference": {"prompt": "prompt", "chosen": "chosen", "rejected": "rejected"},
    "Evaluation": {"prompt": "prompt", "reference": "reference", "rubric": "rubric"},
    "Trajectory": {"messages": "messages", "grades": "grades"},
}
"""By record type: which fields are shown, under which heading. Of other types all fields are."""
NOTES = (
    *("domain", "difficulty", "verifier", "source", "confidence", "verified", "environment"),
    *("success", "kind", "judge", "completion_tokens", "finish_reason"),
)
"""Fields that are worth a word where they hold something."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One text of a record."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One record."""

    id: str
    notes: Sequence[str]
    passages: Sequence[Passage]


def read_samples(store: DatasetStore, name: str, kinds: Sequence[str]) -> dict[str, list[Sample]]:
    """Records of each type, spread evenly over the run's output; a completion with its request."""
    rows = {kind: read_spread(store, f"{name}/{kind}", SAMPLES) for kind in kinds}
    keys = {_request(row) for row in rows.get("Completion", ())} - {""}
    asked = read_asked(store, name, keys)
    return {kind: [_sample(kind, row, asked) for row in some] for kind, some in rows.items()}


def tell(value: object) -> str:
    """A field as text: messages turn by turn, everything else as it is or as JSON."""
    if isinstance(value, str):
        return value
    if not (isinstance(value, list) and value and all(_is_turn(each) for each in value)):
        return orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2).decode()
    if len(value) == 1 and not value[0].get("tool_calls"):
        return str(value[0]["content"])
    return "\n\n".join(_turn(each) for each in value)


def _sample(kind: str, row: Mapping[str, Any], asked: Mapping[str, list[Any]]) -> Sample:
    shown = TEXTS.get(kind) or {name: _plain(name) for name in row if name not in _KEPT_BACK}
    passages = [Passage(shown[name], tell(row[name])) for name in shown if row.get(name)]
    if kind == "Completion" and (messages := asked.get(_request(row))):
        passages.insert(0, Passage("asked", tell(messages)))
    return Sample(
        str(row.get("id", "")),
        [legible(f"{_plain(name)} {_short(row[name])}", 80) for name in NOTES if _told(row, name)],
        [Passage(passage.heading, legible(passage.text, MOST_CHARS)) for passage in passages],
    )


_KEPT_BACK = ("id", "schema_version", "provenance")


def _told(row: Mapping[str, Any], name: str) -> bool:
    return row.get(name) not in (None, "")


def _request(row: Mapping[str, Any]) -> str:
    """The key of the draw that wrote the record."""
    keys = (row.get("provenance") or {}).get("requests") or [""]
    return str(keys[-1])


def _is_turn(value: object) -> bool:
    return isinstance(value, Mapping) and "role" in value and "content" in value


def _turn(turn: Mapping[str, Any]) -> str:
    calls = [f"calls {call['name']}({call['arguments']})" for call in turn.get("tool_calls") or ()]
    return f"{turn['role']}: " + "\n".join(filter(None, [str(turn["content"]), *calls]))


def _plain(name: str) -> str:
    return re.sub(r"_+", " ", name)


def _short(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
