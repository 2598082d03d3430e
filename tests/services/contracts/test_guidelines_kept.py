"""What the database itself refuses to do to guidelines, whatever the code asks."""

import psycopg
import pytest
from fixtures_postgres import Api
from guiding import approve, place, publish, sign
from reviewing import query

from services.database.pool import Pool, transaction

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
    "approved_by = NULL, approved_at = NULL, frozen_at = NULL",
    "frozen_at = now()",
    "frozen_at = NULL",
)
VERSION = (
    "INSERT INTO order_guideline (tenant_id, order_id, n, body, rubric, change_note, change, "
    "sha256, author, at) VALUES (%s, %s, %s, %s, '{}', '', %s, '', 'ada', now())"
)
COMMENT = (
    "INSERT INTO guideline_comment (tenant_id, order_id, n, body, author, at) "
    "VALUES (%s, %s, %s, %s, 'ada', now())"
)


@pytest.fixture
async def order(api: Api, pool: Pool) -> str:
    """An order of 'acme' under contract with one version."""
    async with transaction(pool) as conn:
        order = await sign(conn, "acme")
    assert (await publish(api.lab, order)).status_code == 201
    return order


@pytest.mark.parametrize("change", CHANGES)
async def test_a_version_is_never_changed(api: Api, pool: Pool, order: str, change: str) -> None:
    assert (await approve(api.lab, order, 1)).status_code == 200
    await query(pool, "UPDATE order_guideline SET frozen_at = now() - interval '1 day'")
    with pytest.raises(psycopg.errors.CheckViolation, match="never changed"):
        await query(pool, f"UPDATE order_guideline SET {change}")


async def test_a_version_is_never_deleted(pool: Pool, order: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="never changed"):
        await query(pool, "DELETE FROM order_guideline")


@pytest.mark.parametrize(
    "change", ["frozen_at = now()", "approved_by = 'ada'", "approved_at = now()"]
)
async def test_no_half_of_an_approval_is_kept(pool: Pool, order: str, change: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        await query(pool, f"UPDATE order_guideline SET {change}")


async def test_versions_and_comments_belong_to_a_contract_of_the_tenant(
    pool: Pool, order: str
) -> None:
    async with transaction(pool) as conn:
        await sign(conn, "other")
        spot = await place(conn, "acme")
    for values in (("other", order, 2, "x", "minor"), ("acme", spot, 1, "x", "minor")):
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            await query(pool, VERSION, *values)
    for remark in (("other", order, 1, "x"), ("acme", order, 2, "x")):
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            await query(pool, COMMENT, *remark)


@pytest.mark.parametrize(
    ("n", "body", "change"), [(2, "x", "tiny"), (2, "x" * 100_001, "minor"), (0, "x", "minor")]
)
async def test_no_version_is_kept_that_cannot_be(
    pool: Pool, order: str, n: int, body: str, change: str
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        await query(pool, VERSION, "acme", order, n, body, change)


async def test_no_number_is_given_twice(pool: Pool, order: str) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation):
        await query(pool, VERSION, "acme", order, 1, "x", "minor")
