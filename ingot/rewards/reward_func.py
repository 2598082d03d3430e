"""A judge as the reward function of a trainer.

TRL's GRPO and RLOO trainers (1.16) call `f(prompts=, completions=, completion_ids=, **columns)`
with lists of equal length: every column of the data set, and `trainer_state`, `log_metric` and
`log_extra`. Prompts and completions are texts, or lists of messages where the data set is
conversational. They take one number for each completion; None leaves it to other functions, and
where there are none out of the group's mean.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson

from ingot.rewards.client import Item, RewardClient

logger = logging.getLogger(__name__)

RewardFunc = Callable[..., list[float | None]]
AsyncRewardFunc = Callable[..., Awaitable[list[float | None]]]
COLUMNS: Mapping[str, str] = {"reference": "reference", "verifier": "verifier", "domain": "domain"}
"""Fields of an item, and the columns of the data set that hold them."""
LARGEST_GROUP = 64
"""Completions of one item."""


def reward_func(
    client: RewardClient,
    *,
    judge: str,
    columns: Mapping[str, str] | None = None,
    forward_abstained: bool = False,
) -> RewardFunc:
    """A function for `reward_funcs`: one score or None for each completion.

    `columns` says where the data set holds `reference`, `verifier` and `domain`, where that is not
    under these names. Completions of one prompt that follow each other are one item, so judges that
    compare see the whole group. Raises IngotError where the service cannot be reached: to go on
    without rewards would be no training.
    """
    places = {**COLUMNS, **(columns or {})}

    def score(
        prompts: Sequence[Any], completions: Sequence[Any], **others: Any
    ) -> list[float | None]:
        items = _group(prompts, completions, places, others)
        results = client.rewards(judge, items, forward_abstained=forward_abstained)
        rewards = [
            reward
            for item, result in zip(items, results, strict=True)
            for reward in _rewards(item, result)
        ]
        _report(judge, rewards, others)
        return [reward["score"] for reward in rewards]

    score.__name__ = f"ingot_{judge}"
    return score


def async_reward_func(
    client: RewardClient,
    *,
    judge: str,
    columns: Mapping[str, str] | None = None,
    forward_abstained: bool = False,
) -> AsyncRewardFunc:
    """The same as a coroutine: a trainer runs it beside its other functions."""
    blocking = reward_func(
        client, judge=judge, columns=columns, forward_abstained=forward_abstained
    )

    async def score(
        prompts: Sequence[Any], completions: Sequence[Any], **others: Any
    ) -> list[float | None]:
        return await asyncio.to_thread(blocking, prompts, completions, **others)

    score.__name__ = f"ingot_{judge}"
    return score


def _group(
    prompts: Sequence[Any],
    completions: Sequence[Any],
    places: Mapping[str, str],
    others: Mapping[str, Any],
) -> list[Item]:
    """Completions that follow each other and share all the rest become one item."""
    items: list[Item] = []
    for place, (prompt, completion) in enumerate(zip(prompts, completions, strict=True)):
        shared: Item = {"prompt": _said(prompt)}
        for field, column in places.items():
            values = others.get(column)
            if values is not None and values[place] is not None:
                shared[field] = _text(values[place])
        last = items[-1] if items else {}
        if all(last.get(key) == shared.get(key) for key in ("prompt", *places)) and (
            len(last["completions"]) < LARGEST_GROUP
        ):
            last["completions"].append(_said(completion))
        else:
            items.append({**shared, "completions": [_said(completion)]})
    return items


def _said(value: Any) -> Any:
    """A text as it is, messages with the role and the text that judges look at."""
    if isinstance(value, str):
        return value
    return [{"role": turn["role"], "content": _content(turn.get("content"))} for turn in value]


def _content(content: Any) -> str:
    """A turn may consist of blocks, or of tool calls alone."""
    if isinstance(content, list):
        return "".join(str(block.get("text", "")) for block in content)
    return content or ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _rewards(item: Item, result: Item) -> list[Item]:
    """One for each completion, also where the item could not be read at all."""
    if result["failure"] is None:
        found: list[Item] = result["completions"]
        return found
    lost = {"score": None, "verdict": "", "failure": result["failure"]}
    return [lost] * len(item["completions"])


def _report(judge: str, rewards: Sequence[Item], others: Mapping[str, Any]) -> None:
    """Tell the trainer what the scores alone do not say."""
    failures = [reward["failure"] for reward in rewards if reward["failure"]]
    if failures:
        logger.warning(
            "rewards failed judge=%s failed=%d of=%d first=%s",
            *(judge, len(failures), len(rewards), failures[0]),
        )
    if (log_metric := others.get("log_metric")) is not None:
        unscored = sum(reward["score"] is None for reward in rewards)
        log_metric(f"ingot_{judge}/unscored", unscored / max(1, len(rewards)))
    if (log_extra := others.get("log_extra")) is not None:
        log_extra(f"ingot_{judge}_verdict", [reward["verdict"] for reward in rewards])
