"""REST for labs that train by reinforcement, under /v1."""

from typing import Any

from fastapi import APIRouter, HTTPException, Response

from ingot.records import Model
from services.accounts.access import Transaction
from services.rewards import people
from services.rewards.items import comparisons_of, read_preference, read_reward, rewards_of
from services.rewards.reception import NDJSON, AtReception, read_asked, read_body
from services.rewards.schemas import (
    JudgeLine,
    JudgeList,
    PreferenceResult,
    PreferencesIn,
    PreferencesOut,
    RewardResult,
    RewardsIn,
    RewardsOut,
    TaskView,
)
from services.web.problems import responses

router = APIRouter(
    prefix="/v1", tags=["rewards"], responses=responses(400, 401, 403, 413, 422, 429, 503)
)


def _in(model: type[Model]) -> dict[str, Any]:
    """Document a body that is read by hand, so that one bad item does not refuse the others."""
    content = {"application/json": {"schema": model.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}


def _lines_of(model: type[Model]) -> dict[int | str, dict[str, Any]]:
    """Document the response line by line beside the whole one."""
    return {200: {"content": {NDJSON: {"schema": model.model_json_schema()}}}}


@router.post(
    "/rewards",
    response_model=RewardsOut,
    responses=_lines_of(RewardResult),
    openapi_extra=_in(RewardsIn),
)
async def score(reception: AtReception) -> Response:
    """Score completions. With `Accept: application/x-ndjson` each item comes once it is done."""
    asked = read_asked(await read_body(reception.request))
    return await reception.answer(asked, read_reward, rewards_of)


@router.post(
    "/preferences",
    response_model=PreferencesOut,
    responses=_lines_of(PreferenceResult),
    openapi_extra=_in(PreferencesIn),
)
async def compare(reception: AtReception) -> Response:
    """Compare every two completions of an item, in the same two forms."""
    asked = read_asked(await read_body(reception.request))
    return await reception.answer(asked, read_preference, comparisons_of, answers=2)


@router.get("/rewards/judges", response_model=JudgeList)
async def list_judges(reception: AtReception) -> JudgeList:
    """The judges that this service has."""
    return JudgeList(
        judges=tuple(
            JudgeLine(
                name=judge.name,
                kind=judge.kind,
                answers=tuple(sorted(judge.arity)),
                calibration_ids=tuple(judge.calibration_ids),
            )
            for judge in reception.bench.judges.values()
        )
    )


@router.get("/rewards/tasks/{task_id}", response_model=TaskView, responses=responses(404))
async def get_task(task_id: str, reception: AtReception, conn: Transaction) -> TaskView:
    """What people said of a question that a judge abstained from."""
    task = await people.find_task(conn, reception.who.tenant_id, task_id)
    if task is None:
        raise HTTPException(404, f"there is no task {task_id!r} among yours: check the id")
    return task
