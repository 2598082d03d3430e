"""The promise is broken: what the judge accepted goes back to people."""

from typing import Any

from carrying import answer_open, brought, carry, drain, knowing, place, read, states, sums, topics

from ingot.orders import BatchState
from services.pipeline.house import House

CONTRARY = {"A": "B", "B": "A", "tie": "tie"}


async def test_people_decide_all_of_a_batch_whose_audit_fails(house: House) -> None:
    guarantee = {
        "agreement": 0.6,
        "confidence": 0.6,
        "calibration_items": 12,
        "audit_share": 0.5,
    }
    batch_id = await place(house, brought(house, sums(40), verifier="", guarantee=guarantee))
    await drain(house)
    people = await knowing(house, batch_id)
    assert await answer_open(house, people) == 12
    await drain(house)
    trusted = (await read(house, batch_id)).summary["auto_accepted"]
    assert trusted > 0

    def contradict(task: dict[str, Any]) -> str:
        return CONTRARY[people(task)]

    audited = await answer_open(house, contradict)
    await drain(house)
    sent_back = await read(house, batch_id)
    assert sent_back.state is BatchState.IN_REVIEW
    assert sent_back.tasks_open == trusted == 40 - 12 - audited
    batch = await carry(house, batch_id)
    assert batch.state is BatchState.DELIVERED
    assert batch.summary["audit_alarm"]
    assert batch.summary["auto_accepted"] == 0
    assert (batch.summary["to_people"], batch.summary["human_share"]) == (40, 1.0)
    assert batch.summary["decided_by"] == {"person": 40}
    assert batch.summary["known_right"]["right"] == 40 - audited
    assert (await states(house, batch_id))[-3:] == ["in_review", "assembling", "delivered"]
    assert (await topics(house, batch_id)).count("batch.reviewed") == 2
