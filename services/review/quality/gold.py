"""Gold: tasks whose answer is known, put among the others without a sign.

Gold may itself be wrong. Then good people fail it, so each one's failures stand beside it.
"""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator

from ingot.errors import ReviewError
from ingot.records import Model, content_id
from services.database import trail
from services.database.pool import Connection, Row
from services.review.kinds import KINDS, AnswerFault
from services.review.quality import gold_repository as repository
from services.review.quality.faults import unknown, within
from services.review.quality.guidelines import find_version
from services.review.quality.shares import Share, share
from services.review.queue.schemas import Json

DOUBTED = 0.5
"""Gold is doubted as soon as people fail it more often, beyond chance."""
Why = Annotated[str, StringConstraints(max_length=10_000, pattern=r"^[^\x00]*$")]


class NewGold(Model):
    """Gold from exactly one source: an item, a task of the queue, or a reviewer's answer."""

    item: Json | None = None
    """An item of the queue's kind; `expected` goes with it."""
    task_id: str | None = Field(default=None, pattern="^rvt_[0-9a-f]{32}$")
    """A task of the queue: its item, and the adjudicator's answer unless `expected` is given."""
    assignment_id: str | None = Field(default=None, pattern="^asg_[0-9a-f]{32}$")
    """An answer that is right: it is what is expected."""
    expected: Json | None = None
    """An answer in the canonical order (a stands left)."""
    why: Why = ""
    """Shown to a trainee after the answer."""

    @model_validator(mode="after")
    def _has_one_source(self) -> "NewGold":
        if sum(each is not None for each in (self.item, self.task_id, self.assignment_id)) != 1:
            raise ValueError("give exactly one of item, task_id and assignment_id")
        if (self.expected is None) != (self.item is None) and self.task_id is None:
            raise ValueError("expected goes with an item, not with an assignment")
        return self


class Gold(Model):
    """A gold task, and how people fare with it."""

    task_id: str
    item_id: str
    item: dict[str, Any]
    expected: dict[str, Any]
    label: str
    why: str
    active: bool
    created_at: datetime
    guideline_n: int
    labels: dict[str, int]
    """How often each label was given."""
    correct: Share
    doubted: bool
    """More than half fail it, beyond chance: look whether it is right."""


async def add_gold(conn: Connection, by: str, queue: Row, new: NewGold) -> str:
    """Add gold to a queue and give its task's id.

    Raises ItemFault or AnswerFault where it does not fit the queue's kind, Unknown for a strange
    source, and ReviewError where the item is gold already.
    """
    kind = KINDS[queue["kind"]]
    source = await _source(conn, queue["id"], new)
    with within("item"):
        item = kind.read_item(source["payload"]).model_dump(mode="json", exclude_defaults=True)
    rubric = (await find_version(conn, queue["id"], queue["guideline_n"])).rubric
    with within("expected"):
        expected = kind.read_answer(source["answer"], item, kind.read_rubric(rubric))
    fields = {
        "queue_id": queue["id"],
        "guideline_n": queue["guideline_n"],
        "item_id": source["item_id"] or content_id("itm", item),
        "item": item,
        "expected": expected,
        "label": kind.label(expected),
        "why": new.why,
    }
    if not fields["label"]:
        raise ReviewError(f"an answer of kind {queue['kind']!r} has no label to compare: no gold")
    task_id = await repository.add(conn, fields)
    if task_id is None:
        raise ReviewError(f"item {fields['item_id']!r} is gold in this queue already")
    await trail.audit(conn, by, "gold.added", task_id, {"label": fields["label"]})
    return task_id


async def use_gold(conn: Connection, by: str, queue: Row, task_id: str, active: bool) -> None:
    """Retire gold, or use it again; raises Unknown."""
    if not await repository.set_active(conn, queue["id"], task_id, active):
        unknown("gold task", task_id)
    await trail.audit(conn, by, "gold.used" if active else "gold.retired", task_id, {})


async def list_gold(
    conn: Connection, queue_id: str, *, after: str = "", limit: int = 200
) -> tuple[Gold, ...]:
    """Gold of a queue, retired too, oldest first."""
    return tuple(_gold(row) for row in await repository.list_all(conn, queue_id, after, limit))


async def _source(conn: Connection, queue_id: str, new: NewGold) -> Row:
    if new.item is not None:
        return {"item_id": "", "payload": new.item, "answer": new.expected}
    if new.assignment_id is not None:
        row = await repository.source_answer(conn, queue_id, new.assignment_id)
        return row or unknown("answered assignment", new.assignment_id)
    row = await repository.source_task(conn, queue_id, str(new.task_id))
    if row is None:
        unknown("task", new.task_id)
    answer = new.expected or row["answer"]
    if answer is None:
        raise AnswerFault("/expected", "nobody adjudicated this task: say what is expected")
    return {**row, "answer": answer}


def _gold(row: Row) -> Gold:
    correct = share(row.pop("correct"), row.pop("answers"))
    failed = share(correct.of - correct.count, correct.of)
    return Gold(**row, correct=correct, doubted=failed.low > DOUBTED)
