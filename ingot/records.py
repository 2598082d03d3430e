"""The records: one word for one thing, the same in REST, Parquet and code.

A record is frozen, refuses unknown fields, and is named by its content: `id` is derived from the
fields that make it what it is (never from provenance), so the same content has the same id in every
run, and a changed content cannot keep an old one. Provenance is a column, never a log line.

    Instruction ──< Completion          (instruction_id)
    Instruction ──< Preference          (built from two Completions, decided by Judgments)
    any record  ──< Judgment            (subject_id)
"""

from enum import StrEnum
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from ingot.record import LAB as LAB
from ingot.record import SCHEMA_VERSION as SCHEMA_VERSION
from ingot.record import Message as Message
from ingot.record import Model as Model
from ingot.record import Provenance as Provenance
from ingot.record import Record as Record
from ingot.record import Role as Role
from ingot.record import Sampling as Sampling
from ingot.record import ToolCall as ToolCall
from ingot.record import Turn as Turn
from ingot.record import content_id as content_id


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
    REWARD = "reward"
    """A reward model: a number, not a verdict in words."""
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
        "score",
    )

    subject_id: str
    """Id of what was judged: a Completion, Pair, Trajectory or Ranking."""
    kind: JudgeKind
    judge: str
    """Name of the verifier or model, or the person's pseudonym."""
    criterion: str = "correctness"
    verdict: str
    """Of a completion right, wrong or unsure, or the rubric's choice; of a pair A, B or tie;
    of a reward alone scored; '' after a failure, whose cause is the rationale."""
    p: float | None = Field(default=None, ge=0, le=1)
    """Probability that the verdict is the one people would give; None where not estimated."""
    score: float | None = None
    """Expected score on the criterion's own scale, or a reward; None where there is none."""
    label_mass: float | None = Field(default=None, ge=0, le=1)
    """Probability that the judge put on the asked labels at all; low: it wanted to say something
    else. None where the engine does not tell it."""
    position_bias: float | None = None
    """Half the difference of the log-odds for A between both orders; positive favours what is shown
    first. None without two orders."""
    agreement: float | None = Field(default=None, ge=0, le=1)
    """Share of samples, annotators or jurors that said the verdict; None for a single one."""
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


class Ranking(Record):
    """Completions of one prompt in order, the best first; equal ranks are ties."""

    prefix: ClassVar[str] = "rnk"
    identity: ClassVar[tuple[str, ...]] = ("prompt", "completions", "ranks")

    prompt: tuple[Message, ...]
    completions: tuple[str, ...] = Field(min_length=2)
    """The answers' texts."""
    ranks: tuple[int, ...]
    """The rank of each completion, from 1."""
    scores: tuple[float | None, ...] = ()
    """Score of each completion on the judge's scale; None where it has none, never 0 instead."""
    completion_ids: tuple[str, ...] = ()
    domain: str = ""
    source: JudgeKind = JudgeKind.JUDGE
    confidence: float | None = Field(default=None, ge=0, le=1)
    """Probability that the first is the best."""

    @model_validator(mode="after")
    def _one_rank_each(self) -> Self:
        if len(self.ranks) != len(self.completions) or min(self.ranks) < 1:
            raise ValueError("a ranking needs one rank from 1 for each completion")
        return self


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
