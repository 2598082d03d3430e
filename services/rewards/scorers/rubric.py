"""The rubric judge: how good is one answer by the criteria of a rubric."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingot.errors import OrderError
from ingot.records import Judgment, content_id
from judging.judges.base import Answered
from judging.judges.pointwise import OVERALL, RubricJudge
from judging.judges.rubric import Rubric
from services.rewards.scorer import ONE, Question, Scored, unscored


@dataclass(frozen=True, slots=True)
class RubricScorer:
    """A rubric judge at the seam of this service; of several criteria their overall score counts.

    The probability is there where the rubric's one question has two choices that score 0 and 1:
    then the expected score is the probability of the better one.
    """

    judge: RubricJudge
    lane: str
    arity: frozenset[int] = ONE
    batch: int = 1

    @property
    def name(self) -> str:
        """The judge's own name."""
        return self.judge.name

    @property
    def weight(self) -> int:
        """All criteria are asked at once, each so many times."""
        return len(self.judge.rubric.criteria) * self.judge.asker.samples

    async def score(self, questions: Sequence[Question]) -> list[Scored]:
        """Judge the answers; raises ModelError where the engine is gone."""
        judgments = await self.judge.judge([_answered(question) for question in questions])
        each = len(judgments) // max(1, len(questions))
        return [
            self._read(judgments[place * each : (place + 1) * each])
            for place in range(len(questions))
        ]

    def _read(self, judgments: Sequence[Judgment]) -> Scored:
        """The last judgment is the overall one, or the only one."""
        found, tokens = judgments[-1], sum(judgment.cost_tokens for judgment in judgments)
        if found.score is None:
            return unscored(found, tokens)
        return Scored(
            score=found.score,
            probability=found.score if _is_yes_or_no(self.judge.rubric) else None,
            verdict=found.verdict,
            reason=found.rationale or _told(judgments),
            tokens=tokens,
            confidence=found.p,
        )


def require_one_score(rubric: Rubric) -> None:
    """Raises OrderError for a rubric whose criteria do not come to one score."""
    if len(rubric.criteria) > 1 and rubric.overall == "none":
        raise OrderError(
            f"rubric {rubric.name!r} has {len(rubric.criteria)} criteria and no overall score: "
            "set its `overall` to sum or min"
        )


def _answered(question: Question) -> Answered:
    turns = [[(m.role, m.content) for m in text] for text in (question.prompt, *question.answers)]
    return Answered(
        id=content_id("cmp", [turns, question.reference]),
        prompt=question.prompt,
        answer=question.answers[0],
        reference=question.reference,
    )


def _is_yes_or_no(rubric: Rubric) -> bool:
    return len(rubric.criteria) == 1 and rubric.criteria[0].scores == (0, 1)


def _told(judgments: Sequence[Judgment]) -> str:
    """Each criterion's verdict, where the overall one gives no reason of its own."""
    told = (f"{each.criterion} {each.verdict}" for each in judgments if each.criterion != OVERALL)
    return ", ".join(told)
