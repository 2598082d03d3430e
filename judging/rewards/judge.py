"""Judges that ask a reward model: one of single answers, one of pairs, and lists in order.

A reward is a `Judgment` of kind 'reward': `score` is the reward itself, of a pair the lead of A,
and `p` what the lead is worth (`probability`). A conversation that stands in several pairs is
scored once. What could not be scored has no score, no `p` and its cause as the rationale.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingot.records import JudgeKind, Judgment, Message, Pair, Provenance, Ranking
from judging.judges.base import Answered, Progress
from judging.rewards.base import Conversation, Reward, RewardModel
from judging.rewards.probability import BradleyTerry

PORTION = 4_096
"""Conversations between two reports of progress."""


class RewardJudge:
    """Scores single answers: a `judging.judges.base.Judge` of `Answered`."""

    def __init__(self, model: RewardModel) -> None:
        self.model = model

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    async def judge(
        self, items: Sequence[Answered], on_progress: Progress | None = None
    ) -> list[Judgment]:
        """One judgment each, with verdict 'scored': a reward alone is neither right nor wrong."""
        rewards = await score_all(
            self.model, [(*item.prompt, *item.answer) for item in items], on_progress
        )
        return [
            _of_answer(self.name, item.id, reward, item.provenance)
            for item, reward in zip(items, rewards, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class PairRewards:
    """What a reward model says of pairs, and of each of their answers."""

    pairs: list[Judgment]
    """One for each pair, in their order."""
    answers: list[Judgment]
    """One for each answer in them, by its id; training that weighs margins needs both scores."""


class RewardPairJudge:
    """Judges pairs by their lead: a `judging.judges.base.Judge` of `Pair`."""

    def __init__(self, model: RewardModel, scale: BradleyTerry | None = None) -> None:
        """`scale` is fitted to labels of the task by `fit_temperature`; without it T is 1."""
        self.model, self.scale = model, scale or BradleyTerry()

    @property
    def name(self) -> str:
        """Another model or temperature is another judge: its `p` means something else."""
        return f"{self.model.name}/T{self.scale.temperature:.6g}"

    async def judge(
        self, pairs: Sequence[Pair], on_progress: Progress | None = None
    ) -> list[Judgment]:
        """One judgment for each pair, in the pairs' order."""
        return (await self.judge_both(pairs, on_progress)).pairs

    async def judge_both(
        self, pairs: Sequence[Pair], on_progress: Progress | None = None
    ) -> PairRewards:
        """The pairs' judgments, and the answers' own."""
        sides = [(pair, answer) for pair in pairs for answer in (pair.a, pair.b)]
        rewards = await score_all(
            self.model, [(*pair.prompt, *answer) for pair, answer in sides], on_progress
        )
        ids = [answer_id for pair in pairs for answer_id in (pair.a_id, pair.b_id)]
        answers: dict[str, Judgment] = {}
        for answer_id, (pair, _), reward in zip(ids, sides, rewards, strict=True):
            if answer_id not in answers:
                source = pair.provenance
                answers[answer_id] = _of_answer(self.model.name, answer_id, reward, source)
        leads = zip(pairs, rewards[::2], rewards[1::2], strict=True)
        return PairRewards([self._of_pair(*lead) for lead in leads], [*answers.values()])

    def _of_pair(self, pair: Pair, a: Reward, b: Reward) -> Judgment:
        tokens = a.tokens + b.tokens
        if a.score is None or b.score is None:
            why = f"A: {a.failure}" if a.score is None else f"B: {b.failure}"
            return _judgment(self.name, pair.id, pair.provenance, "", why, tokens)
        lead = a.score - b.score
        p = self.scale.p(abs(lead)) if lead else None  # of a tie nothing is estimated
        verdict = "A" if lead > 0 else "B" if lead < 0 else "tie"
        said = f"rewards {a.score:.6g} and {b.score:.6g}"
        return _judgment(
            self.name, pair.id, pair.provenance, verdict, said, tokens, lead, p, "preference"
        )


async def rank(
    model: RewardModel,
    prompt: Sequence[Message],
    answers: Sequence[Answered],
    scale: BradleyTerry | None = None,
) -> Ranking | None:
    """Answers to one prompt, the best first; equal rewards share a rank.

    Answers without a reward are left out, since a failure says nothing of an answer's worth; None
    where fewer than two are left. `confidence` is the chance of the first to be the best of all.
    """
    conversations = [(*prompt, *item.answer) for item in answers]
    rewards = await score_all(model, conversations)
    scored = [
        (r.score, item) for r, item in zip(rewards, answers, strict=True) if r.score is not None
    ]
    if len(scored) < 2:
        return None
    scored.sort(key=lambda entry: -entry[0])
    scores = [score for score, _ in scored]
    return Ranking(
        prompt=tuple(prompt),
        completions=tuple(item.answer[-1].content for _, item in scored),
        ranks=tuple(1 + scores.index(score) for score in scores),
        scores=tuple(scores),
        completion_ids=tuple(item.id for _, item in scored),
        source=JudgeKind.REWARD,
        confidence=(scale or BradleyTerry()).p_best(scores)[0],
        provenance=Provenance(judge=model.name, parents=tuple(item.id for _, item in scored)),
    )


async def score_all(
    model: RewardModel, conversations: Iterable[Conversation], on_progress: Progress | None = None
) -> list[Reward]:
    """One reward for each conversation, in their order; equal conversations are scored once."""
    asked = [tuple(conversation) for conversation in conversations]
    once = list(dict.fromkeys(asked))
    rewards: dict[tuple[Message, ...], Reward] = {}
    for start in range(0, len(once), PORTION):
        portion = once[start : start + PORTION]
        rewards |= zip(portion, await model.score(portion), strict=True)
        if on_progress:
            on_progress(len(rewards), len(once))
    return [rewards[conversation] for conversation in asked]


def _of_answer(judge: str, answer_id: str, reward: Reward, source: Provenance) -> Judgment:
    verdict = "" if reward.score is None else "scored"
    return _judgment(judge, answer_id, source, verdict, reward.failure, reward.tokens, reward.score)


def _judgment(
    judge: str,
    subject_id: str,
    source: Provenance,
    verdict: str,
    rationale: str,
    tokens: int,
    score: float | None = None,
    p: float | None = None,
    criterion: str = "reward",
) -> Judgment:
    return Judgment(
        subject_id=subject_id,
        kind=JudgeKind.REWARD,
        judge=judge,
        criterion=criterion,
        verdict=verdict,
        p=p,
        score=score,
        rationale=rationale,
        cost_tokens=tokens,
        provenance=Provenance(
            order_id=source.order_id,
            batch_id=source.batch_id,
            model=judge,
            judge=judge,
            parents=(subject_id,),
        ),
    )
