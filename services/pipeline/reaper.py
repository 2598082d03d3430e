"""What a killed worker leaves behind: flow runs that would stay `Running` for ever.

Nobody else marks them, since flows run in the worker itself. Whoever claims a batch's event again
holds the batch's lock, so every run of that batch that still looks alive is dead. That needs no
clock and never touches a run of another worker.
"""

import logging

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterName,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import State, StateType
from prefect.exceptions import PrefectException
from prefect.states import Crashed

logger = logging.getLogger(__name__)
UNFINISHED = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


async def mark_crashed(batch_id: str) -> int:
    """Mark the unfinished flow runs of a batch as crashed; gives their number.

    Call it with the batch's event claimed and before its flow starts. Where Prefect refuses, that
    is logged and the work goes on: the runs are for people to look at, nothing rests on them.
    """
    unfinished = FlowRunFilter(
        name=FlowRunFilterName(like_=batch_id),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=UNFINISHED)),
    )
    crashed: State[None] = Crashed(
        message="the worker was killed; the batch goes on in another run"
    )
    try:
        async with get_client() as client:
            runs = await client.read_flow_runs(flow_run_filter=unfinished)
            for run in runs:
                await client.set_flow_run_state(run.id, crashed, force=True)
    except (httpx.HTTPError, PrefectException) as error:
        logger.warning("could not mark the runs of a killed worker: %s", error)
        return 0
    return len(runs)
