"""Rows for trainers, of tasks that are done."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from services.database.pool import Row
from services.review.interop import consensus
from services.review.interop.shapes import Incoming, InteropFault, Json, Queue
from services.review.kinds.delivered import Form, records


@dataclass(frozen=True, slots=True)
class Trl:
    """Columns of TRL, and beside them where a row comes from."""

    form: Form | None = None
    """Only rows of this form; a file for one trainer has one."""
    media_type = "application/x-ndjson"
    array = False
    item_at = answers_at = ""

    def read(self, raw: Any, queue: Queue) -> Incoming:
        """Not possible: rows say what was decided and not what was asked."""
        raise InteropFault("rows for trainers cannot be imported: send jsonl")

    def write(self, task: Row, queue: Queue) -> Iterator[Json]:
        """The rows of the answers that stand; `simulated` where a program gave any of them."""
        if task["state"] != "done":
            return
        about = {
            "item_id": task["item_id"],
            "answers": len(consensus.counted(task)),
            "agreement": consensus.agreement(task),
            "adjudicated": task["adjudication"] is not None,
            "simulated": any(answer["simulated"] for answer in task["answers"]),
        }
        for answer in consensus.standing(task):
            for row in records(queue.kind.name, task["item"], answer["answer"]):
                if self.form in (None, row.form):
                    yield {**row.columns, "form": row.form, **about}
