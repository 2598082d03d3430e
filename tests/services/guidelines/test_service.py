"""Guidelines in versions: who may follow whom, what is told, what the database itself refuses."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from guiding import BODY, CRITERION, place, sign
from reviewing import query

from ingot.errors import StateError
from services.database.pool import Connection, Pool, transaction
from services.guidelines import comments, service
from services.guidelines.schemas import NewComment, Weight
from services.review.kinds.rubric import Rubric
from services.review.quality.faults import Unknown

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)


async def add(
    conn: Connection,
    order: str,
    body: str = BODY,
    rubric: Rubric | None = None,
    change: Weight = "minor",
    tenant: str = "acme",
) -> int:
    return await service.add(
        conn, tenant, order, body, rubric or Rubric(), "new", change, "ada", AT
    )


async def approve(conn: Connection, order: str, n: int, tenant: str = "acme") -> bool:
    return await service.approve(conn, tenant, order, n, "lab:acme", AT)


async def test_versions_are_counted_and_told_of(pool: Pool, order: str) -> None:
    async with transaction(pool) as conn:
        assert await add(conn, order) == 1
        assert await add(conn, order, "# Look thrice", change="breaking") == 2
        second = await service.version(conn, order, 2)
        assert (second.body, second.change, second.author) == ("# Look thrice", "breaking", "ada")
        assert second.at == AT
        assert (second.approved_at, second.frozen_at) == (None, None)
    events = await query(pool, "SELECT type, data, at FROM event ORDER BY id")
    assert [event["type"] for event in events] == ["guideline.version_published"] * 2
    assert [event["data"]["version"] for event in events] == [1, 2]
    assert {(event["data"]["id"], event["at"]) for event in events} == {(order, AT)}
    trail = await query(
        pool,
        "SELECT actor, detail FROM audit_event WHERE action = 'guideline.published' ORDER BY id",
    )
    assert [(row["actor"], row["detail"]["n"]) for row in trail] == [("ada", 1), ("ada", 2)]


async def test_what_says_the_same_is_no_new_version(pool: Pool, order: str) -> None:
    other = Rubric.model_validate({"criteria": [CRITERION]})
    async with transaction(pool) as conn:
        await add(conn, order)
        with pytest.raises(StateError, match=r"version 1 .* says the same"):
            await add(conn, order)
        assert await add(conn, order, rubric=other) == 2
        assert await add(conn, order) == 3


async def test_only_the_newest_is_approved(pool: Pool, order: str) -> None:
    async with transaction(pool) as conn:
        assert await service.approved(conn, order) is None
        await add(conn, order)
        await add(conn, order, "# Two")
        with pytest.raises(StateError, match="not the newest: look at version 2"):
            await approve(conn, order, 1)
        with pytest.raises(Unknown, match="no version 3"):
            await approve(conn, order, 3)
        assert await approve(conn, order, 2)
        assert not await approve(conn, order, 2)
        held = await service.approved(conn, order)
        assert held is not None
        assert (held.n, held.approved_by, held.approved_at) == (2, "lab:acme", AT)
    trail = await query(pool, "SELECT 1 FROM audit_event WHERE action = 'guideline.approved'")
    assert len(trail) == 1


async def test_what_is_approved_holds_while_a_newer_one_is_discussed(
    pool: Pool, order: str
) -> None:
    async with transaction(pool) as conn:
        await add(conn, order)
        await approve(conn, order, 1)
        await add(conn, order, "# Two")
        held = await service.approved(conn, order)
        assert held is not None
        assert held.n == 1
        with pytest.raises(StateError):
            await approve(conn, order, 1)


async def test_only_what_is_approved_is_frozen(pool: Pool, order: str) -> None:
    async with transaction(pool) as conn:
        await add(conn, order)
        with pytest.raises(StateError, match="not approved"):
            await service.freeze(conn, "acme", order, 1, AT, "gate")
        await approve(conn, order, 1)
        assert await service.frozen(conn, order) is None
        await service.freeze(conn, "acme", order, 1, AT, "gate")
        await service.freeze(conn, "acme", order, 1, AT + timedelta(days=1), "gate")
        held = await service.frozen(conn, order)
        assert held is not None
        assert (held.n, held.frozen_at) == (1, AT)
        with pytest.raises(Unknown):
            await service.freeze(conn, "acme", order, 2, AT, "gate")
    trail = await query(pool, "SELECT actor FROM audit_event WHERE action = 'guideline.frozen'")
    assert [row["actor"] for row in trail] == ["gate"]


async def test_two_who_publish_at_once_get_two_numbers(pool: Pool, order: str) -> None:
    async with transaction(pool) as first:
        await add(first, order)
        async with pool.connection() as second:
            await second.execute("SET lock_timeout = '200ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                await add(second, order, "# Two")
            await second.rollback()
            await second.execute("SET lock_timeout = 0")
    async with transaction(pool) as conn:
        assert await add(conn, order, "# Two") == 2


async def test_the_guidelines_of_others_are_out_of_reach(pool: Pool, order: str) -> None:
    async with transaction(pool) as conn:
        await sign(conn, "other")
        spot = await place(conn, "acme")
        await add(conn, order)
        with pytest.raises(Unknown, match="among your orders"):
            await add(conn, order, "# Mine", tenant="other")
        with pytest.raises(Unknown):
            await approve(conn, order, 1, tenant="other")
        with pytest.raises(Unknown):
            await service.freeze(conn, "other", order, 1, AT, "gate")
        with pytest.raises(Unknown, match="without a contract"):
            await add(conn, spot)


CHANGES = (
    "body = 'other'",
    "rubric = '{\"tie\": false}'",
    "change_note = 'other'",
    "change = 'breaking'",
    "sha256 = ''",
    "author = 'mallory'",
    "at = now()",
    "n = 7",
    "approved_by = 'mallory'",
    "approved_at = now()",
    "approved_by = NULL, approved_at = NULL",
    "frozen_at = now()",
    "frozen_at = NULL",
)


@pytest.mark.parametrize("change", CHANGES)
async def test_the_database_refuses_to_change_a_version(
    pool: Pool, order: str, change: str
) -> None:
    async with transaction(pool) as conn:
        await add(conn, order)
        await approve(conn, order, 1)
        await service.freeze(conn, "acme", order, 1, AT, "gate")
    with pytest.raises(psycopg.errors.CheckViolation, match="never changed"):
        await query(pool, f"UPDATE order_guideline SET {change}")


async def test_the_database_refuses_to_lose_a_version_or_a_comment(pool: Pool, order: str) -> None:
    async with transaction(pool) as conn:
        await add(conn, order)
        await comments.add(conn, "acme", order, 1, NewComment(body="why?"), "ada", AT)
    with pytest.raises(psycopg.errors.CheckViolation):
        await query(pool, "DELETE FROM order_guideline")
    for sql in ("UPDATE guideline_comment SET body = 'never'", "DELETE FROM guideline_comment"):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            await query(pool, sql)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("frozen_at = now()", "frozen, not approved"),
        ("approved_by = 'ada'", "approved at no time"),
        ("approved_at = now()", "approved by nobody"),
    ],
)
async def test_the_database_refuses_half_of_an_approval(
    pool: Pool, order: str, change: str, what: str
) -> None:
    async with transaction(pool) as conn:
        await add(conn, order)
    with pytest.raises(psycopg.errors.CheckViolation):
        await query(pool, f"UPDATE order_guideline SET {change}")


ROW = (
    "INSERT INTO {table} (tenant_id, order_id, n, {names}, author, at) "
    "VALUES (%s, %s, %s, {values}, 'ada', now())"
)
VERSION = ROW.format(
    table="order_guideline",
    names="body, rubric, change_note, change, sha256",
    values="'', '{}', '', 'minor', ''",
)
COMMENT = ROW.format(table="guideline_comment", names="body", values="'why?'")


async def test_the_database_knows_whose_they_are(pool: Pool, order: str) -> None:
    async with transaction(pool) as conn:
        await sign(conn, "other")
        spot = await place(conn, "acme")
        await add(conn, order)
    for sql, values in (
        (VERSION, ("other", order, 2)),
        (VERSION, ("acme", spot, 1)),
        (COMMENT, ("other", order, 1)),
        (COMMENT, ("acme", order, 2)),
    ):
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            await query(pool, sql, *values)
    with pytest.raises(psycopg.errors.UniqueViolation):
        await query(pool, VERSION, "acme", order, 1)
    with pytest.raises(psycopg.errors.CheckViolation):
        await query(pool, VERSION.replace("'minor'", "'tiny'"), "acme", order, 2)
    with pytest.raises(psycopg.errors.CheckViolation):
        await query(pool, VERSION.replace("'', '{", "repeat('x', 100001), '{"), "acme", order, 2)


async def test_a_diff_names_the_fields_of_the_rubric(pool: Pool, order: str) -> None:
    wider = Rubric.model_validate({"criteria": [CRITERION | {"high": 6}], "tie": False})
    async with transaction(pool) as conn:
        await add(conn, order, rubric=Rubric.model_validate({"criteria": [CRITERION]}))
        await add(conn, order, f"{BODY}Call two right ones a tie.\n", wider)
        found = await service.diff(conn, order, 1, 2)
        same = await service.diff(conn, order, 2, 2)
        with pytest.raises(Unknown, match="no version 3"):
            await service.diff(conn, order, 1, 3)
    assert (found.from_n, found.to_n, found.added, found.removed) == (1, 2, 1, 0)
    assert "+Call two right ones a tie.\n" in found.text
    changes = {change.pointer: (change.before, change.after) for change in found.rubric}
    assert changes == {"/criteria/0/high": (4, 6), "/tie": (True, False)}
    assert (same.text, same.rubric, same.added, same.removed) == ("", (), 0, 0)
