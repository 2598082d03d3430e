"""What goes wrong is said where the lab sees it, and nothing is lost."""

from typing import Any

import pytest
from carrying import brought, carry, drain, order, place, read, states, sums, topics
from fixtures_s3 import S3Server

from ingot.orders import BatchState
from ingot.settings import Settings
from services.database.pool import transaction
from services.delivery.deliver import verify
from services.ordering import batches
from services.pipeline import worker
from services.pipeline.house import House, open_house


async def fail_in(house: House, state: str, spec: dict[str, Any]) -> str:
    """Carry a batch to its failure in a state, and give the message."""
    batch = await carry(house, await place(house, spec))
    assert batch.state is BatchState.FAILED
    assert (await states(house, batch.id))[-2:] == [state, "failed"]
    return batch.error


async def resume(house: House, batch_id: str) -> None:
    async with transaction(house.pool) as conn:
        await batches.resume(conn, batch_id, actor="lab")


async def test_a_missing_model_is_named(house: House) -> None:
    spec = order(generation={"engine": "transformers", "model": "/no/such/model"})
    assert "/no/such/model" in await fail_in(house, "generating", spec)


async def test_a_missing_judge_leaves_the_completions_in_place(house: House) -> None:
    judge = {"engine": "transformers", "model": "/no/such/judge"}
    spec = brought(house, sums(3), verifier="", judge=judge)
    assert "/no/such/judge" in await fail_in(house, "judging", spec)
    assert list(house.settings.home.glob("store/*/*/generation-*/Completion/manifest.json"))


async def test_an_endpoint_that_nobody_answers_is_named(house: House) -> None:
    endpoint = "http://127.0.0.1:9/v1"
    spec = order(generation={"engine": "openai", "model": "m", "endpoint": endpoint})
    assert endpoint in await fail_in(house, "generating", spec)


async def test_a_broken_line_of_the_source_is_named_by_its_number(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RETRY_AFTER_S", 0.0)
    spec = brought(house, sums(3))
    with open(spec["source"]["path"], "ab") as file:
        file.write(b'\n{"prompt": \n')
    assert "line 4 is not JSON" in await fail_in(house, "generating", spec)


async def test_an_empty_source_is_named(house: House) -> None:
    assert "holds no rows" in await fail_in(house, "generating", brought(house, []))


async def test_a_missing_bucket_is_tried_again_then_named_and_made_good_by_resume(
    prefect_url: str, settings: Settings, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RETRY_AFTER_S", 0.0)
    access = {"s3_endpoint": s3.endpoint, "s3_key": s3.key, "s3_secret": s3.secret}
    missing = f"missing-{settings.home.name}".replace("_", "-")[:40]
    async with open_house(Settings(**settings.model_dump() | access)) as house:
        batch_id = await place(
            house, brought(house, sums(5), delivery={"uri": f"s3://{missing}/here"})
        )
        error = (await carry(house, batch_id)).error
        assert missing in error
        assert "create the bucket" in error
        assert await attempts(house, "batch.reviewed") == worker.STORAGE_ATTEMPTS
        s3.client().create_bucket(Bucket=missing)
        await resume(house, batch_id)
        batch = await carry(house, batch_id)
        assert (await states(house, batch_id))[-3:] == ["failed", "assembling", "delivered"]
    assert verify(batch.delivery_uri, house.settings.storage_options("s3://")).rows == 5


async def attempts(house: House, topic: str) -> int:
    async with transaction(house.pool) as conn:
        rows = await conn.execute("SELECT attempts FROM outbox WHERE topic = %s", (topic,))
        row = await rows.fetchone()
    assert row is not None
    return int(row["attempts"])


async def test_a_mended_source_is_taken_by_resume(house: House) -> None:
    spec = brought(house, [{"prompt": "What is 1 + 1?"}])
    batch_id = await place(house, spec)
    assert "completions" in (await carry(house, batch_id)).error
    brought(house, sums(1))  # the same file, mended
    await resume(house, batch_id)
    assert (await carry(house, batch_id)).state is BatchState.DELIVERED


async def test_a_failed_batch_is_not_touched_by_a_late_event(house: House) -> None:
    batch_id = await place(house, brought(house, []))
    failed = await carry(house, batch_id)
    async with transaction(house.pool) as conn:
        await worker.outbox.publish(conn, "batch.planned", batch_id, {})
    assert await drain(house) == 1
    assert await read(house, batch_id) == failed


async def test_the_delivery_stands_where_there_are_too_few_rows_to_train_on(house: House) -> None:
    batch_id = await place(house, brought(house, sums(5), training={"method": "sft"}))
    batch = await carry(house, batch_id)
    assert batch.state is BatchState.DELIVERED
    assert "training needs 8" in batch.summary["proof_error"]
    assert verify(batch.delivery_uri, {}).rows == 5
    assert (await topics(house, batch_id))[-1] == "batch.delivered"
