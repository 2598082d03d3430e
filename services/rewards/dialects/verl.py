"""verl's reward functions: what `compute_score` is called with, posted as it is.

verl (verl/experimental/reward_loop/reward_manager) calls `compute_score(data_source, solution_str,
ground_truth, extra_info)` for each sample and takes a number or a dict whose `score` is the reward;
the other entries go into its logs, so every answer has the same ones. One object is answered by one
object, a list by a list.

An item without a score has `"score": null` and `"unscored": 1`. verl itself needs a number: leave
such samples out in your `compute_score`, or let `?unscored=-1` put a number of yours in its place.
"""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import ConfigDict, ValidationError

from ingot.errors import OrderError
from ingot.records import Model
from services.rewards.config import MAX_ITEMS
from services.rewards.dialects.openrlhf import reward_of
from services.rewards.items import Entry, read_reward, rewards_of
from services.rewards.judge import Judge
from services.rewards.reception import CLIENT_LEFT, AtReception, read_body
from services.rewards.run import Row
from services.web.problems import responses

router = APIRouter(
    prefix="/v1/rewards", tags=["rewards"], responses=responses(400, 401, 403, 413, 422, 429, 503)
)


class Sample(Model):
    """The arguments of `compute_score`."""

    model_config = ConfigDict(extra="ignore")

    data_source: str = ""
    """The set that it is from; its domain."""
    solution_str: str
    """The completion."""
    ground_truth: Any = ""
    """The reference: a text, or anything in JSON."""
    extra_info: dict[str, Any] | None = None
    """`prompt` or `question`, where it holds one, is the prompt; `verifier` names the program."""


_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "oneOf": [
                    Sample.model_json_schema(),
                    {"type": "array", "items": Sample.model_json_schema(), "maxItems": MAX_ITEMS},
                ]
            }
        }
    },
}


@router.post("/verl", openapi_extra={"requestBody": _BODY})
async def score(
    reception: AtReception,
    judge: str,
    unscored: Annotated[float | None, Query(allow_inf_nan=False)] = None,
) -> Response:
    """Score in verl's form."""
    data = await read_body(reception.request)
    samples = tuple(data) if isinstance(data, list) else (data,)
    if not 1 <= len(samples) <= MAX_ITEMS:
        raise OrderError(f"{len(samples)} samples: send 1 to {MAX_ITEMS}")
    chosen = reception.judge(judge)
    if 1 not in chosen.arity:
        raise OrderError(f"judge {judge!r} compares: verl asks of one at a time", "judge")
    run = reception.start(chosen, samples, _read, rewards_of, forward=False)
    if (rows := await reception.collect(run)) is None:
        return Response(status_code=CLIENT_LEFT)
    answers = [_answer(row, unscored) for row in rows]
    headers = reception.limiter.headers(reception.who.key_prefix)
    content = orjson.dumps(answers if isinstance(data, list) else answers[0])
    return Response(content, media_type="application/json", headers=headers)


def _read(index: int, data: Any, judge: Judge) -> Entry:
    try:
        sample = Sample.model_validate(data)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        return Entry(index, "", failure=f"{place or 'sample'}: {fault['msg']}"[:500])
    extra = sample.extra_info or {}
    item = {
        "prompt": next((extra[key] for key in ("prompt", "question") if extra.get(key)), ""),
        "completions": [sample.solution_str],
        "reference": _text(sample.ground_truth),
        "domain": sample.data_source,
    }
    if isinstance(extra.get("verifier"), str):
        item["verifier"] = extra["verifier"]
    return read_reward(index, item, judge)


def _text(truth: Any) -> str:
    if isinstance(truth, str):
        return truth
    return "" if truth is None else orjson.dumps(truth).decode()


def _answer(row: Row, unscored: float | None) -> dict[str, Any]:
    """Numbers for the logs, and two texts to look at."""
    reward = reward_of(row)
    missing = reward["score"] is None
    return {
        "score": unscored if missing else reward["score"],
        "unscored": int(missing),
        "verdict": reward["verdict"],
        "reason": reward["failure"] or reward["reason"],
    }
