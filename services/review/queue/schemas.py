"""What reviewers send and get. Nothing here tells why a task is asked or what a judge thinks."""

from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, Field

from ingot.records import Model
from services.review.evidence.writing import Writing
from services.review.kinds.texts import Text, Word

_JSON_BYTES = 1_000_000


def _storable(value: dict[str, Any]) -> dict[str, Any]:
    try:
        size = len(orjson.dumps(value))
    except orjson.JSONEncodeError as error:
        raise ValueError(f"this cannot be stored as JSON: {error}") from error
    if size > _JSON_BYTES:
        raise ValueError(f"{size} bytes are too many: {_JSON_BYTES} are the most")
    return value


Json = Annotated[dict[str, Any], AfterValidator(_storable)]
EventId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
SkipReason = Literal["unsafe", "unclear", "expertise", "broken", "other"]
KeyName = Annotated[Text, Field(max_length=80)]
TaskFault = Literal["unsafe", "private", "broken", "bad_prompt", "other"]


class LeaseRequest(Model):
    """How many tasks to take."""

    max: int = Field(default=1, ge=1, le=5)
    html: bool = False
    """Whether each message also carries its content as safe HTML."""


class QueueName(Model):
    """Where a task comes from."""

    id: str
    name: str
    kind: str
    purpose: str


class GuidelineName(Model):
    """The guideline under which a task is answered."""

    n: int


class Draft(Model):
    """An answer in the making; of two, the one with the higher `client_seq` is kept."""

    client_seq: int = Field(ge=0, le=2**53)
    body: Json


class AssignmentOut(Model):
    """A task leased to a reviewer, its sides in the order of their screen."""

    id: str
    task_id: str
    queue: QueueName
    state: str
    expires_at: datetime
    guideline: GuidelineName
    item: dict[str, Any]
    rubric: dict[str, Any]
    instructions: str
    draft: Draft | None
    answer: dict[str, Any] | None


class Leases(Model):
    """What a reviewer may work on now."""

    assignments: tuple[AssignmentOut, ...]
    lease_s: int
    """How long the shortest of them lasts without a heartbeat."""


class AnswerIn(Model):
    """An answer to the item as it stood on the screen."""

    answer: Json
    comment: Text = ""
    client_event_id: EventId
    """Made by the client, new for each answer; sending it again is safe."""
    active_ms: int = Field(default=0, ge=0, le=86_400_000)
    """How long the reviewer worked on it."""
    writing: Writing | None = None


class Feedback(Model):
    """What a trainee learns after an answer."""

    correct: bool
    expected: dict[str, Any]
    why: str
    answered: int
    """Items of this training that were answered, this one included."""
    test_items: int
    """So many answers make a try; 0 where nothing is tested."""
    score: float | None
    """The share of right answers in a try, with its last answer."""
    passed: bool | None


class AnswerOut(Model):
    """A stored answer."""

    assignment_id: str
    revision: int
    counted: bool
    """False where others had filled the task meanwhile; the work is paid all the same."""
    answered_at: datetime
    feedback: Feedback | None = None


class DraftOut(Model):
    """The draft that is kept."""

    saved_at: datetime
    client_seq: int


class LeaseEnd(Model):
    """A lease that goes on."""

    expires_at: datetime


class SkipIn(Model):
    """Why a task is left to others."""

    reason: SkipReason
    note: Text = ""


class FlagIn(Model):
    """What is wrong with a task itself."""

    rule: TaskFault
    note: Text = ""


class FlagOut(Model):
    """A flag that a QA lead will look at."""

    id: str


class Settings(Model):
    """A person's own settings of the page."""

    keys: Annotated[dict[Word, KeyName], Field(max_length=100)] = Field(default_factory=dict)
    """Act -> key; '' for none."""


class Me(Model):
    """Who works here, and their day."""

    pseudonym: str
    simulated: bool
    roles: tuple[str, ...]
    answered_today: int
    """Since midnight UTC."""
    tasks_open: int
    """Tasks that still need answers, of all reviewers."""
    settings: dict[str, Any]
