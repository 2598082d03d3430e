"""The records: one word for one thing, the same in REST, Parquet and code.

A record is frozen, refuses unknown fields, and is named by its content: `id` is derived from the
fields that make it what it is (never from provenance), so the same content has the same id in every
run, and a changed content cannot keep an old one. Provenance is a column, never a log line.

    Instruction ──< Completion          (instruction_id)
    Instruction ──< Preference          (built from two Completions, decided by Judgments)
    any record  ──< Judgment            (subject_id)
"""

import hashlib
from enum import StrEnum
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


class Instruction(Record):
    """A prompt: the turns up to the one that a model or person shall answer."""

    prefix: ClassVar[str] = "ins"
    identity: ClassVar[tuple[str, ...]] = ("messages", "verifier", "reference")

    messages: tuple[Message, ...] = Field(min_length=1)
    domain: str = ""
    """Free label of the field of knowledge or task family; strata are made of it."""
    difficulty: float | None = Field(default=None, ge=0, le=1)
    """0 easy to 1 hard; None where unknown."""
    verifier: str = ""
    """Name of the program that can check an answer, '' where only a judge or a person can."""
    reference: str = ""
    """The known right answer in the verifier's canonical form, '' where none is known."""

    @property
    def text(self) -> str:
        """The content of the last turn, which is what is asked."""
        return self.messages[-1].content


class Completion(Record):
    """One answer to an Instruction by a model or a person."""

    prefix: ClassVar[str] = "cmp"
    identity: ClassVar[tuple[str, ...]] = ("instruction_id", "messages", "sample")

    instruction_id: str
    messages: tuple[Message, ...] = Field(min_length=1)
    """The assistant's turns."""
    sample: int = Field(default=0, ge=0)
    """Which of the N draws of this prompt it is."""
    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)
    mean_logprob: float | None = Field(default=None, le=0)
    """Mean natural-log probability per generated token under the model that wrote it."""
    finish_reason: str = ""

    @property
    def text(self) -> str:
        """The content of the last turn."""
        return self.messages[-1].content


class JudgeKind(StrEnum):
    """Who judged."""

    VERIFIER = "verifier"
    JUDGE = "judge"
    PERSON = "person"


class Judgment(Record):
    """Who said what of which subject."""

    prefix: ClassVar[str] = "jdg"
    identity: ClassVar[tuple[str, ...]] = (
        "subject_id",
        "kind",
        "judge",
        "criterion",
        "verdict",
        "p",
    )

    subject_id: str
    """Id of the judged Completion (verdict right, wrong, unsure) or Pair (A, B, tie)."""
    kind: JudgeKind
    judge: str
    """Name of the verifier or model, or the person's pseudonym."""
    criterion: str = "correctness"
    verdict: str
    p: float | None = Field(default=None, ge=0, le=1)
    """Probability that the verdict is the one people would give; None where not estimated."""
    flipped: bool = False
    """True where the judge changed its verdict when the two answers changed places."""
    rationale: str = ""
    cost_tokens: int = Field(default=0, ge=0)


class Pair(Record):
    """Two completions of one instruction whose order is asked of a judge or a person.

    `a` and `b` stand in the canonical order in which every verdict ('A', 'B', 'tie') is to be read.
    """

    prefix: ClassVar[str] = "par"
    identity: ClassVar[tuple[str, ...]] = ("instruction_id", "a_id", "b_id")

    instruction_id: str
    a_id: str
    b_id: str
    prompt: tuple[Message, ...]
    a: tuple[Message, ...]
    b: tuple[Message, ...]
    domain: str = ""
    verified: Literal["A", "B", "tie", ""] = ""
    """What the verifier says of the pair, '' where it cannot tell."""


class Preference(Record):
    """A prompt with a chosen and a rejected completion."""

    prefix: ClassVar[str] = "prf"
    identity: ClassVar[tuple[str, ...]] = ("prompt", "chosen", "rejected")

    prompt: tuple[Message, ...]
    chosen: tuple[Message, ...]
    rejected: tuple[Message, ...]
    domain: str = ""
    source: JudgeKind
    """Who decided."""
    confidence: float = Field(ge=0, le=1)
    """Probability that the order is right."""
    margin: float | None = None
    """How much better the chosen is, in units of the judge's or person's scale."""
    instruction_id: str = ""
    chosen_id: str = ""
    rejected_id: str = ""


class Evaluation(Record):
    """A prompt with a known answer, kept out of all training sets."""

    prefix: ClassVar[str] = "evl"
    identity: ClassVar[tuple[str, ...]] = ("prompt", "reference")

    prompt: tuple[Message, ...] = Field(min_length=1)
    reference: str
    domain: str = ""
    verifier: str = "answer"
    rubric: str = ""
    """What a judge looks at, where no program can check an answer."""


class StepGrade(Model):
    """What became of one tool call of a trajectory."""

    call_id: str
    outcome: Literal["ok", "error", "injected"]
    """error: the tool refused; injected: a failure that was put there on purpose."""
    fault: Literal["", "error", "timeout", "wrong_result"] = ""
    """Which failure was put there."""
    recovered: bool = False
    """Whether the agent later got past this failure."""


class Trajectory(Record):
    """An agent's whole run in an environment with tools, and whether it did what was asked."""

    prefix: ClassVar[str] = "trj"
    identity: ClassVar[tuple[str, ...]] = ("messages", "environment")

    messages: tuple[Turn, ...] = Field(min_length=1)
    tools: str
    """JSON list of the tools in the OpenAI form."""
    environment: str
    success: bool
    """What the environment's own check says."""
    grades: tuple[StepGrade, ...] = ()
    """One for each tool call, in order."""
    domain: str = ""
