"""The judge's promise is watched upon every audited answer, over all batches of an order."""

from typing import Any

from carrying import (
    Decide,
    answer_one,
    brought,
    carry,
    drain,
    knowing,
    place,
    read,
    sums,
    topics,
)

from ingot.orders import BatchState
from ingot.records import Judgment
from services.database import outbox
from services.database.pool import connect, transaction
from services.ordering import repository
from services.pipeline import audit, flows, worker
from services.pipeline.house import House, current
from services.pipeline.judge import names_of, read_judged

CONTRARY = {"A": "B", "B": "A", "tie": "tie"}
GUARANTEE = {"agreement": 0.6, "confidence": 0.6, "calibration_items": 12, "audit_share": 0.5}


def contrary(people: Decide) -> Decide:
    """People who see everything the other way round."""

    def decide(task: dict[str, Any]) -> str:
        return CONTRARY[people(task)]

    return decide


async def begin(house: House, count: int = 40) -> tuple[str, Decide]:
    """A batch in review whose judge was certified on good answers."""
    batch_id = await place(house, brought(house, sums(count), verifier="", guarantee=GUARANTEE))
    await to_review(house, batch_id)
    return batch_id, await knowing(house, batch_id)


async def to_review(house: House, batch_id: str) -> None:
    await drain(house)
    people = await knowing(house, batch_id)
    while (await read(house, batch_id)).state is BatchState.CALIBRATING:
        while await answer_one(house, people):
            pass
        await drain(house)


async def another_batch(house: House, first: str, seq: int) -> str:
    """Another batch of the same order, over the same rows, up to its calibration."""
    order_id = (await read(house, first)).order_id
    async with transaction(house.pool) as conn:
        new = (await repository.add_batch(conn, order_id, seq))["id"]
        await outbox.publish(conn, "batch.planned", new, {})
    await drain(house)
    assert (await read(house, new)).state is BatchState.CALIBRATING
    return new


async def answer_until_alarm(house: House, batch_id: str, decide: Decide) -> int:
    """Answer one task at a time, the worker following; gives how many the alarm took."""
    for answered in range(1, 100):
        assert await answer_one(house, decide)
        await drain(house)
        if (await read(house, batch_id)).summary.get("judge_revoked"):
            return answered
    raise AssertionError("no alarm in 100 answers")


async def rows(house: House, sql: str, *values: object) -> list[dict[str, Any]]:
    async with transaction(house.pool) as conn:
        return await (await conn.execute(sql, values)).fetchall()


async def test_the_answer_that_breaks_the_promise_stops_the_judge_at_once(house: House) -> None:
    batch_id, people = await begin(house)
    before = await read(house, batch_id)
    assert before.summary["auto_accepted"] > 0
    answered = await answer_until_alarm(house, batch_id, contrary(people))
    after = await read(house, batch_id)
    assert answered < before.tasks_open  # the audit was not over
    assert after.tasks_open == before.tasks_open - answered + before.summary["auto_accepted"]
    [alarm] = await rows(house, "SELECT * FROM promise_alarm")
    assert (alarm["cause"], alarm["scope"], alarm["batch_id"]) == ("audit", "order", batch_id)
    assert 1 < alarm["items"] <= answered
    batch = await carry(house, batch_id, people)
    assert batch.summary["audit_alarm_items"] == alarm["items"]
    assert batch.summary["decided_by"].keys() == {"person"}


async def test_every_audited_answer_but_the_last_of_all_publishes_one_event(house: House) -> None:
    batch_id, people = await begin(house)
    [audited] = await rows(house, "SELECT count(*) AS n FROM review_task WHERE purpose = 'audit'")
    while await answer_one(house, people):
        pass
    await drain(house)
    batch = await read(house, batch_id)
    said = await topics(house, batch_id)
    assert said.count("batch.audited") in (audited["n"], audited["n"] - 1)
    assert batch.state is BatchState.DELIVERED
    summary = batch.summary
    assert not summary["audit_alarm"]
    assert summary["audit_agreement"]["n"] == audited["n"]
    assert summary["audit_agreement"]["accepted"] == audited["n"] + summary["auto_accepted"]
    assert [delay["disagreement"] for delay in summary["audit_detects"]] == [0.5, 0.6]
    assert {check["verdict"] for check in summary["drift"]} == {"stable"}
    assert summary["decided_by"]["judge"] == summary["auto_accepted"] > 0


