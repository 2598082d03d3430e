"""Events: written with what made them happen, queued for whom they concern, fed without gaps."""

from datetime import UTC, datetime

import psycopg
import pytest
from fixtures_postgres import Api
from receiving import about, add_endpoint, deliveries, tell, tell_on
from reviewing import query

from services.database.pool import Pool, transaction
from services.webhooks.events import publish

URL = "https://lab.example.org/hook"


async def feed(api: Api, **asked: object) -> list[str]:
    response = await api.lab.get("/v1/events", params=asked)
    assert response.status_code == 200, response.text
    return [event["id"] for event in response.json()["data"]]


async def test_an_event_is_queued_for_those_who_want_it(api: Api, pool: Pool) -> None:
    every, _ = await add_endpoint(api.lab, URL)
    orders, _ = await add_endpoint(api.lab, URL, types=["order.state_changed"])
    money, _ = await add_endpoint(api.lab, URL, types=["invoice.opened"])
    off, _ = await add_endpoint(api.lab, f"{URL}/off")
    await api.lab.patch(f"/v1/webhook-endpoints/{off}", json={"enabled": False})
    others, _ = await add_endpoint(api.other_lab, URL)
    told = await tell(pool)
    for endpoint in (every, orders):
        [waiting] = await deliveries(api.lab, endpoint)
        assert (waiting["event_id"], waiting["state"], waiting["tries"]) == (told, "pending", 0)
        assert waiting["webhook_id"] == f"{told}_{endpoint}"
    for endpoint in (money, off):
        assert await deliveries(api.lab, endpoint) == []
    assert await deliveries(api.other_lab, others) == []


async def test_a_test_goes_to_one_endpoint_whatever_it_wants(api: Api) -> None:
    tested, _ = await add_endpoint(api.lab, URL, types=["invoice.opened"])
    bystander, _ = await add_endpoint(api.lab, URL)
    response = await api.lab.post(f"/v1/webhook-endpoints/{tested}/test")
    assert [each["id"] for each in await deliveries(api.lab, tested)] == [response.json()["id"]]
    assert await deliveries(api.lab, bystander) == []
    [event] = (await api.lab.get("/v1/events")).json()["data"]
    assert (event["type"], event["data"]["id"]) == ("webhook.test", tested)


async def test_what_did_not_happen_is_not_told(api: Api, pool: Pool) -> None:
    made, _ = await add_endpoint(api.lab, URL)
    async with transaction(pool) as conn:
        await tell_on(conn)
        await conn.rollback()
    assert await feed(api) == []
    assert await deliveries(api.lab, made) == []


async def test_the_feed_shows_events_in_pages_oldest_first(api: Api, pool: Pool) -> None:
    assert (await api.lab.get("/v1/events")).json() == {"data": [], "has_more": False, "next": None}
    at = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    async with transaction(pool) as conn:
        first = await publish(conn, "acme", "batch.delivered", about(7), at)
    rest = [await tell(pool, number=n) for n in range(3)]
    page = (await api.lab.get("/v1/events", params={"limit": 2})).json()
    assert page["data"][0] == {
        "id": first,
        "type": "batch.delivered",
        "at": "2026-03-04T05:06:07Z",
        "data": {"id": "ord_1", "object": "order", "state": "running", "version": 7},
    }
    assert (page["has_more"], page["next"]) == (True, rest[0])
    assert await feed(api, after=rest[0]) == rest[1:]
    end = (await api.lab.get("/v1/events", params={"after": rest[-1]})).json()
    assert end == {"data": [], "has_more": False, "next": rest[-1]}


async def test_a_place_that_is_not_in_the_feed_is_refused(api: Api, pool: Pool) -> None:
    anothers = await tell(pool, "other")
    for after in (f"evt_{'0' * 32}", anothers, "evt_1", "a\x00b", ""):
        response = await api.lab.get("/v1/events", params={"after": after})
        assert response.status_code == 400, after
    for limit in (0, 201, "many"):
        asked = await api.lab.get("/v1/events", params={"limit": limit})
        assert asked.status_code == 422, limit


async def test_a_transaction_that_commits_late_is_not_skipped(api: Api, pool: Pool) -> None:
    before = await tell(pool)
    async with transaction(pool) as late:
        slow = await tell_on(late)
        quick = await tell(pool)
        seen = await feed(api)
        assert seen == [before]  # the quick one waits: something may still come up before it
    assert await feed(api, after=seen[-1]) == [slow, quick]


async def test_a_transaction_that_began_early_and_told_late_is_not_skipped(
    api: Api, pool: Pool
) -> None:
    async with transaction(pool) as early:
        await early.execute("SELECT pg_current_xact_id()")
        quick = await tell(pool)
        assert await feed(api) == []
        slow = await tell_on(early)
    assert await feed(api) == [slow, quick]


async def test_an_event_cannot_be_changed(pool: Pool) -> None:
    async with transaction(pool) as conn:
        await conn.execute("INSERT INTO tenant VALUES ('acme')")
    await tell(pool)
    for change in ("UPDATE event SET type = 'a.b'", "DELETE FROM event"):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            await query(pool, change)


async def test_the_database_refuses_a_delivery_across_tenants(api: Api, pool: Pool) -> None:
    made, _ = await add_endpoint(api.lab, URL)
    event = await tell(pool, "other")
    for tenant in ("acme", "other"):
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            await query(
                pool,
                "INSERT INTO webhook_delivery (tenant_id, endpoint_id, event_id) "
                "VALUES (%s, %s, %s) RETURNING 1",
                tenant,
                made,
                event,
            )
