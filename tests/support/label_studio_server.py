"""A real Label Studio from PyPI, in an environment and with a database of its own."""

import os
import secrets
import signal
import socket
import subprocess
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

VERSION = "1.23.2"
START_S = 300
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
VENVS = Path(os.environ.get("INTEROP_VENVS") or _CACHE / "ingot" / "interop")
"""Where its environment is kept from one run to the next; about 1 GB."""


def install() -> Path:
    """The program's path; installed where it is not there yet."""
    folder = VENVS / f"label-studio-{VERSION}"
    ready, program = folder / ".ready", folder / "bin" / "label-studio"
    if not ready.exists():
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, f"label-studio=={VERSION}"], check=True)
        ready.touch()
    return program


@contextmanager
def label_studio(folder: Path) -> Iterator[httpx.Client]:
    """Label Studio over a new SQLite file in a folder, and a client of its only user."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    token = secrets.token_hex(20)
    user = ["--username", "one@example.org", "--password", secrets.token_hex(8)]
    access = ["--user-token", token, "--enable-legacy-api-token"]
    where = ["--internal-host", "127.0.0.1", "--port", str(port), "--data-dir", str(folder)]
    with (folder / "label-studio.log").open("wb") as log:
        process = subprocess.Popen(
            [str(install()), "start", "--no-browser", *where, *user, *access],
            env=os.environ | _settings(folder),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    headers = {"Authorization": f"Token {token}"}
    url = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(base_url=url, headers=headers, timeout=120, verify=False) as client:
            _wait(client, process)
            yield client
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _settings(folder: Path) -> dict[str, str]:
    """Nothing leaves the machine, and nothing outside of the folder is written."""
    return {
        "DJANGO_DB": "sqlite",
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder),
        "XDG_DATA_HOME": str(folder),
        "COLLECT_ANALYTICS": "false",
        "LATEST_VERSION_CHECK": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
    }


def _wait(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert process.poll() is None, "Label Studio ended; see label-studio.log"
        try:
            if client.get("/api/projects/").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise AssertionError(f"Label Studio was not ready after {START_S} s")
