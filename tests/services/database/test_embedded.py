import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ingot.errors import StorageError
from services.database.embedded import start_embedded, stop_embedded


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ingot-pg-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "home"
        stop_embedded(Path(folder) / "home")


def test_a_server_survives_being_killed_and_keeps_what_was_committed(home: Path) -> None:
    url = start_embedded(home)
    assert start_embedded(home) == url
    with psycopg.connect(url) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 7 AS n")
    os.kill(int((home / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    with psycopg.connect(start_embedded(home)) as conn:
        assert conn.execute("SELECT n FROM kept").fetchone() == (7,)
    stop_embedded(home)
    stop_embedded(home)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_a_server_that_cannot_start_says_where_to_look(home: Path) -> None:
    (home / "postgres").mkdir(parents=True)
    (home / "postgres" / "PG_VERSION").write_text("18")
    with pytest.raises(StorageError, match=r"postgres/log.*INGOT_DATABASE_URL"):
        start_embedded(home)
