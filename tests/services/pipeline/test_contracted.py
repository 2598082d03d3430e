"""A live order under contract on the real line: the clock begins batches, items are claimed."""

import orjson
from carrying import LAB, answer_open, brought, drain, knowing, read, sums

from ingot.orders import BatchState
from ingot.orders.contract import QuoteRequest
from services.accounts.keys import create_key
from services.contracts.__main__ import Clock
from services.contracts.batches import deciding, item_repository
from services.contracts.batches import repository as batches
from services.contracts.batches.quality import quality_of
from services.contracts.batches.schemas import ItemDecision, Rejection
from services.contracts.contract import Contract, locked
from services.contracts.guidelines import acts as guidelines
from services.contracts.guidelines.schemas import NewGuideline
from services.contracts.quotes import acts as quotes
from services.contracts.states import OrderState
from services.database.pool import Row, transaction
from services.delivery.deliver import verify
from services.money import ledger
from services.pipeline.assemble import assemble
from services.pipeline.house import House, current


async def ordered(house: House, rows: int, calibration: int, quantity: int) -> str:
    """An order whose guidelines are approved."""
    spec = brought(house, sums(rows), verifier="") | {"quantity": quantity}
    schedule = {
        "batches": 2,
        "calibration_items": calibration,
        "first_due_days": 1,
        "cadence_days": 1,
    }
    terms = {"min_alpha": -1, "reuse": "exclusive"}
    wanted = QuoteRequest.model_validate({"spec": spec, "schedule": schedule, "terms": terms})
    async with transaction(house.pool) as conn:
        await create_key(conn, "lab", LAB.tenant_id)
        quote = await quotes.issue(conn, LAB, wanted)
        placed = await quotes.accept(conn, LAB, quote.id)
        assert placed is not None
        contract = await locked(conn, LAB.tenant_id, placed.order_id)
        await guidelines.add(conn, contract, NewGuideline(body="# Prefer what is right"), "lab")
        contract = await locked(conn, LAB.tenant_id, placed.order_id)
        await guidelines.approve(conn, contract, 1, "lab")
    return placed.order_id


async def contract_of(house: House, order_id: str) -> Contract:
    async with transaction(house.pool) as conn:
        return await locked(conn, LAB.tenant_id, order_id)


async def batches_of(house: House, order_id: str) -> list[Row]:
    async with transaction(house.pool) as conn:
        return await batches.batches_of(conn, order_id)


async def made(house: House, batch_id: str) -> list[Row]:
    """Carry a batch to its delivery by two people, and give its items."""
    await drain(house)
    while (await read(house, batch_id)).tasks_open:
        decide = await knowing(house, batch_id)
        assert sum([await answer_open(house, decide, name) for name in ("sim", "sam")])
        await drain(house)
    batch = await read(house, batch_id)
    assert batch.state is BatchState.DELIVERED, batch.error
    async with transaction(house.pool) as conn:
        return await item_repository.page(conn, batch_id, None, 0, 100)


async def decide(house: House, batch_id: str, *rejected: str) -> None:
    """Accept a batch, but for some items."""
    async with transaction(house.pool) as conn:
        row = await batches.batch(conn, LAB.tenant_id, batch_id)
        assert row is not None
        contract = await locked(conn, LAB.tenant_id, row["order_id"])
        bad = [
            ItemDecision(item_id=each, decision="rejected", reason_code="wrong")
            for each in rejected
        ]
        if bad:
            why = Rejection(reason_code="wrong")
            await deciding.reject(conn, contract, row, why, bad, "lab")
        else:
            await deciding.accept(conn, contract, row, "lab")


async def test_a_live_contract_is_carried_out_by_the_line(house: House) -> None:
    order_id = await ordered(house, rows=9, calibration=4, quantity=4)
    clock = Clock(house.pool)
    assert (await clock.tick(), await clock.tick()) == (1, 0)
    [calibration] = await batches_of(house, order_id)
    shown = await made(house, calibration["id"])
    quality = quality_of((await read(house, calibration["id"])).summary)
    assert (quality.alpha.estimate, quality.alpha.items, quality.simulated) == (1, 4, True)
    assert quality.judge_human.items == 4
    await decide(house, calibration["id"])
    assert (await contract_of(house, order_id)).state is OrderState.ACTIVE
    assert await clock.tick() == 1  # the first batch begins a day before it is due
    first, second = (await batches_of(house, order_id))[1:]
    items = await made(house, first["id"])
    assert await clock.tick() == 0
    delivered = verify(*(await target_of(house, first["id"])))
    assert delivered.rows == len(items) == 2
    prompts = [orjson.dumps(item["content"]["prompt"]) for item in [*shown, *items]]
    assert len(set(prompts)) == 6  # no batch brings what another brought
    await decide(house, first["id"], items[0]["item_id"])
    makeup = (await batches_of(house, order_id))[-1]
    assert (makeup["kind"], makeup["planned_qty"]) == ("makeup", 1)
    assert await clock.tick() == 1
    [again] = await made(house, makeup["id"])
    assert orjson.dumps(again["content"]["prompt"]) not in prompts
    await decide(house, makeup["id"])
    async with transaction(house.pool) as conn:
        assert await ledger.faults(conn, LAB.tenant_id, order_id) == []
    assert second["state"] == "planned"


async def test_a_batch_that_was_taken_is_taken_once(house: House) -> None:
    order_id = await ordered(house, rows=4, calibration=0, quantity=4)
    await Clock(house.pool).tick()
    batch = (await batches_of(house, order_id))[0]
    before = await made(house, batch["id"])
    current.set(house)
    await assemble(house, await read(house, batch["id"]))
    async with transaction(house.pool) as conn:
        assert await item_repository.page(conn, batch["id"], None, 0, 100) == before


async def test_a_file_that_ends_early_says_so(house: House) -> None:
    order_id = await ordered(house, rows=4, calibration=4, quantity=4)
    await Clock(house.pool).tick()
    [calibration] = await batches_of(house, order_id)
    await made(house, calibration["id"])
    await decide(house, calibration["id"])
    await Clock(house.pool).tick()
    await drain(house)
    failed = await read(house, (await batches_of(house, order_id))[1]["id"])
    assert failed.state is BatchState.FAILED
    assert "holds 4 rows, and 4 are skipped" in failed.error


async def target_of(house: House, batch_id: str) -> tuple[str, dict[str, object]]:
    uri = (await read(house, batch_id)).delivery_uri
    return uri, house.settings.storage_options(uri)
