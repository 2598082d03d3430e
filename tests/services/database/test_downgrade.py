"""The schema up from nothing, back, and up again."""

from pathlib import Path
from shutil import copy

import psycopg
import pytest

from ingot.errors import StateError, StorageError
from services.database.migrate import applied, digest, downgrade, migrate, schema_files

SHAPE = {
    "columns": "SELECT table_name, column_name, data_type, is_nullable, column_default "
    "FROM information_schema.columns WHERE table_schema = 'public'",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) "
    "FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": "SELECT tgrelid::regclass::text, tgname, tgenabled, pg_get_triggerdef(oid) "
    "FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
}
"""What a schema is made of, whatever the order of its columns."""


def shape(url: str) -> dict[str, set[tuple[object, ...]]]:
    with psycopg.connect(url) as conn:
        return {part: set(conn.execute(sql).fetchall()) for part, sql in SHAPE.items()}


async def test_every_step_back_leads_to_what_was_there_before(
    empty_url: str, tmp_path: Path
) -> None:
    shapes = {}
    for file in schema_files():
        copy(file, tmp_path)
        await migrate(empty_url, tmp_path)
        shapes[file.stem] = shape(empty_url)
    for name in list(shapes)[-2::-1]:
        assert await downgrade(empty_url, name) == 1
        assert shape(empty_url) == shapes[name], name
    await downgrade(empty_url, "base")
    tables = {row[0] for row in shape(empty_url)["columns"]}
    assert tables == {"alembic_version", "schema_version"}


async def test_up_down_and_up_again(empty_url: str) -> None:
    files = [file.stem for file in schema_files()]
    assert await migrate(empty_url) == len(files)
    assert list(await applied(empty_url)) == files
    assert await downgrade(empty_url, "base") == len(files)
    assert await applied(empty_url) == {}
    assert await migrate(empty_url) == len(files)


async def test_a_schema_that_is_not_below_is_refused(empty_url: str) -> None:
    await migrate(empty_url)
    first, second, *_ = schema_files()
    with pytest.raises(StateError, match="'nowhere' is no schema below this one: choose base or"):
        await downgrade(empty_url, "nowhere")
    await downgrade(empty_url, first.stem)
    with pytest.raises(StateError, match="no schema below this one"):
        await downgrade(empty_url, second.stem)


async def test_a_file_without_a_way_back_stays(empty_url: str, tmp_path: Path) -> None:
    (tmp_path / "0001_a.sql").write_text("CREATE TABLE thing (id int)")
    await migrate(empty_url, tmp_path)
    with pytest.raises(StorageError, match=r"0001_a\.down\.sql cannot be applied"):
        await downgrade(empty_url, "base", tmp_path)
    assert list(await applied(empty_url)) == ["0001_a"]


async def test_a_database_from_before_alembic_is_adopted(empty_url: str, tmp_path: Path) -> None:
    first, second = tmp_path / "0001_a.sql", tmp_path / "0002_b.sql"
    first.write_text("CREATE TABLE thing (id int)")
    with psycopg.connect(empty_url) as conn:
        conn.execute(first.read_text())
        conn.execute(
            "CREATE TABLE schema_version (name text PRIMARY KEY, sha256 text NOT NULL, "
            "applied_at timestamptz NOT NULL DEFAULT now())"
        )
        conn.execute(
            "INSERT INTO schema_version (name, sha256) VALUES (%s, %s)", (first.name, digest(first))
        )
    with pytest.raises(StateError, match="upgrade it first"):
        await downgrade(empty_url, "base", tmp_path)
    assert await migrate(empty_url, tmp_path) == 0
    second.write_text("ALTER TABLE thing ADD COLUMN name text")
    assert await migrate(empty_url, tmp_path) == 1
    assert list(await applied(empty_url)) == ["0001_a", "0002_b"]


@pytest.mark.parametrize("file", schema_files(), ids=lambda file: file.stem)
def test_each_file_has_a_way_back_and_a_name_that_alembic_can_keep(file: Path) -> None:
    assert file.with_suffix(".down.sql").is_file()
    assert len(file.stem) <= 32
