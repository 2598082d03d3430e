"""The words of this service: a question, what was scored, and who can score it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import orjson

from ingot.records import Judgment, Message

Messages = tuple[Message, ...]
Because = Literal["", "unsure", "below_threshold", "no_certificate"]
"""Why a judge abstained. unsure: it cannot tell; below_threshold, no_certificate: it may not."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to judge: an answer to a prompt, or two answers to compare."""

    prompt: Messages
    answers: tuple[Messages, ...]
    """One, or A and B."""
    reference: str = ""
    verifier: str = ""
    domain: str = ""

    @property
    def key(self) -> bytes:
        """Names the content: equal questions have equal keys."""
        turns = [[(m.role, m.content) for m in text] for text in (self.prompt, *self.answers)]
        content = (turns, self.reference, self.verifier, self.domain)
        return hashlib.sha256(orjson.dumps(content)).digest()


@dataclass(frozen=True, slots=True)
class Scored:
    """What a judge says of a question; without a `score` it abstained or failed."""

    score: float | None = None
    """On the judge's own scale; of two answers the probability that A is better."""
    probability: float | None = None
    """Of one answer that it is right or good, of two that A is better; known even where the judge
    may not decide. None where it is not estimated."""
    verdict: str = ""
    """right, wrong or the rubric's choice; of two answers A, B or tie."""
    reason: str = ""
    because: Because = ""
    """Why it abstained; '' unless it did."""
    failure: str = ""
    """Why nothing is known; '' where something is."""
    tokens: int = 0
    flipped: bool = False
    """Whether it changed its verdict when the two answers changed places."""
    position_bias: float | None = None
    confidence: float | None = None
    """Probability that the verdict is the one people would give, which a certificate bounds."""


def unscored(judgment: Judgment, tokens: int) -> Scored:
    """What a judgment without a score is: the judge's doubt, or its failure."""
    if judgment.verdict == "unsure":
        reason = judgment.rationale
        return Scored(verdict="unsure", reason=reason, because="unsure", tokens=tokens)
    failure = judgment.rationale or "the judge gave no verdict"
    return Scored(verdict=judgment.verdict, failure=failure, tokens=tokens)


class Scorer(Protocol):
    """Something that answers questions; raises where it cannot work at all."""

    @property
    def name(self) -> str:
        """Another model, prompt or setting is another name: equal names give equal results."""
        ...

    @property
    def lane(self) -> str:
        """Whose window its questions share: an engine's, the processes', the sandbox's."""
        ...

    @property
    def arity(self) -> frozenset[int]:
        """How many answers a question may have: 1, 2 or both."""
        ...

    @property
    def weight(self) -> int:
        """Places in the window that one question takes."""
        ...

    @property
    def batch(self) -> int:
        """Most questions that it wants at once; 1 where its engine forms batches itself."""
        ...

    async def score(self, questions: Sequence[Question]) -> list[Scored]:
        """One result for each question, in their order."""
        ...


ONE, TWO, BOTH = frozenset((1,)), frozenset((2,)), frozenset((1, 2))
