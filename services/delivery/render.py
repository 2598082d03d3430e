"""The files of a delivery as bytes: the same rows and facts give the same bytes."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
import pyarrow as pa

from ingot.datasets import parquet_bytes
from ingot.records import Preference
from ingot.tables import arrow_schema
from services.delivery.card import render_card
from services.delivery.facts import DeliveryFacts
from services.delivery.quality import count_quality

_TURNS = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
TRAINING_SCHEMA = pa.schema(
    [("prompt", _TURNS), ("chosen", _TURNS), ("rejected", _TURNS), ("margin", pa.float64())]
)
"""What TRL trains on, and nothing that it would need told to ignore."""
_COLUMNS = ("prompt", "chosen", "rejected")


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """One file before it is written."""

    name: str
    rows: int
    payload: bytes


def render_files(preferences: Sequence[Preference], facts: DeliveryFacts) -> list[RenderedFile]:
    """All files but the manifest, in the order in which they are written."""
    rows = [_training_row(preference) for preference in preferences]
    quality = count_quality(preferences, facts)
    data = parquet_bytes(pa.Table.from_pylist(rows, schema=TRAINING_SCHEMA))
    lines = b"".join(orjson.dumps(row) + b"\n" for row in rows)
    indented = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    count = len(rows)
    return [
        RenderedFile("data/train-00000-of-00001.parquet", count, data),
        RenderedFile("jsonl/train.jsonl", count, lines),
        RenderedFile("lineage/lineage.parquet", count, parquet_bytes(_lineage(preferences))),
        RenderedFile("quality.json", 0, orjson.dumps(quality.model_dump(), option=indented)),
        RenderedFile("README.md", 0, render_card(quality).encode()),
    ]


def _training_row(preference: Preference) -> dict[str, object]:
    """The margin is 0 where none was measured: reward trainers take no null."""
    row: dict[str, object] = preference.model_dump(mode="json", include=set(_COLUMNS))
    return {**{name: row[name] for name in _COLUMNS}, "margin": preference.margin or 0.0}


def _lineage(preferences: Sequence[Preference]) -> pa.Table:
    """All that the training rows leave out; `row` counts the rows of the data file from 0."""
    fields = [field for field in arrow_schema(Preference) if field.name not in _COLUMNS]
    rows = [
        {"row": row, **preference.model_dump(mode="json", exclude=set(_COLUMNS))}
        for row, preference in enumerate(preferences)
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema([("row", pa.int64()), *fields]))
