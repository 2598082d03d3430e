"""One peer in one setting against the mock engine."""

import json
import os
import re
import resource
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.mock.raw import generation, measure_raw
from benchmarks.mock.server import MockServer, Stats
from benchmarks.mock.settings import MockSettings
from benchmarks.peers.environments import ROOT, python_of
from benchmarks.peers.job import Job, Outcome, prompt

LIMIT_S = 400
ERROR_CHARACTERS = 300
QUIET = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TELEMETRY_ENABLED": "false",
    "NEMO_TELEMETRY_ENABLED": "false",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "NO_PROXY": "127.0.0.1",
}
"""Nobody reports home or looks for files there."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured."""

    peer: str
    setting: str
    requests: int
    poison_share: float = 0.0


class RunError(Exception):
    """A runner that ended without an outcome; the message is the error that it named last."""


def measure(case: Case) -> dict[str, object]:
    """The figures of one case; whatever goes wrong with the peer stands under `error`."""
    try:
        python = python_of(case.peer)
    except subprocess.CalledProcessError as error:
        return asdict(case) | {"error": f"cannot be installed: {_end(error.stderr)}"}
    with MockServer(MockSettings(poison_share=case.poison_share)) as server:
        raw = measure_raw(server, [generation(prompt(n)) for n in range(case.requests)])
        server.reset()
        before_s = _children_cpu_s()
        try:
            outcome = _run(python, case, server.endpoint)
        except RunError as error:
            failed = {"rows": 0, "completed": server.stats().completed, "error": str(error)}
            return asdict(case) | failed
        cpu_s = _children_cpu_s() - before_s
        return asdict(case) | _figures(outcome, server.stats(), raw, cpu_s)


def _figures(outcome: Outcome, stats: Stats, raw: Stats, cpu_s: float) -> dict[str, object]:
    asked = max(stats.requests, 1)
    return {
        "version": outcome.version,
        "ratio": round(stats.tokens_per_s / raw.tokens_per_s, 3),
        "tokens_per_s": round(stats.tokens_per_s),
        "raw_tokens_per_s": round(raw.tokens_per_s),
        "seconds": round(stats.seconds, 1),
        "max_in_flight": stats.max_in_flight,
        "cpu_ms_per_request": round(cpu_s / asked * 1e3, 2),
        "cpu_ms_per_request_without_startup": round(
            (cpu_s - outcome.startup_cpu_s) / asked * 1e3, 2
        ),
        "rows": outcome.rows,
        "rows_possible": raw.completed,
        "sent": stats.requests,
        "repeated": stats.repeated,
        "work_share": round(stats.completion_tokens / raw.completion_tokens, 3),
    }


def _run(python: Path, case: Case, endpoint: str) -> Outcome:
    """Run the peer's module in its environment, in a folder and a session of its own."""
    with tempfile.TemporaryDirectory(prefix="ingot-peer-") as folder:
        job = Job(endpoint, case.requests, case.setting, folder)
        command = [str(python), "-m", f"benchmarks.peers.run_{case.peer}", json.dumps(asdict(job))]
        said = Path(folder) / "said.txt"
        _wait(command, os.environ | QUIET | {"HOME": folder}, said)
        outcome = Path(folder) / "outcome.json"
        if not outcome.exists():
            raise RunError(_end(said.read_text(errors="replace")))
        return Outcome(**json.loads(outcome.read_text()))


def _wait(command: list[str], environment: Mapping[str, str], said: Path) -> None:
    with said.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        process.wait(LIMIT_S)
    except subprocess.TimeoutExpired as error:
        raise RunError(f"still running after {LIMIT_S} s") from error
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _children_cpu_s() -> float:
    """CPU of all processes that were waited for: the runners', not yet the server's."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _end(said: str) -> str:
    """The last error that was named, or else the last words."""
    named = re.findall(r"^[\w.]*(?:Error|Exception): .*", said, re.MULTILINE)
    return " ".join((named or [said])[-1].split())[-ERROR_CHARACTERS:]
