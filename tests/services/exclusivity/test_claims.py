"""No reuse across contracts: what one order has exclusively, the database grants to no other."""

import asyncio
from datetime import date
from random import Random
from uuid import uuid4

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounts.repository import add_tenant
from services.database.pool import Connection, Pool, fetch_one, transaction
from services.exclusivity import claims, near
from services.exclusivity.claims import Cause, Item, Reuse, Wish

TODAY = date(2026, 3, 1)
WORDS = [f"word{n}" for n in range(400)]


def text(seed: int, words: int = 40) -> str:
    return " ".join(Random(seed).choices(WORDS, k=words))


def items(*texts: str, completions: tuple[str, ...] = ("yes", "no")) -> list[Item]:
    return [Item(f"itm_{n}", each, completions) for n, each in enumerate(texts, 1)]


async def order(conn: Connection, tenant: str) -> tuple[str, str]:
    """An order with a batch."""
    await add_tenant(conn, tenant)
    row = await fetch_one(
        conn,
        "INSERT INTO orders (tenant_id, spec, spec_sha256) VALUES (%s, '{}', %s) RETURNING id",
        tenant,
        uuid4().hex,
    )
    assert row is not None
    batch = await fetch_one(
        conn,
        "INSERT INTO batch (tenant_id, order_id, seq) VALUES (%s, %s, 1) RETURNING id",
        tenant,
        row["id"],
    )
    assert batch is not None
    return row["id"], batch["id"]


async def wish(
    conn: Connection,
    tenant: str = "acme",
    *,
    exclusive: bool = True,
    until: date | None = None,
    today: date = TODAY,
) -> Wish:
    order_id, batch_id = await order(conn, tenant)
    return Wish(tenant, order_id, batch_id, exclusive, until, today, 0.8)


async def refused(conn: Connection, for_whom: Wish, wanted: list[Item]) -> dict[str, Cause]:
    return dict((await claims.claim(conn, for_whom, wanted)).refused)


async def test_what_is_exclusive_goes_to_nobody_else(pool: Pool) -> None:
    async with transaction(pool) as conn:
        first = await wish(conn)
        assert await refused(conn, first, items(text(1), text(2))) == {}
        for exclusive in (True, False):
            second = await wish(conn, "other", exclusive=exclusive)
            found = await refused(conn, second, items(text(1), text(3 + exclusive)))
            assert found == {"itm_1": "claimed"}


async def test_the_database_itself_refuses_a_second_grant(pool: Pool) -> None:
    async with transaction(pool) as conn:
        first, second = await wish(conn), await wish(conn, "other")
        await claims.claim(conn, first, items(text(1)))
    sql = (
        "INSERT INTO item_grant (tenant_id, order_id, batch_id, item_id, part, content_key, mode, "
        "owner) SELECT %s, %s, %s, 'stolen', 'whole', content_key, mode, %s "
        "FROM content_claim LIMIT 1"
    )
    head = (second.tenant, second.order_id, second.batch_id)
    with pytest.raises(psycopg.errors.CheckViolation):  # the owner's claim, another's order
        async with transaction(pool) as conn:
            await conn.execute(sql, (*head, first.order_id))
    with pytest.raises(psycopg.errors.ForeignKeyViolation):  # a claim that is not there
        async with transaction(pool) as conn:
            await conn.execute(sql, (*head, second.order_id))


async def test_what_is_shared_goes_to_many_and_to_nobody_exclusively(pool: Pool) -> None:
    async with transaction(pool) as conn:
        for tenant in ("acme", "other"):
            shared = await wish(conn, tenant, exclusive=False)
            assert await refused(conn, shared, items(text(1))) == {}
        greedy = await wish(conn, "third")
        assert await refused(conn, greedy, items(text(1))) == {"itm_1": "claimed"}


async def test_an_order_gets_nothing_twice(pool: Pool) -> None:
    async with transaction(pool) as conn:
        mine = await wish(conn)
        twice = [Item("a", text(1), ("x",)), Item("b", text(1), ("x",)), Item("c", text(1), ("y",))]
        assert await refused(conn, mine, twice) == {"b": "repeated"}
        assert await refused(conn, mine, [Item("d", text(1), ("x",))]) == {"d": "repeated"}


async def test_what_is_given_back_may_go_to_another(pool: Pool) -> None:
    async with transaction(pool) as conn:
        first, second = await wish(conn), await wish(conn, "other")
        await claims.claim(conn, first, items(text(1), text(2)))
        await claims.give_back(conn, first.order_id, ["itm_1"])
        found = await refused(conn, second, items(text(1), text(2)))
        assert set(found) == {"itm_2"}


