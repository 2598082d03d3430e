"""What a record was made from: answers of its item, and documents."""

from collections.abc import Sequence
from typing import TypeVar

from generation.flow.item import Draw, Item, Row
from generation.flow.origin import origin_of
from ingot.engine import Generated
from ingot.records import Record, content_id

R = TypeVar("R", bound=Record)


def signed(record: R, draws: Sequence[Draw]) -> R:
    """The record with these draws in its provenance; the last one wrote its text.

    A record that nobody has signed counts all draws of its item as its own.
    """
    origin = record.provenance.model_copy(update=origin_of(draws))
    return record.model_copy(update={"provenance": origin})


def traced(record: R, item: Item, *answers: Generated) -> R:
    """The record with the draws of these answers as its origin; the last one wrote its text."""
    draws = [next(draw for draw in item.draws if draw.answer is each) for each in answers]
    return signed(record, draws)


def with_parent(record: R, parent: str) -> R:
    """The record with one more record or document that it was made from."""
    parents = (*record.provenance.parents, parent)
    provenance = record.provenance.model_copy(update={"parents": parents})
    return record.model_copy(update={"provenance": provenance})


def document_id(row: Row, document: str) -> str:
    """The document's id in the lab's file, else one that its content gives it."""
    return str(row.get("id") or content_id("doc", document))
