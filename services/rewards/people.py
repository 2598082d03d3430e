"""What a judge abstains from goes to people, where the lab wants that.

People compare two answers. Of a pair they get both completions; of a single completion they get it
beside its reference, and a tie says that it is right. A single completion without a reference that
a person can read has nothing to be compared with, so it gets no task.
"""

import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson
import psycopg
from psycopg_pool import PoolTimeout

from ingot.errors import ReviewError
from ingot.records import Message, content_id
from services.accounts.keys import Principal
from services.database.pool import Connection, Pool, transaction
from services.review.queue.queues import guideline_sha256
from services.rewards import repository
from services.rewards.items import Tasks
from services.rewards.run import Forward
from services.rewards.schemas import TaskAnswer, TaskView
from services.rewards.scorer import Messages, Question, Scored

logger = logging.getLogger(__name__)

MAX_OPEN = 10_000
"""Tasks of one tenant that wait for people; beyond it no new ones are made."""
READABLE = frozenset(("", "answer", "math", "numeric", "exact"))
"""Verifiers whose references a person can read; those of the others are JSON or patterns."""
COMPARE = "Choose the better answer. If both are equally good or bad, choose tie."
CONFIRM = (
    "One of the two is known to be right. If the other says the same, choose tie; if not, choose "
    "the one that is right."
)
GUIDELINE = f"{COMPARE}\n\n{CONFIRM}\n"
_TASK_ID = re.compile("rvt_[0-9a-f]{32}")
_NOBODY_KNOWS = 0.5


@dataclass(frozen=True, slots=True)
class _New:
    """A task to make."""

    about: Literal["completions", "reference"]
    question: Question
    b: Messages
    priority: float

    @property
    def item_id(self) -> str:
        """Names the content: the same question of the same tenant is one task."""
        texts = [_dumped(self.question.prompt), _dumped(self.question.answers[0]), _dumped(self.b)]
        return content_id("rwq", [self.about, *texts])

    @property
    def payload(self) -> str:
        """What the reviewer is shown, and of what it is."""
        content = {
            "prompt": _dumped(self.question.prompt),
            "a": _dumped(self.question.answers[0]),
            "b": _dumped(self.b),
            "instructions": COMPARE if self.about == "completions" else CONFIRM,
            "about": self.about,
        }
        return orjson.dumps(content).decode()


def forwarder(pool: Pool, who: Principal, overlap: int) -> Forward:
    """What sends a request's open questions to people."""

    async def forward(questions: Sequence[Question], results: Sequence[Scored]) -> Tasks:
        new = {
            place: task
            for place, (question, scored) in enumerate(zip(questions, results, strict=True))
            if scored.because and (task := _new(question, scored)) is not None
        }
        if not new:
            return {}
        wanted = {task.item_id: task for task in new.values()}
        try:
            async with transaction(pool) as conn:
                ids = await _make(conn, who.tenant_id, overlap, wanted)
        except (
            psycopg.Error,
            PoolTimeout,
            ReviewError,
        ) as error:  # the scores are there all the same
            logger.error("questions not forwarded count=%d", len(wanted), exc_info=error)
            return {}
        return {place: ids[t.item_id] for place, t in new.items() if t.item_id in ids}

    return forward


async def find_task(conn: Connection, tenant: str, task_id: str) -> TaskView | None:
    """A task of this tenant with its answers; None where it has none of this id."""
    row = await repository.task(conn, tenant, task_id) if _TASK_ID.fullmatch(task_id) else None
    if row is None:
        return None
    answers = tuple(TaskAnswer(**each) for each in await repository.answers(conn, task_id))
    votes = Counter(answer.verdict for answer in answers)
    winner = next((v for v, count in votes.items() if 2 * count > len(answers)), None)
    waits = row["state"] in ("open", "adjudicating")
    return TaskView(
        id=row["id"],
        state="open" if waits else "done",
        about=row["payload"]["about"],
        verdict=None if waits else row["final"] or winner,
        answers=answers,
    )


def _new(question: Question, scored: Scored) -> _New | None:
    """The least certain first, as everywhere."""
    priority = 1 - (scored.confidence or _NOBODY_KNOWS)
    if len(question.answers) == 2:
        return _New("completions", question, question.answers[1], priority)
    if not question.reference or question.verifier not in READABLE:
        return None
    reference = (Message(role="assistant", content=question.reference),)
    return _New("reference", question, reference, priority)


async def _make(
    conn: Connection, tenant: str, overlap: int, wanted: dict[str, _New]
) -> dict[str, str]:
    if await repository.open_tasks(conn, tenant) < MAX_OPEN:
        columns: dict[str, list[Any]] = {
            "item_id": list(wanted),
            "payload": [task.payload for task in wanted.values()],
            "priority": [task.priority for task in wanted.values()],
        }
        queue_id = await repository.ensure_queue(
            conn, tenant, GUIDELINE, guideline_sha256(GUIDELINE, {})
        )
        if queue_id is None:
            raise ReviewError(f"the queue {repository.QUEUE!r} compares nothing: rename it")
        await repository.add_tasks(conn, queue_id, overlap, columns)
    return await repository.task_ids(conn, tenant, list(wanted))


def _dumped(messages: Messages) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in messages]
