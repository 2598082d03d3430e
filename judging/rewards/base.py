"""What a reward model is to the rest: conversations in, one number each out, or the reason why not.

A number of a reward model has neither zero nor unit: only differences within one model and one
prompt mean anything. `probability` turns them into chances. A failure is never a number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from types import TracebackType
from typing import Protocol, Self

from ingot.records import Message

Conversation = Sequence[Message]
"""A prompt's turns and the answer that is to be scored, in one list."""


@dataclass(frozen=True, slots=True)
class Reward:
    """What came back for one conversation."""

    score: float | None
    """The reward, higher is better; None with a `failure`."""
    failure: str = ""
    tokens: int = 0
    """Tokens that the model read."""


class RewardModel(Protocol):
    """A model that gives rewards; used as `async with model:`."""

    @property
    def name(self) -> str:
        """The model in all records, its weights and heads included; known once it is started."""
        ...

    async def score(self, conversations: Sequence[Conversation]) -> list[Reward]:
        """One reward each, in their order; raises ModelError only when the model itself is gone."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


def reward_of(logits: Sequence[float], weights: Sequence[float], tokens: int = 0) -> Reward:
    """One reward out of a model's heads.

    `weights` has one number per head: a model of several attributes is read by their weighted sum,
    as Nemotron-4-340B-Reward is (helpfulness .3, correctness .74, coherence .46, complexity .47,
    verbosity -.33; its model card), or by a single 1 among zeros. Empty: the model has one head.
    """
    chosen = tuple(weights) or (1.0,)
    if len(chosen) != len(logits):
        wanted = f"give one weight for each of the model's {len(logits)} heads"
        return Reward(None, f"{len(chosen)} weights of heads: {wanted}", tokens)
    score = sum(w * x for w, x in zip(chosen, logits, strict=True) if w)
    if not isfinite(score):
        return Reward(None, f"the model answered {score}, which is no reward", tokens)
    return Reward(score, tokens=tokens)
