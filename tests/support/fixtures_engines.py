"""Real engines over the embedded models, each started once per session."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from generation.engines.vllm import CPU_SERVER_OPTIONS
from ingot.engine.process import vllm_environment
from ingot.settings import MODELS


@pytest.fixture(scope="session")
def vllm_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base URL of a real `vllm serve` with the embedded generator, named 'embedded'."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("vllm") / "serve.log"
    environment = vllm_environment("cpu")
    environment.pop("VLLM_ENABLE_V1_MULTIPROCESSING")
    command = [sys.executable, "-m", "vllm.entrypoints.cli.main", "serve"]
    command += [str(MODELS / "generator"), "--served-model-name", "embedded"]
    command += ["--host", "127.0.0.1", "--port", str(port), *CPU_SERVER_OPTIONS]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _await(f"http://127.0.0.1:{port}/health", server, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _await(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline_s = time.monotonic() + 600
    while time.monotonic() < deadline_s:
        assert server.poll() is None, log.read_text()[-2000:]
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise AssertionError(f"vllm serve did not start: {log.read_text()[-2000:]}")
