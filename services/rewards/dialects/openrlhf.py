"""OpenRLHF's remote reward model.

    --remote_rm_url http://x:ing_...@host:8403/v1/rewards/openrlhf?judge=answer

Its client (openrlhf/utils/remote_rm_utils.py) posts `{"query", "prompts", "labels"}`, three lists
of texts, without any header; a query is the prompt as the template wrote it and what the policy
went on with. It reads `rewards`, and where there are any `scores` (0 to 1, for dynamic filtering)
and `extra_logs`.

An item without a score is null in both, and 1 in `extra_logs.unscored`. Clients that make a tensor
of `rewards` at once fail on a null; for those `?unscored=-1` names the number to put in its place.
"""

import re
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import ConfigDict, Field, ValidationError, model_validator

from ingot.errors import OrderError
from ingot.orders.read import order_error
from ingot.records import Model
from services.rewards.config import MAX_ITEMS
from services.rewards.items import Entry, read_reward, rewards_of
from services.rewards.judge import Judge
from services.rewards.reception import CLIENT_LEFT, AtReception, read_body
from services.rewards.run import Row
from services.web.problems import responses

router = APIRouter(
    prefix="/v1/rewards", tags=["rewards"], responses=responses(400, 401, 403, 413, 422, 429, 503)
)
_ENDS = re.compile(r"(?:\s*(?:<\|[^<>|\n]{1,40}\|>|</s>|<eos>|<end_of_turn>|<pad>))+\s*\Z")
"""Tokens that end a turn or fill a batch: the client leaves them in the query."""
NOT_THERE = "the query does not contain its prompt"


class Queries(Model):
    """What the client sends."""

    model_config = ConfigDict(extra="ignore")

    query: tuple[str, ...] = Field(min_length=1, max_length=MAX_ITEMS)
    prompts: tuple[str, ...] | None = None
    """null or missing from old clients; then a query counts as the whole completion."""
    labels: tuple[Any, ...] | None = None
    """The references."""

    @model_validator(mode="after")
    def _one_each(self) -> "Queries":
        for name, values in (("prompts", self.prompts), ("labels", self.labels)):
            if values is not None and len(values) != len(self.query):
                raise ValueError(f"{len(values)} {name} for {len(self.query)} queries")
        return self


@router.post(
    "/openrlhf",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": Queries.model_json_schema()}},
        }
    },
)
async def score(
    reception: AtReception,
    judge: str,
    unscored: Annotated[float | None, Query(allow_inf_nan=False)] = None,
) -> Response:
    """Score in OpenRLHF's form."""
    try:
        queries = Queries.model_validate(await read_body(reception.request))
    except ValidationError as error:
        raise order_error(error) from error
    chosen = reception.judge(judge)
    if 1 not in chosen.arity:
        raise OrderError(f"judge {judge!r} compares: OpenRLHF asks of one at a time", "judge")
    run = reception.start(chosen, _items(queries), _read, rewards_of, forward=False)
    if (rows := await reception.collect(run)) is None:
        return Response(status_code=CLIENT_LEFT)
    headers = reception.limiter.headers(reception.who.key_prefix)
    return Response(
        orjson.dumps(_answer(rows, unscored)), media_type="application/json", headers=headers
    )


def completion_in(query: str, prompt: str) -> str | None:
    """What follows the prompt, without the tokens that end it; None where the prompt is not there.

    A tokenizer may have put a token before the prompt, so it is looked for, not expected first.
    """
    _, found, completion = query.partition(prompt) if prompt else ("", "all", query)
    return _ENDS.sub("", completion) if found else None


def _items(queries: Queries) -> tuple[dict[str, Any], ...]:
    prompts = queries.prompts or ("",) * len(queries.query)
    labels = queries.labels or ("",) * len(queries.query)
    return tuple(
        {"prompt": prompt, "completion": completion_in(query, prompt), "reference": _text(label)}
        for query, prompt, label in zip(queries.query, prompts, labels, strict=True)
    )


def _text(label: Any) -> str:
    if isinstance(label, str):
        return label
    return "" if label is None else orjson.dumps(label).decode()


def _read(index: int, item: Any, judge: Judge) -> Entry:
    if item["completion"] is None:
        return Entry(index, "", failure=NOT_THERE)
    data = {
        "prompt": item["prompt"],
        "completions": [item["completion"]],
        "reference": item["reference"],
    }
    return read_reward(index, data, judge)


def _answer(rows: list[Row], unscored: float | None) -> dict[str, Any]:
    rewards = [reward_of(row) for row in rows]
    scores = [_score(reward) for reward in rewards]
    missing = [reward["score"] is None for reward in rewards]
    return {
        "rewards": [unscored if r["score"] is None else r["score"] for r in rewards],
        "scores": [unscored if lost else s for s, lost in zip(scores, missing, strict=True)],
        "extra_logs": {
            "unscored": [float(lost) for lost in missing],
            "judge_tokens": [float(reward["tokens"]) for reward in rewards],
        },
    }


def reward_of(row: Row) -> dict[str, Any]:
    """The one reward of an item; an item that could not be read is a failure without a score."""
    if row["completions"]:
        only: dict[str, Any] = row["completions"][0]
        return only
    return {
        "score": None,
        "probability": None,
        "verdict": "",
        "reason": "",
        "abstained_because": None,
        "failure": row["failure"],
        "tokens": 0,
    }


def _score(reward: dict[str, Any]) -> float | None:
    """From 0 to 1 where the judge estimates a probability."""
    probability: float | None = reward["probability"]
    return reward["score"] if probability is None else probability
