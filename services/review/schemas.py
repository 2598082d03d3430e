"""What reviewers send and get. Nothing here tells why a task is asked or what a judge thinks."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from ingot.records import Message, Model
from services.review.tasks import Verdict

Text = Annotated[str, StringConstraints(max_length=10_000, pattern=r"^[^\x00]*$")]


class LeaseRequest(Model):
    """How many tasks to take."""

    max: int = Field(default=1, ge=1, le=5)


class AssignmentOut(Model):
    """A task leased to a reviewer; A is what stands left on their screen."""

    id: str
    expires_at: datetime
    prompt: tuple[Message, ...]
    a: tuple[Message, ...]
    b: tuple[Message, ...]
    instructions: str


class Leases(Model):
    """What a reviewer may work on now."""

    assignments: tuple[AssignmentOut, ...]
    lease_s: int
    """How long a lease lasts without a heartbeat."""


class AnswerIn(Model):
    """A verdict over A and B as they stood on the screen."""

    verdict: Verdict
    comment: Text = ""
    client_event_id: str = Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")
    """Made by the client, new for each answer; sending it again is safe."""
    active_ms: int = Field(default=0, ge=0, le=86_400_000)
    """How long the reviewer worked on it."""


class AnswerOut(Model):
    """A stored answer."""

    assignment_id: str
    verdict: Verdict
    """As it was given."""
    answered_at: datetime


class LeaseEnd(Model):
    """A lease that goes on."""

    expires_at: datetime


class Figures(Model):
    """A reviewer's own numbers."""

    pseudonym: str
    simulated: bool
    answered_today: int
    """Since midnight UTC."""
    tasks_open: int
    """Tasks that still need answers, of all reviewers."""
