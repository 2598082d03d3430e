"""Which draws a record was made from, where one item makes several records."""

from collections.abc import Sequence
from typing import TypeVar

from generation.flow.item import Draw
from ingot.records import Record

R = TypeVar("R", bound=Record)


def signed(record: R, draws: Sequence[Draw]) -> R:
    """The record with these draws in its provenance; the last one wrote its text.

    A record that nobody has signed counts all draws of its item as its own.
    """
    last = draws[-1]
    origin = {
        "requests": tuple(draw.key for draw in draws),
        "engine": last.engine,
        "model": last.model.name,
        "model_sha256": last.model.weights_sha256,
        "sampling": last.request.sampling,
        "seed": last.request.seed,
    }
    return record.model_copy(update={"provenance": record.provenance.model_copy(update=origin)})
