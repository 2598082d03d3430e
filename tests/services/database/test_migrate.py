import asyncio
from pathlib import Path

import psycopg
import pytest

from ingot.errors import StateError, StorageError
from services.database import pool as pool_module
from services.database.migrate import migrate, schema_files
from services.database.pool import Pool, connect, open_pool, transaction

CREATE = "CREATE TABLE thing (id int)"


async def test_the_schema_is_applied_once(empty_url: str) -> None:
    assert await migrate(empty_url) == len(schema_files())
    assert await migrate(empty_url) == 0


async def test_processes_that_start_together_apply_it_once(empty_url: str) -> None:
    applied = await asyncio.gather(*[migrate(empty_url) for _ in range(4)])
    assert sorted(applied) == [0, 0, 0, len(schema_files())]


async def test_new_files_are_applied_in_order(empty_url: str, tmp_path: Path) -> None:
    (tmp_path / "0002_b.sql").write_text("ALTER TABLE thing ADD COLUMN name text")
    (tmp_path / "0001_a.sql").write_text(CREATE)
    assert await migrate(empty_url, tmp_path) == 2
    (tmp_path / "0003_c.sql").write_text("DROP TABLE thing")
    assert await migrate(empty_url, tmp_path) == 1


async def test_a_broken_file_leaves_nothing_behind(empty_url: str, tmp_path: Path) -> None:
    (tmp_path / "0001_a.sql").write_text(CREATE)
    (tmp_path / "0002_b.sql").write_text("CREATE NONSENSE")
    with pytest.raises(StorageError, match=r"0002_b\.sql cannot be applied: .*NONSENSE"):
        await migrate(empty_url, tmp_path)
    (tmp_path / "0002_b.sql").unlink()
    assert await migrate(empty_url, tmp_path) == 1


async def test_a_file_changed_after_it_was_applied_is_refused(
    empty_url: str, tmp_path: Path
) -> None:
    (tmp_path / "0001_a.sql").write_text(CREATE)
    await migrate(empty_url, tmp_path)
    (tmp_path / "0001_a.sql").write_text("CREATE TABLE other (id int)")
    with pytest.raises(StateError, match=r"0001_a\.sql was changed"):
        await migrate(empty_url, tmp_path)


async def test_a_file_that_sorts_before_applied_ones_is_refused(
    empty_url: str, tmp_path: Path
) -> None:
    (tmp_path / "0002_a.sql").write_text(CREATE)
    await migrate(empty_url, tmp_path)
    (tmp_path / "0001_b.sql").write_text("SELECT 1")
    with pytest.raises(StateError, match=r"0001_b\.sql comes before 0002_a\.sql"):
        await migrate(empty_url, tmp_path)


async def test_a_transaction_that_raises_leaves_nothing(pool: Pool) -> None:
    async def add_and_raise() -> None:
        async with transaction(pool) as conn:
            await conn.execute("INSERT INTO tenant (id) VALUES ('acme')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await add_and_raise()
    async with transaction(pool) as conn:
        rows = await conn.execute("SELECT 1 FROM tenant")
        assert await rows.fetchall() == []


async def test_an_unreachable_database_is_named_with_its_setting() -> None:
    with pytest.raises(StorageError, match="INGOT_DATABASE_URL"):
        await connect("postgresql://127.0.0.1:1/none?connect_timeout=1")


async def test_a_pool_without_a_database_does_not_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "OPEN_TIMEOUT_S", 0.3)
    with pytest.raises(StorageError, match="INGOT_DATABASE_URL"):
        await open_pool("postgresql://127.0.0.1:1/none?connect_timeout=1")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_event SET actor = 'x'",
        "DELETE FROM audit_event",
    ],
)
async def test_the_audit_trail_only_grows(pool: Pool, sql: str) -> None:
    async with transaction(pool) as conn:
        await conn.execute(
            "INSERT INTO audit_event (actor, action, object_id) VALUES ('a', 'b', 'c')"
        )
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            await conn.execute(sql)
