"""Guidelines in versions: what people are told, and what an answer has to hold.

A version is never changed. Tasks, leases and answers name the one they belong to. A minor version
applies to what is asked from now on. After a breaking one older answers are stale: open tasks are
asked anew, and what was answered is kept and paid but no longer counted.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from ingot.errors import ReviewError
from ingot.records import Model
from services.database import trail
from services.database.pool import Connection, Row
from services.review.kinds import KINDS
from services.review.kinds.difference import difference
from services.review.quality import guidelines_repository as repository
from services.review.quality.changes import Change, compare_fields
from services.review.quality.faults import unknown, within
from services.review.queue.queues import guideline_sha256
from services.review.queue.schemas import Json

_NO_NUL = r"^[^\x00]*$"
Note = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=_NO_NUL)]
Body = Annotated[str, StringConstraints(max_length=100_000, pattern=_NO_NUL)]


class VersionLine(Model):
    """A version in the list of them."""

    n: int
    change_note: str
    breaking: bool
    """Answers under older versions are stale."""
    sha256: str
    """Of body and rubric."""
    author: str
    created_at: datetime


class Version(VersionLine):
    """A version, whole."""

    body: str
    """Markdown."""
    rubric: dict[str, Any]


class NewVersion(Model):
    """A version to publish."""

    body: Body
    rubric: Json = Field(default_factory=dict)
    """What an answer has to hold, by the queue's kind; {} is the kind's preset."""
    change_note: Note
    """What is new, for people."""
    breaking: bool = False
    based_on: int | None = Field(default=None, ge=1)
    """The version that was edited; refused where a newer one is there by now."""


class Published(Model):
    """What publishing did."""

    n: int
    tasks: int
    """Open and gold tasks that are under this version now."""
    stale_answers: int
    """Answers to open tasks that no longer count; they stay paid."""
    ended_leases: int
    """Tasks that reviewers just had on their screens, and get anew."""


class Span(Model):
    """A piece of the text; without those that are new it reads as before."""

    kind: Literal["same", "gone", "new"]
    text: str


class Difference(Model):
    """From one version to another."""

    from_n: int
    to_n: int
    body: tuple[Span, ...]
    rubric: tuple[Change, ...]


async def list_versions(conn: Connection, queue_id: str) -> tuple[VersionLine, ...]:
    """All versions of a queue, the newest first."""
    return tuple(VersionLine(**row) for row in await repository.versions(conn, queue_id))


async def find_version(conn: Connection, queue_id: str, n: int) -> Version:
    """One version of a queue; raises Unknown."""
    row = await repository.version(conn, queue_id, n)
    return Version(**row) if row else unknown("guideline version", n)


async def compare(conn: Connection, queue: Row, from_n: int, to_n: int) -> Difference:
    """What changed between two versions of a queue; raises Unknown."""
    old, new = [await find_version(conn, queue["id"], n) for n in (from_n, to_n)]
    read = KINDS[queue["kind"]].read_rubric
    before, after = (read(each.rubric).model_dump(mode="json") for each in (old, new))
    return Difference(
        from_n=from_n,
        to_n=to_n,
        body=tuple(Span(**each._asdict()) for each in difference(old.body, new.body)),
        rubric=tuple(compare_fields(before, after)),
    )


async def publish(conn: Connection, author: str, queue: Row, new: NewVersion) -> Published:
    """Append a version to a locked queue and bind open tasks to it.

    Raises RubricFault where the rubric does not fit the queue's kind.
    """
    newest = queue["guideline_n"]
    if new.based_on not in (None, newest):
        raise ReviewError(
            f"version {newest} was published after {new.based_on}, which you edited: "
            "look at what changed and publish again"
        )
    with within("rubric"):
        rubric = KINDS[queue["kind"]].read_rubric(new.rubric).model_dump(mode="json")
    fields = {
        "n": newest + 1,
        "body": new.body,
        "rubric": rubric,
        "change_note": new.change_note,
        "breaking": new.breaking,
        "sha256": guideline_sha256(new.body, rubric),
        "author": author,
    }
    await repository.add(conn, queue["id"], fields)
    ended = await _start_over(conn, queue["id"], newest + 1) if new.breaking else {}
    tasks = await repository.bind_tasks(conn, queue["id"], newest + 1)
    published = Published(
        n=newest + 1,
        tasks=tasks,
        stale_answers=ended.get("answers", 0),
        ended_leases=ended.get("leases", 0),
    )
    await trail.audit(
        conn, author, "guideline.published", queue["id"], published.model_dump(mode="json")
    )
    return published


async def _start_over(conn: Connection, queue_id: str, n: int) -> Row:
    await repository.lock_open_work(conn, queue_id)
    ended = await repository.end_stale(conn, queue_id, n)
    await repository.ask_anew(conn, queue_id)
    return ended
