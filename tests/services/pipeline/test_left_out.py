"""Items that nobody can answer: asked once, left out, whatever a judge says of them."""

from carrying import LAB, answer_one, brought, carry, drain, knowing, place, read, sums

from ingot.orders import BatchState
from services.database.pool import transaction
from services.pipeline.house import House
from services.review.quality import ending

GUARANTEE = {"agreement": 0.6, "confidence": 0.6, "calibration_items": 12, "audit_share": 0.5}


async def end_one(house: House, purpose: str) -> None:
    """End an open task of this purpose without an answer."""
    async with transaction(house.pool) as conn:
        rows = await conn.execute(
            "SELECT id FROM review_task WHERE state = 'open' AND purpose = %s ORDER BY id LIMIT 1",
            (purpose,),
        )
        [task] = await rows.fetchall()
        await ending.end(conn, LAB, task["id"], "it cannot be read")


async def test_neither_a_sampled_nor_an_audited_item_without_an_answer_is_delivered(
    house: House,
) -> None:
    batch_id = await place(house, brought(house, sums(40), verifier="", guarantee=GUARANTEE))
    await drain(house)
    await end_one(house, "calibration")
    people = await knowing(house, batch_id)
    while await answer_one(house, people):
        pass
    await drain(house)
    routed = await read(house, batch_id)
    assert routed.state is BatchState.IN_REVIEW
    assert routed.summary["auto_accepted"] > 0
    assert routed.summary["calibration_labels"] == 11
    await end_one(house, "audit")
    batch = await carry(house, batch_id)
    assert batch.state is BatchState.DELIVERED
    assert batch.summary["undecided"] == {"no_answer": 2}
    assert sum(batch.summary["decided_by"].values()) == 38


async def test_what_was_given_up_in_the_sample_is_not_asked_again(house: House) -> None:
    batch_id = await place(house, brought(house, sums(6), verifier=""))
    await drain(house)
    await end_one(house, "calibration")
    batch = await carry(house, batch_id)
    assert batch.summary["auto_accepted"] == 0  # too few labels to trust the judge with anything
    assert batch.summary["decided_by"] == {"person": 5}
    assert batch.summary["undecided"] == {"no_answer": 1}
