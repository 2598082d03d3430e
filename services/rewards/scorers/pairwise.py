"""The pair judge: which of two answers is better, asked in both orders."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingot.records import Judgment, Pair, content_id
from judging.judges.pairwise import PairJudge
from services.rewards.scorer import TWO, Messages, Question, Scored, unscored


@dataclass(frozen=True, slots=True)
class PairScorer:
    """A pair judge at the seam of this service."""

    judge: PairJudge
    lane: str
    arity: frozenset[int] = TWO
    batch: int = 1

    @property
    def name(self) -> str:
        """The judge's own name."""
        return self.judge.name

    @property
    def weight(self) -> int:
        """Both orders are asked at once, each so many times."""
        return 2 * self.judge.samples

    async def score(self, questions: Sequence[Question]) -> list[Scored]:
        """Judge the pairs; raises ModelError where the engine is gone."""
        judgments = await self.judge.judge([pair_of(question) for question in questions])
        return [_read(judgment) for judgment in judgments]


def pair_of(question: Question) -> Pair:
    """The question as the record that judges and people know; its id follows from its content."""
    instruction_id = content_id("ins", [_texts(question.prompt), question.reference])
    a, b = question.answers
    return Pair(
        instruction_id=instruction_id,
        a_id=content_id("cmp", [instruction_id, _texts(a)]),
        b_id=content_id("cmp", [instruction_id, _texts(b)]),
        prompt=question.prompt,
        a=a,
        b=b,
        domain=question.domain,
    )


def _texts(messages: Messages) -> list[list[str]]:
    return [[message.role, message.content] for message in messages]


def _read(judgment: Judgment) -> Scored:
    if judgment.score is None:
        return unscored(judgment, judgment.cost_tokens)
    return Scored(
        score=judgment.score,
        probability=judgment.score,
        verdict=judgment.verdict,
        reason=judgment.rationale,
        tokens=judgment.cost_tokens,
        flipped=judgment.flipped,
        position_bias=judgment.position_bias,
        confidence=judgment.p,
    )
