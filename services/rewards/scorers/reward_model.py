"""A reward model: a number for one answer, and for two what their difference is worth."""

from collections.abc import Sequence
from dataclasses import dataclass

from judging.rewards.base import Reward, RewardModel
from judging.rewards.probability import BradleyTerry
from services.rewards.scorer import BOTH, Question, Scored

PORTION = 64
"""Questions that travel together while the model is busy with those before."""


@dataclass(frozen=True, slots=True)
class RewardModelScorer:
    """A reward model at the seam of this service."""

    model: RewardModel
    scale: BradleyTerry
    lane: str
    arity: frozenset[int] = BOTH
    weight: int = 1
    batch: int = PORTION

    @property
    def name(self) -> str:
        """Another model or temperature is another judge."""
        return f"{self.model.name}/T{self.scale.temperature:.6g}"

    async def score(self, questions: Sequence[Question]) -> list[Scored]:
        """One forward pass over all answers; raises ModelError where the model is gone."""
        conversations = [(*q.prompt, *answer) for q in questions for answer in q.answers]
        rewards = iter(await self.model.score(conversations))
        return [self._read([next(rewards) for _ in question.answers]) for question in questions]

    def _read(self, rewards: Sequence[Reward]) -> Scored:
        tokens = sum(reward.tokens for reward in rewards)
        failure = next((reward.failure for reward in rewards if reward.score is None), None)
        if failure is not None:
            return Scored(failure=failure or "the model gave no reward", tokens=tokens)
        a, *others = [reward.score or 0.0 for reward in rewards]
        if not others:
            return Scored(a, verdict="scored", tokens=tokens)
        p_a = self.scale.p(a - others[0])
        return Scored(
            score=p_a,
            probability=p_a,
            verdict="A" if p_a > 0.5 else "B" if p_a < 0.5 else "tie",
            reason=f"rewards {a:.6g} and {others[0]:.6g}",
            tokens=tokens,
            confidence=max(p_a, 1 - p_a),
        )
