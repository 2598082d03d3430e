"""Tasks that come in bulk: all of a file or none, unless bad rows may be skipped."""

import asyncio
from dataclasses import fields
from pathlib import Path
from typing import Any

from ingot.errors import ReviewError
from ingot.records import Model
from services.accounts.keys import Principal
from services.database.pool import Connection, Row
from services.database.trail import audit
from services.review.interop import repository
from services.review.interop.pieces import pieces
from services.review.interop.prepare import Bad, Reader, Ready
from services.review.interop.shapes import InteropFault, Queue
from services.review.kinds import KINDS

CHUNK = 500
NAMED = 20
"""Bad rows that are named before the rest of a file is given up, or in the answer."""


class Imported(Model):
    """What became of a file."""

    added: int = 0
    """New tasks, gold among them."""
    gold: int = 0
    known: int = 0
    """Tasks that were there already, with the same content."""
    answers_left_out: int = 0
    """Answers in the file that were not taken."""
    bad: int = 0
    """Rows that were skipped."""
    faults: tuple["RowFault", ...] = ()
    """The first of them."""


class RowFault(Model):
    """A row that does not fit."""

    row: int
    """Its number: of the line, or of the element in the array, from 1."""
    pointer: str
    """JSON Pointer into the row."""
    detail: str


class BadRows(Exception):
    """A file holds rows that do not fit, and nothing of it was taken."""

    def __init__(self, faults: list[RowFault]) -> None:
        super().__init__(faults)
        self.faults = faults


async def open_queue(conn: Connection, tenant: str, queue_id: str) -> Queue | None:
    """A queue that takes tasks; None where the tenant has none of this id.

    Raises ReviewError where it takes none.
    """
    row = await repository.find_queue(conn, tenant, queue_id)
    if row is None:
        return None
    if row["order_id"] is not None:
        raise ReviewError("an order's queue gets its tasks from its batches: make another queue")
    if row["state"] == "closed":
        raise ReviewError(f"queue {queue_id!r} is closed: open it, or choose another")
    return as_queue(row)


def as_queue(row: Row) -> Queue:
    """A queue from its row."""
    kind = KINDS[row["kind"]]
    return Queue(
        id=row["id"],
        name=row["name"],
        kind=kind,
        rubric=kind.read_rubric(row["rubric"]),
        training=row["purpose"] == "training",
        overlap=row["overlap"],
        body=row["body"],
    )


async def import_tasks(
    conn: Connection, who: Principal, reader: Reader, path: Path, *, skip_bad: bool
) -> Imported:
    """Add a file's tasks to a queue; raises BadRows, unless `skip_bad`, and InteropFault."""
    tally = _Tally()
    with path.open("rb") as file:
        rows = pieces(file)
        while chunk := await asyncio.to_thread(reader.chunk, rows, CHUNK):
            ready = tally.sift(chunk)
            if skip_bad or not tally.bad:
                await _add(conn, reader.queue.id, ready, tally)
            if tally.bad and not skip_bad and len(tally.faults) == NAMED:
                break
    if tally.bad and not skip_bad:
        raise BadRows(tally.faults)
    if not tally.rows:
        raise InteropFault("the file holds no rows: send a JSON object a line, or an array of them")
    result = tally.result()
    counts = result.model_dump(exclude={"faults"})
    await audit(conn, who.name, "tasks.imported", reader.queue.id, counts)
    return result


async def _add(conn: Connection, queue_id: str, ready: list[Ready], tally: "_Tally") -> None:
    columns = {each.name: [getattr(row, each.name) for row in ready] for each in fields(Ready)}
    added = await repository.add(conn, queue_id, columns) if ready else []
    tally.counts["added"] += len(added)
    tally.counts["gold"] += sum(row["gold"] for row in added)
    if len(added) == len(ready):
        return
    taken = await repository.others(conn, queue_id, columns)
    tally.counts["known"] += len(ready) - len(added) - len(taken)
    for place in taken:
        tally.note(Bad(place, "/item_id", "this id has another item here: choose another"))


class _Tally:
    """What is known of a file so far."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(("added", "gold", "known", "answers_left_out"), 0)
        self.rows = self.bad = 0
        self.faults: list[RowFault] = []

    def sift(self, chunk: list[Any]) -> list[Ready]:
        """Note the bad rows and give the good ones, each id once."""
        self.rows += len(chunk)
        ready: dict[tuple[str, bool], Ready] = {}
        for row in chunk:
            key = (row.item_id, row.label is None) if isinstance(row, Ready) else None
            if key is None:
                self.note(row)
            elif key not in ready:
                ready[key] = row
                self.counts["answers_left_out"] += row.left_out
            elif (ready[key].payload, ready[key].expected) == (row.payload, row.expected):
                self.counts["known"] += 1
            else:
                self.note(Bad(row.place, "/item_id", "an earlier row with this id says otherwise"))
        return list(ready.values())

    def note(self, bad: Bad) -> None:
        """Count a bad row, and name it if it is among the first."""
        self.bad += 1
        if len(self.faults) < NAMED:
            fault = RowFault(row=bad.place, pointer=bad.pointer, detail=bad.detail)
            self.faults.append(fault)

    def result(self) -> Imported:
        """What became of the file."""
        return Imported(**self.counts, bad=self.bad, faults=tuple(self.faults))