async def test_shared_content_stays_while_somebody_has_it(pool: Pool) -> None:
    async with transaction(pool) as conn:
        first = await wish(conn, exclusive=False)
        second = await wish(conn, "other", exclusive=False)
        for each in (first, second):
            await claims.claim(conn, each, items(text(1)))
        await claims.give_back(conn, first.order_id, ["itm_1"])
        assert await refused(conn, await wish(conn, "third"), items(text(1))) == {
            "itm_1": "claimed"
        }


async def test_exclusivity_ends_with_its_day(pool: Pool) -> None:
    async with transaction(pool) as conn:
        first = await wish(conn, until=TODAY)
        await claims.claim(conn, first, items(text(1)))
        same_day = await wish(conn, "other", exclusive=False)
        assert await refused(conn, same_day, items(text(1))) != {}
        next_day = await wish(conn, "other", exclusive=False, today=date(2026, 3, 2))
        assert await refused(conn, next_day, items(text(1))) == {}
        rows = await conn.execute("SELECT DISTINCT mode, owner FROM item_grant")
        assert await rows.fetchall() == [{"mode": "shared", "owner": ""}]


async def test_a_rehearsal_touches_nothing_that_is_live(pool: Pool) -> None:
    async with transaction(pool) as conn:
        live = await wish(conn, until=TODAY)
        await claims.claim(conn, live, items(text(1)))
        ahead = await wish(conn, "acme--test", today=date(2030, 1, 1))
        assert await refused(conn, ahead, items(text(1))) == {}
        assert await refused(conn, await wish(conn, "other"), items(text(1))) != {}


async def test_of_two_who_want_the_same_at_once_one_gets_it(pool: Pool) -> None:
    async with transaction(pool) as conn:
        wishes = [await wish(conn, f"lab-{n}") for n in range(6)]

    async def ask(mine: Wish) -> Reuse:
        async with transaction(pool) as conn:
            return await claims.claim(conn, mine, items(text(1), text(2), text(3)))

    got = await asyncio.gather(*(ask(each) for each in wishes))
    assert sorted(len(each.refused) for each in got) == [0, 3, 3, 3, 3, 3]


async def test_near_duplicates_are_found_and_strangers_are_not(pool: Pool) -> None:
    draw = Random(5)
    prompts = [text(n, 60) for n in range(200)]
    changed = []
    for prompt in prompts:
        words = prompt.split()
        words[draw.randrange(len(words))] = "another"
        changed.append(" ".join(words).upper() + "!")
    async with transaction(pool) as conn:
        await claims.claim(conn, await wish(conn), items(*prompts))
        other = await wish(conn, "other")
        found = await refused(conn, other, items(*changed))
        assert set(found.values()) == {"near_duplicate"}
        assert len(found) >= 190  # one word of 60: Jaccard .90, estimated to within .05
        strangers = await wish(conn, "third")
        fresh = items(*(text(1000 + n, 60) for n in range(200)))
        assert await refused(conn, strangers, fresh) == {}


async def test_what_means_the_same_is_found_by_its_embedding(pool: Pool) -> None:
    draw = np.random.default_rng(3)
    vector = draw.standard_normal(384)
    close = vector + 0.1 * draw.standard_normal(384)
    far = draw.standard_normal(384)
    async with transaction(pool) as conn:
        await claims.claim(conn, await wish(conn), items(text(1)), {"itm_1": vector})
        wanted, vectors = items(text(2), text(3)), {"itm_1": close, "itm_2": far}
        reuse = await claims.claim(conn, await wish(conn, "other"), wanted, vectors)
    assert dict(reuse.refused) == {"itm_1": "same_meaning"}
    assert claims.report(reuse)["embeddings"] == {"compared": True, "cosine": 0.97}


async def test_a_report_names_no_other_order(pool: Pool) -> None:
    async with transaction(pool) as conn:
        first, second = await wish(conn), await wish(conn, "other")
        await claims.claim(conn, first, items(text(1)))
        reuse = await claims.claim(conn, second, items(text(1), text(2)))
    said = claims.report(reuse)
    assert (said["items_checked"], said["items_granted"]) == (2, 1)
    assert said["compared_with_exclusive_prompts"] == 1
    assert first.order_id not in str(said)
    assert first.tenant not in str(said).replace("exclusive", "")


@given(st.text(max_size=200))
def test_any_text_has_a_signature_and_a_key(given_text: str) -> None:
    signed = near.signature(given_text)
    assert near.similarity(signed, near.signature(given_text)) == 1
    assert len(near.bands(signed)) == near.BANDS
    assert len(claims.content_key("", given_text)) == 32
    assert claims.content_key("", given_text) != claims.content_key("a--test", given_text)
