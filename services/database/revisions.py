"""The schema's history in Alembic: each numbered SQL file is a revision, no script beside it.

    0004_review.sql       up
    0004_review.down.sql  back

All of an upgrade or downgrade is one transaction under one lock. Beside Alembic's own table,
`schema_version` keeps what each file held when it was applied; a database that was brought here
before Alembic came has that table only, and what it names is not applied again.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType

import psycopg
from alembic.runtime.migration import MigrationContext, MigrationStep, RevisionStep
from alembic.script import Script
from alembic.script.revision import Revision, RevisionError, RevisionMap
from sqlalchemy import Connection, NullPool, create_engine, text

from ingot.errors import StateError, StorageError, boundary
from services.database.migrate import digest, schema_files

_LOCK = 0x1_6607  # any number that nothing else locks
Heads = tuple[str, ...]


def upgrade(url: str, folder: Path) -> int:
    """Apply what is missing; see `migrate`."""
    with _database(url) as conn:
        known = _known(conn)
        _check(schema_files(folder), known)
        history = _history(conn, folder, known)

        def steps(heads: Heads, _: MigrationContext) -> list[RevisionStep]:
            missing = history.iterate_revisions("head", heads, implicit_base=True)
            ascending = reversed(_scripts(missing))
            return [MigrationStep.upgrade_from_script(history, each) for each in ascending]

        _run(conn, steps)
        return len(_known(conn)) - len(known)


def downgrade(url: str, target: str, folder: Path) -> int:
    """Take back what came after `target`; see `migrate`."""
    with _database(url) as conn:
        known = _known(conn)
        history = _history(conn, folder, known)

        def steps(heads: Heads, _: MigrationContext) -> list[RevisionStep]:
            if known and not heads:
                raise StateError("the database is from before Alembic's time: upgrade it first")
            newer = history.iterate_revisions(heads, target, select_for_downgrade=True)
            return [MigrationStep.downgrade_from_script(history, each) for each in _scripts(newer)]

        try:
            _run(conn, steps)
        except RevisionError as error:
            names = ", ".join(file.stem for file in schema_files(folder))
            raise StateError(
                f"{target!r} is no schema below this one: choose base or one of {names}"
            ) from error
        return len(known) - len(_known(conn))


@contextmanager
def _database(url: str) -> Iterator[Connection]:
    """One transaction that no other process migrates beside."""
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool
    )
    with engine.begin() as conn:
        conn.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        conn.execute(
            text(
                "CREATE TABLE IF NOT EXISTS schema_version (name text PRIMARY KEY, "
                "sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
            )
        )
        yield conn


def _known(conn: Connection) -> dict[str, str]:
    rows = conn.execute(text("SELECT name, sha256 FROM schema_version"))
    return {str(name): str(sha256) for name, sha256 in rows}


def _check(files: list[Path], known: dict[str, str]) -> None:
    """Refuse a history that is not the database's own."""
    newest = max(known, default="")
    for file in files:
        if file.name in known and known[file.name] != digest(file):
            raise StateError(
                f"{file.name} was changed after it was applied; restore it and add a new file"
            )
        if file.name not in known and file.name < newest:
            raise StateError(f"{file.name} comes before {newest}, which is applied: renumber it")


def _history(conn: Connection, folder: Path, known: dict[str, str]) -> RevisionMap:
    """All files as a chain of revisions."""

    def scripts() -> Iterator[Script]:
        before: str | None = None
        for file in schema_files(folder):
            module = ModuleType(file.stem)
            vars(module)["down_revision"] = before
            vars(module)["upgrade"] = partial(_apply, conn, file, known)
            vars(module)["downgrade"] = partial(_revert, conn, file)
            yield Script(module, file.stem, file)
            before = file.stem

    return RevisionMap(scripts)


def _scripts(revisions: Iterable[Revision]) -> list[Script]:
    return [each for each in revisions if isinstance(each, Script)]


def _run(conn: Connection, steps: Callable[[Heads, MigrationContext], list[RevisionStep]]) -> None:
    MigrationContext.configure(conn, opts={"fn": steps}).run_migrations()


def _apply(conn: Connection, file: Path, known: dict[str, str]) -> None:
    if file.name in known:
        return  # applied before Alembic came
    _execute(conn, file)
    conn.execute(
        text("INSERT INTO schema_version (name, sha256) VALUES (:name, :sha256)"),
        {"name": file.name, "sha256": digest(file)},
    )


def _revert(conn: Connection, file: Path) -> None:
    _execute(conn, file.with_suffix(".down.sql"))
    conn.execute(text("DELETE FROM schema_version WHERE name = :name"), {"name": file.name})


def _execute(conn: Connection, file: Path) -> None:
    with boundary(StorageError, f"{file.name} cannot be applied"):
        sql = file.read_text(encoding="utf-8")
        conn.exec_driver_sql(sql, execution_options={"no_parameters": True})
