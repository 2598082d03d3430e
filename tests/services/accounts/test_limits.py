"""Rate limits."""

import httpx
import pytest
from fixtures_postgres import Api, client_for, serve
from people import add_person, browser_at, enter
from reviewing import query

from ingot.settings import Settings
from services.accounts import limits
from services.accounts.keys import create_key
from services.accounts.limits import Rate
from services.database.pool import Pool, transaction

ME = "/v1/me"
NEVER = "now() + interval '1 hour'"
"""A bucket filled then gets nothing more, however slow the machine is."""


async def test_ten_wrong_passwords_and_then_not_even_the_right_one(api: Api, pool: Pool) -> None:
    await add_person(pool, "ada")
    async with browser_at(api.url) as client:
        tried = [await enter(client, "ada", "wrong wrong wrong")]
        await query(pool, f"UPDATE rate_bucket SET filled_at = {NEVER}")
        tried += [await enter(client, "ada", "wrong wrong wrong") for _ in range(9)]
        refused = await enter(client, "ada")
        assert {response.status_code for response in tried} == {401}
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) >= 1
        assert refused.headers["RateLimit-Policy"] == '"log-in";q=10;w=60'
        assert refused.headers["Content-Type"] == "application/problem+json"
        await query(pool, "UPDATE rate_bucket SET filled_at = now() - interval '7 seconds'")
        assert (await enter(client, "ada")).status_code == 201


async def test_one_address_may_not_try_many_accounts(api: Api, pool: Pool) -> None:
    await query(pool, f"INSERT INTO rate_bucket VALUES ('address:127.0.0.1', 2, {NEVER})")
    async with browser_at(api.url) as client:
        tried = [(await enter(client, f"user{n}", "x" * 12)).status_code for n in range(3)]
    assert tried == [401, 401, 429]


async def test_what_is_refused_is_not_counted(pool: Pool) -> None:
    rate = Rate("test", 1)
    async with pool.connection() as conn, limits.counting(conn):
        await limits.take(conn, rate, "ada")
        for _ in range(3):
            with pytest.raises(Exception, match="more than 1 test") as caught:
                await limits.take(conn, rate, "ada")
            assert 30 <= int(caught.value.headers["Retry-After"]) <= 60  # type: ignore[attr-defined]
        await limits.take(conn, rate, "bob")


async def test_a_bucket_never_holds_more_than_a_minutes_worth(pool: Pool) -> None:
    rate = Rate("test", 2)
    await query(pool, "INSERT INTO rate_bucket VALUES ('test:ada', 1, now() - interval '1 year')")
    async with pool.connection() as conn, limits.counting(conn):
        for _ in range(2):
            await limits.take(conn, rate, "ada")
        with pytest.raises(Exception, match="more than 2 test"):
            await limits.take(conn, rate, "ada")


async def test_reads_and_writes_are_counted_apart_and_per_caller(
    database_url: str, pool: Pool, api: Api
) -> None:
    settings = Settings(home=api.settings.home, database_url=database_url, requests_per_minute=1)
    with serve(settings) as url:
        async with client_for(url, api.reviewer_key) as client:
            assert [(await client.get(ME)).status_code for _ in range(2)] == [200, 429]
            leases = await client.post("/v1/leases", json={"max": 1})
            assert leases.status_code == 204
        async with transaction(pool) as conn:
            bob = await create_key(conn, "reviewer", "acme", "bob")
            second = await create_key(conn, "reviewer", "acme", "ada")
        async with client_for(url, bob) as client:
            assert (await client.get(ME)).status_code == 200
        async with client_for(url, second) as client:
            assert (await client.get(ME)).status_code == 429, "another key, the same reviewer"


async def test_a_request_that_fails_is_counted(api: Api, pool: Pool) -> None:
    response = await api.reviewer.post(f"/v1/assignments/asg_{'0' * 32}/release")
    assert response.status_code == 404
    rows = await query(pool, "SELECT key FROM rate_bucket")
    assert [row["key"] for row in rows] == ["write:ada"]


async def test_buckets_are_forgotten_when_full_again(api: Api, pool: Pool) -> None:
    await query(pool, "INSERT INTO rate_bucket VALUES ('old', 1, now() - interval '2 hours')")
    async with httpx.AsyncClient(base_url=api.url, verify=False) as client:
        await enter(client, "nobody")
    rows = await query(pool, "SELECT key FROM rate_bucket WHERE key = 'old'")
    assert rows == []
