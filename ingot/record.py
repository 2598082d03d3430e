"""What every record has: turns, provenance, and an id that follows from its content."""

import hashlib
from typing import ClassVar, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, model_validator

SCHEMA_VERSION = 1
Role = Literal["system", "user", "assistant", "tool"]


def content_id(prefix: str, content: object) -> str:
    """Name a JSON-like content: prefix, underscore, 24 hex digits of its SHA-256 (96 bits)."""
    payload = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return f"{prefix}_{hashlib.sha256(payload).hexdigest()[:24]}"


class Model(BaseModel):
    """Base of all that crosses a boundary: frozen, strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Message(Model):
    """One turn of a conversation, in the OpenAI form."""

    role: Role
    content: str


class ToolCall(Model):
    """A model's wish to have a tool called."""

    id: str
    name: str
    arguments: str
    """JSON object as text: Arrow would fill missing keys of a struct with nulls."""


class Turn(Message):
    """A turn of an agent's conversation: it may call tools, or hold what a tool returned."""

    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    """Of a 'tool' turn: the call that it answers."""


class Sampling(Model):
    """How an engine draws a completion."""

    temperature: float = Field(default=1.0, ge=0, le=5)
    """0 is greedy."""
    top_p: float = Field(default=1.0, gt=0, le=1)
    max_tokens: int = Field(default=256, ge=1, le=131_072)
    """Upper limit of generated tokens."""
    stop: tuple[str, ...] = ()
    """Texts that end a completion; the text itself is not returned."""
    top_k: int = Field(default=0, ge=0)
    """Draw from so many of the likeliest tokens; 0 means from all."""
    min_p: float = Field(default=0.0, ge=0, le=1)
    """Least probability of a token, as a share of the likeliest one's."""
    presence_penalty: float = Field(default=0.0, ge=-2, le=2)
    frequency_penalty: float = Field(default=0.0, ge=-2, le=2)
    repetition_penalty: float = Field(default=1.0, gt=0, le=10)


LAB = "lab"
"""The recipe of what no recipe wrote."""


class Provenance(Model):
    """Where a record comes from. Not part of its id."""

    order_id: str = ""
    batch_id: str = ""
    recipe: str = ""
    """The recipe that wrote it, or 'lab' for what the lab brought."""
    engine: str = ""
    model: str = ""
    """Name or path of the model as the order gave it."""
    model_sha256: str = ""
    """Hash of the model's weights where they are at hand."""
    sampling: Sampling | None = None
    seed: int | None = None
    requests: tuple[str, ...] = ()
    """Keys of the draws it was made from, in their order; the last one wrote its text."""
    judge: str = ""
    calibration_id: str = ""
    guideline_version: int | None = None
    people: tuple[str, ...] = ()
    """Pseudonyms of the people who answered."""
    simulated: bool = False
    """True where an answer came from a simulated reviewer."""
    parents: tuple[str, ...] = ()
    """Ids of the records this one was made from."""


class Record(Model):
    """Base of the records; subclasses name their prefix and the fields that identify them."""

    prefix: ClassVar[str]
    identity: ClassVar[tuple[str, ...]]

    id: str = ""
    """Derived from the content when empty; refused when it does not match the content."""
    schema_version: int = SCHEMA_VERSION
    provenance: Provenance = Provenance()

    @model_validator(mode="after")
    def _derive_id(self) -> Self:
        fields = self.model_dump(mode="json", include=set(self.identity))
        derived = content_id(self.prefix, fields)
        if self.id and self.id != derived:
            raise ValueError(
                f"id {self.id!r} does not match the content ({derived!r}): leave it out"
            )
        object.__setattr__(self, "id", derived)
        return self
