"""What reviewers disagree on, decided by one who sees all their answers and not their names."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from ingot.errors import ReviewError
from ingot.records import Model
from services.accounts.keys import Principal
from services.database import trail
from services.database.pool import Connection, Row
from services.review.kinds import KINDS
from services.review.quality import adjudication_repository as repository
from services.review.quality.faults import unknown, within
from services.review.quality.guidelines_repository import newest_breaking
from services.review.queue.closing import close
from services.review.queue.schemas import Json

Cause = Literal["guideline_gap", "ambiguous", "slip", "expertise", "subjective"]
"""Why people disagreed: the guideline is silent; the item can be read in several ways; somebody
slipped; it takes an expert; it is a matter of taste."""
Note = Annotated[str, StringConstraints(max_length=10_000, pattern=r"^[^\x00]*$")]


class Waiting(Model):
    """A task that waits for an adjudicator."""

    task_id: str
    item_id: str
    created_at: datetime
    labels: dict[str, int]
    """How often each label was given."""
    answers: int
    since: datetime
    """Of the last answer."""


class Given(Model):
    """One answer to a task."""

    number: int
    """From 1: the answer's name; who gave it is not told."""
    state: str
    """submitted counts; surplus and voided do not."""
    label: str
    answer: dict[str, Any]
    """In the canonical order (a stands left)."""
    comment: str
    guideline_n: int
    stale: bool
    """Given under a guideline that a breaking one replaced."""
    simulated: bool
    active_ms: int
    answered_at: datetime
    assignment_id: str | None
    """For a QA lead only, as is `reviewer`."""
    reviewer: str | None


class Decision(Model):
    """What was decided."""

    adjudicator: str
    label: str
    answer: dict[str, Any]
    cause: Cause
    note: str
    at: datetime


class TaskView(Model):
    """A task with all that was said of it, in the canonical order."""

    task_id: str
    queue_id: str
    queue_name: str
    kind: str
    item_id: str
    state: str
    item: dict[str, Any]
    rubric: dict[str, Any]
    guideline_n: int
    created_at: datetime
    answers: tuple[Given, ...]
    votes: dict[str, float]
    """Share of each label among the answers that count, the largest first."""
    decision: Decision | None


class Verdict(Model):
    """An adjudicator's answer."""

    answer: Json
    """By the queue's kind, in the canonical order."""
    cause: Cause
    note: Note = ""


class CauseCount(Model):
    """How often people disagreed for one cause."""

    cause: Cause
    n: int = Field(ge=0)


async def list_waiting(
    conn: Connection, queue_id: str, *, after: str = "", limit: int = 50
) -> tuple[Waiting, ...]:
    """Tasks of a queue that wait for an adjudicator, oldest first."""
    return tuple(Waiting(**row) for row in await repository.waiting(conn, queue_id, after, limit))


async def list_causes(conn: Connection, queue_id: str) -> tuple[CauseCount, ...]:
    """Why people disagreed in a queue, the most frequent cause first."""
    return tuple(CauseCount(**row) for row in await repository.causes(conn, queue_id))


async def view_task(conn: Connection, who: Principal, task_id: str) -> TaskView:
    """A task of the tenant with its answers; names only for a QA lead. Raises Unknown."""
    task = await _task(conn, who, task_id)
    breaking = await newest_breaking(conn, task["queue_id"])
    rows = await repository.answers(conn, task_id)
    decided = await repository.decision(conn, task_id)
    named = "qa_lead" in who.roles
    return TaskView(
        task_id=task["id"],
        item=task["payload"],
        rubric=KINDS[task["kind"]].read_rubric(task["rubric"]).model_dump(mode="json"),
        answers=tuple(
            _given(number, row, breaking, named=named) for number, row in enumerate(rows, 1)
        ),
        votes=_votes(rows),
        decision=Decision(**decided) if decided else None,
        **{name: task[name] for name in _PLAIN},
    )


async def adjudicate(conn: Connection, who: Principal, task_id: str, verdict: Verdict) -> Decision:
    """Decide a task: what the last needed answer does otherwise, this does.

    Raises AnswerFault for an answer that does not fit, ReviewError where nothing is to decide or
    the adjudicator answered the task as a reviewer.
    """
    task = await _task(conn, who, task_id, lock=True)
    if task["state"] != "adjudicating":
        raise ReviewError(f"the task is {task['state']}: only what is adjudicating is decided")
    if await repository.has_answered(conn, task_id, who.pseudonym):
        raise ReviewError("you answered this task yourself: leave it to another adjudicator")
    kind = KINDS[task["kind"]]
    with within("answer"):
        answer = kind.read_answer(verdict.answer, task["payload"], kind.read_rubric(task["rubric"]))
    fields = {
        "task_id": task_id,
        "adjudicator": who.pseudonym,
        "label": kind.label(answer),
        "answer": answer,
        "cause": verdict.cause,
        "note": verdict.note,
    }
    await repository.decide(conn, fields)
    detail = {"label": fields["label"], "cause": verdict.cause}
    await trail.audit(conn, who.name, "task.adjudicated", task_id, detail)
    await close(conn, task["batch_id"], task["purpose"])
    decided = await repository.decision(conn, task_id)
    assert decided is not None
    return Decision(**decided)


_PLAIN = (
    "queue_id", "queue_name", "kind", "item_id", "state", "guideline_n", "created_at"
)  # fmt: skip


async def _task(conn: Connection, who: Principal, task_id: str, *, lock: bool = False) -> Row:
    task = await repository.task(conn, who.tenant_id, task_id, lock=lock)
    return task or unknown("task", task_id)


def _given(number: int, row: Row, breaking: int, *, named: bool) -> Given:
    return Given(
        number=number,
        stale=row["guideline_n"] < breaking,
        assignment_id=row["assignment_id"] if named else None,
        reviewer=row["reviewer"] if named else None,
        **{name: row[name] for name in _SAID},
    )


_SAID = (
    "state", "label", "answer", "comment", "guideline_n", "simulated", "active_ms", "answered_at"
)  # fmt: skip


def _votes(rows: list[Row]) -> dict[str, float]:
    votes = Counter(row["label"] for row in rows if row["state"] == "submitted" and row["label"])
    return {label: count / votes.total() for label, count in votes.most_common()}
