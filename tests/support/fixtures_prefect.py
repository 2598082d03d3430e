"""A real Prefect server for the session, and a house in which flows run in the test's process.

Prefect reads its environment when it is imported, which collecting the tests does: so the address
is chosen here, when the plugin is loaded, and the server is started when a test first needs it.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from ingot.settings import Settings


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


_PORT = _free_port()
_HOME = tempfile.TemporaryDirectory(prefix="ingot-prefect-", ignore_cleanup_errors=True)
os.environ |= {
    "PREFECT_HOME": _HOME.name,
    "PREFECT_API_URL": f"http://127.0.0.1:{_PORT}/api",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "DO_NOT_TRACK": "1",
}


@pytest.fixture(scope="session")
def prefect_url() -> Iterator[str]:
    """The server's API; the kernel ends it with this process, however that ends."""
    url = os.environ["PREFECT_API_URL"]
    command = [sys.executable, "-m", "prefect", "server", "start", "--no-ui"]
    with (Path(_HOME.name) / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(_PORT)],
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
    try:
        _await(f"{url}/health", server)
        yield url
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """A home of the test's own, on the test's database."""
    return Settings(home=tmp_path, database_url=database_url)


@pytest.fixture
async def house(prefect_url: str, settings: Settings) -> AsyncIterator[object]:
    """Pool and store, as a worker opens them."""
    from services.pipeline.house import open_house  # imports Prefect, after the lines above

    async with open_house(settings) as opened:
        yield opened


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline_s = time.monotonic() + 400
    log = Path(_HOME.name) / "server.log"
    while time.monotonic() < deadline_s:
        assert server.poll() is None, log.read_text()[-2000:]
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError(f"Prefect did not start: {log.read_text()[-2000:]}")


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
