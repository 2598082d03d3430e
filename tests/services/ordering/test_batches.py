import itertools

import pytest

from ingot.errors import StateError
from ingot.orders import BatchState, OrderSpec
from services.accounts.repository import add_tenant
from services.database.pool import Pool, transaction
from services.ordering import batches, repository
from services.ordering.batches import LEGAL, next_topic

S = BatchState
WAY = [S.PLANNED, S.GENERATING, S.JUDGING, S.CALIBRATING, S.IN_REVIEW, S.ASSEMBLING, S.DELIVERED]
SPEC = OrderSpec.model_validate(
    {"name": "n", "quantity": 1, "source": {"recipe": "write_instructions"}}
)


@pytest.fixture
async def batch_id(pool: Pool) -> str:
    async with transaction(pool) as conn:
        await add_tenant(conn, "acme")
        order_id = await repository.add_order(conn, "acme", SPEC.model_dump(mode="json"), "x")
        return str((await repository.add_batch(conn, order_id, 1))["id"])


def test_forward_steps_and_stops_and_the_labs_word_are_legal_and_nothing_else() -> None:
    shortcuts = {(S.JUDGING, S.IN_REVIEW), (S.JUDGING, S.ASSEMBLING), (S.CALIBRATING, S.ASSEMBLING)}
    stops = {(state, stop) for state in WAY[:-1] for stop in (S.FAILED, S.CANCELLED)}
    words = (S.ACCEPTED, S.PARTLY_ACCEPTED, S.REJECTED)
    decided = {(S.DELIVERED, word) for word in words} | {(word, S.SETTLED) for word in words}
    expected = set(itertools.pairwise(WAY)) | shortcuts | stops | decided
    assert {(a, b) for a in LEGAL for b in LEGAL[a]} == expected | {(S.FAILED, S.CANCELLED)}


async def test_every_illegal_step_is_refused_by_name(pool: Pool, batch_id: str) -> None:
    async with transaction(pool) as conn:
        for state in set(S) - LEGAL[S.PLANNED]:
            with pytest.raises(StateError, match="allowed: cancelled, failed, generating"):
                await batches.transition(conn, batch_id, state, actor="t")


async def test_each_step_is_written_down(pool: Pool, batch_id: str) -> None:
    async with transaction(pool) as conn:
        await batches.transition(conn, batch_id, S.GENERATING, actor="worker 1")
        rows = await conn.execute("SELECT actor, action, object_id, detail FROM audit_event")
        [event] = await rows.fetchall()
    assert (event["actor"], event["object_id"]) == ("worker 1", batch_id)
    assert event["detail"] == {"from": "planned", "to": "generating", "error": ""}


async def test_a_batch_comes_with_its_order(pool: Pool, batch_id: str) -> None:
    async with transaction(pool) as conn:
        batch = await batches.get_batch(conn, batch_id)
    assert (batch.spec, batch.tenant_id, batch.seq, batch.state) == (SPEC, "acme", 1, S.PLANNED)


async def test_nothing_is_delivered_without_an_address(pool: Pool, batch_id: str) -> None:
    async with transaction(pool) as conn:
        for state in (S.GENERATING, S.JUDGING, S.ASSEMBLING):
            await batches.transition(conn, batch_id, state, actor="t")
        with pytest.raises(StateError, match="set_delivery"):
            await batches.transition(conn, batch_id, S.DELIVERED, actor="t")
        await batches.set_delivery(conn, batch_id, "file:///d")
        await batches.transition(conn, batch_id, S.DELIVERED, actor="t")
        with pytest.raises(StateError, match="allowed: accepted, partly_accepted, rejected"):
            await batches.fail(conn, batch_id, "late")


@pytest.mark.parametrize("at", [0, 1, 2, 3, 4, 5])
async def test_a_failed_batch_resumes_where_it_was(pool: Pool, batch_id: str, at: int) -> None:
    async with transaction(pool) as conn:
        for state in WAY[1 : at + 1]:
            await batches.transition(conn, batch_id, state, actor="t")
        await batches.fail(conn, batch_id, "why")
        assert (await batches.get_batch(conn, batch_id)).error == "why"
        await batches.resume(conn, batch_id, actor="t")
        batch = await batches.get_batch(conn, batch_id)
        assert (batch.state, batch.error) == (WAY[at], "")
        rows = await conn.execute("SELECT topic FROM outbox")
        assert [row["topic"] for row in await rows.fetchall()] == [next_topic(WAY[at], 0)]


@pytest.mark.parametrize(
    ("state", "tasks_open", "topic"),
    [
        (S.PLANNED, 0, "batch.planned"),
        (S.GENERATING, 0, "batch.resumed"),
        (S.CALIBRATING, 0, "batch.calibrated"),
        (S.CALIBRATING, 1, None),
        (S.IN_REVIEW, 0, "batch.reviewed"),
        (S.IN_REVIEW, 1, None),
        (S.ASSEMBLING, 0, "batch.resumed"),
    ],
)
def test_the_next_event_follows_from_state_and_open_tasks(
    state: BatchState, tasks_open: int, topic: str | None
) -> None:
    assert next_topic(state, tasks_open) == topic


async def test_an_unknown_batch_is_named(pool: Pool) -> None:
    async with transaction(pool) as conn:
        for act in (
            batches.get_batch(conn, "bat_0"),
            batches.fail(conn, "bat_0", "x"),
            batches.set_progress(conn, "bat_0", "s", 1, 2, "u", {}),
            batches.save_summary(conn, "bat_0", {}),
            batches.set_delivery(conn, "bat_0", "file:///d"),
        ):
            with pytest.raises(StateError, match="bat_0"):
                await act
