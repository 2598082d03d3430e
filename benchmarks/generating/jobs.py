"""One run of ours in a process of its own, so that nothing else is counted with it."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parents[2]
RUNNING = b"running\n"
"""What the worker says as soon as its run begins; the outcome follows."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is told."""

    rows: str
    """Address of a JSONL file with a column `prompt`."""
    folder: str
    """Where the journal and the dataset `run` are laid down."""
    recipe: str = "one_step"
    endpoint: str = ""
    """OpenAI address, `/v1` included; '' for an engine inside that answers at once."""
    model: str = "mock"
    max_tokens: int = 2048
    keeps: Literal["everything", "dataset", "nothing"] = "everything"
    """dataset: no journal; nothing: neither journal nor dataset."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a worker measured of its run; its start is not in it."""

    seconds: float
    cpu_s: float
    """Of all threads of the process."""
    peak_mib: float
    """Most resident memory since the process began."""
    requests: int
    """Requests answered, by the engine or the journal."""
    completion_tokens: int
    accepted: int
    failed: int

    @property
    def tokens_per_s(self) -> float:
        """Completion tokens per second, by our own clock."""
        return self.completion_tokens / self.seconds

    @property
    def cpu_ms_per_request(self) -> float:
        """CPU milliseconds of the process per request."""
        return self.cpu_s / self.requests * 1e3


class Worker:
    """A process that does one job."""

    def __init__(self, job: Job) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.generating.worker", json.dumps(asdict(job))],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._said = b""

    def wait_until_running(self) -> None:
        """Return when its run begins, or when it has died before."""
        assert self._process.stdout is not None
        self._said = self._process.stdout.readline()

    def ends_within(self, seconds: float) -> bool:
        """Whether it ends by itself in this time."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End it and all that it started, at once."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()

    def outcome(self) -> Outcome:
        """Wait for its end; raises RuntimeError where it failed (its words are on stderr)."""
        said, _ = self._process.communicate()
        lines = (self._said + said).splitlines()
        if self._process.returncode or not lines:
            raise RuntimeError(f"the worker ended with status {self._process.returncode}")
        return Outcome(**json.loads(lines[-1]))


def run_job(job: Job) -> Outcome:
    """Do a job from beginning to end."""
    return Worker(job).outcome()