async def test_an_alarm_of_one_batch_stops_the_others_of_its_order(house: House) -> None:
    first = await place(house, brought(house, sums(40), verifier="", guarantee=GUARANTEE))
    await drain(house)
    second = await another_batch(house, first, 2)
    await to_review(house, second)  # both, since only their calibration is asked
    assert (await read(house, second)).summary["auto_accepted"] > 0
    third = await another_batch(house, first, 3)
    people = await knowing(house, first)
    await answer_until_alarm(house, first, contrary(people))
    await drain(house)
    revoked = await read(house, second)
    assert (revoked.summary["judge_revoked"], revoked.summary["auto_accepted"]) == ("audit", 0)
    await to_review(house, third)
    late = await read(house, third)
    assert (late.summary["auto_accepted"], late.summary["to_people"]) == (0, 40)


async def test_a_batch_calibrated_after_the_alarm_trusts_the_judge_again(house: House) -> None:
    first, people = await begin(house)
    await answer_until_alarm(house, first, contrary(people))
    await carry(house, first, people)
    second = await another_batch(house, first, 2)
    await to_review(house, second)
    batch = await read(house, second)
    assert "judge_revoked" not in batch.summary
    assert batch.summary["auto_accepted"] > 0
    delivered = await carry(house, second, people)
    assert not delivered.summary["audit_alarm"]
    assert delivered.summary["audit_order"]["batches"] == 1  # a test of its own


async def test_a_worker_killed_in_the_middle_revokes_once(house: House, monkeypatch: Any) -> None:
    batch_id, people = await begin(house)
    revoke, wrong = audit._revoke, contrary(people)

    async def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(audit, "_revoke", killed)
    url = house.settings.database_url.get_secret_value()
    current.set(house)
    while not await rows(house, "SELECT 1 FROM promise_alarm"):
        assert await answer_one(house, wrong)
        async with await connect(url) as conn:  # its connection ends without `finish`
            event = await outbox.claim(conn)
            if event is not None and event.topic == "batch.audited":
                try:
                    await worker.handle(house, conn, event)
                except KeyboardInterrupt:
                    break
    monkeypatch.setattr(audit, "_revoke", revoke)
    assert "judge_revoked" not in (await read(house, batch_id)).summary
    await drain(house)
    once = await read(house, batch_id)
    assert once.summary["judge_revoked"] == "audit"
    for again in (audit.watch(house, once), flows.watch(batch_id)):
        await again
    assert await read(house, batch_id) == once
    assert len(await rows(house, "SELECT 1 FROM promise_alarm")) == 1


async def test_a_batch_is_not_delivered_past_an_alarm_that_comes_at_the_last_moment(
    house: House, monkeypatch: Any
) -> None:
    batch_id, people = await begin(house)
    while await answer_one(house, people):
        pass
    watch = audit.watch

    async def alarm_after(house: House, batch: Any) -> None:
        """Another batch's alarm commits right after this one has looked."""
        monkeypatch.setattr(audit, "watch", watch)
        await watch(house, batch)
        await audit._close_epoch(house, batch, 0, "audit", audit.Alarm("order", 7))

    monkeypatch.setattr(audit, "watch", alarm_after)
    await drain(house)
    held = await read(house, batch_id)
    assert held.state is BatchState.IN_REVIEW
    assert (held.summary["judge_revoked"], held.tasks_open > 0) == ("audit", True)
    assert (await carry(house, batch_id, people)).summary["decided_by"].keys() == {"person"}


async def test_a_judge_that_is_another_one_outside_the_sample_is_not_trusted(house: House) -> None:
    guarantee = {**GUARANTEE, "calibration_items": 24}
    batch_id = await place(house, brought(house, sums(70), verifier="", guarantee=guarantee))
    await drain(house)
    batch, people = await read(house, batch_id), await knowing(house, batch_id)
    await blunt_outside_the_sample(house, batch)
    while await answer_one(house, people):
        pass
    await drain(house)
    routed = await read(house, batch_id)
    assert routed.summary["threshold"] is not None
    assert (routed.summary["judge_revoked"], routed.summary["auto_accepted"]) == ("drift", 0)
    found = [check for check in routed.summary["drift"] if check["verdict"] == "drifting"]
    assert "confidence in the batch" in [check["name"] for check in found]


async def blunt_outside_the_sample(house: House, batch: Any) -> None:
    """The rest was judged by one who is never as sure."""
    asked = await rows(house, "SELECT item_id FROM review_task WHERE batch_id = %s", batch.id)
    sample = {row["item_id"] for row in asked}
    judgments = [
        judgment
        if judgment.subject_id in sample
        else Judgment.model_validate(
            judgment.model_dump(exclude={"id"}) | {"p": 0.5 + (judgment.p - 0.5) * 0.9}
        )
        for judgment in read_judged(house.store, batch).judgments
    ]
    house.store.write(names_of(batch).judgments, Judgment, judgments)
