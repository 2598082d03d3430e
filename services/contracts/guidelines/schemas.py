"""What the guidelines of an order look like over HTTP."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ingot.records import Model
from services.review.kinds.rubric import Rubric
from services.review.quality.changes import Change
from services.web.paging import Page

_NO_NUL = r"^[^\x00]*$"
Body = Annotated[str, StringConstraints(min_length=1, max_length=100_000, pattern=_NO_NUL)]
Note = Annotated[str, StringConstraints(max_length=2_000, pattern=_NO_NUL)]
Remark = Annotated[str, StringConstraints(min_length=1, max_length=5_000, pattern=_NO_NUL)]
Kind = Literal["minor", "breaking"]


class NewGuideline(Model):
    """A version to publish."""

    body: Body
    """Markdown."""
    rubric: Rubric = Rubric()
    """What an answer has to hold, as queues of reviewers have it."""
    change_note: Note = ""
    """What is new."""
    change: Kind = "minor"
    """breaking: answers under older versions are stale."""


class GuidelineLine(Model):
    """A version in a list."""

    order_id: str
    n: int
    change_note: str
    change: Kind
    sha256: str
    """Of body and rubric."""
    author: str
    at: datetime
    approved_by: str | None
    approved_at: datetime | None
    frozen_at: datetime | None
    """Since then calibrated batches are made under it."""


class Guideline(GuidelineLine):
    """A version, whole."""

    body: str
    rubric: Rubric


class GuidelineList(Model):
    """All versions of an order's guidelines, newest first."""

    data: tuple[GuidelineLine, ...]


class Difference(Model):
    """What changed from one version to another."""

    order_id: str
    from_n: int
    to_n: int
    added: int
    """Lines."""
    removed: int
    text: str
    """Unified diff of the bodies; '' where they are the same."""
    rubric: tuple[Change, ...]


class NewComment(Model):
    """A remark on a version."""

    body: Remark
    line: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Of the body; null for the whole."""


class CommentView(Model):
    """A remark as it was kept."""

    id: str
    n: int
    line: int | None
    author: str
    body: str
    at: datetime


class CommentPage(Page[CommentView]):
    """A page of remarks, oldest first."""
