"""What a runner is told and what it answers; the only thing both environments share."""

import importlib.metadata
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one peer."""

    endpoint: str
    """OpenAI address, `/v1` included."""
    requests: int
    setting: str
    folder: str
    """Where the peer may write."""

    @property
    def prompts(self) -> list[str]:
        """Every system is asked the same."""
        return [prompt(number) for number in range(self.requests)]


def prompt(number: int) -> str:
    """The prompt of one row."""
    return f"Write a short story about a lighthouse, a storm and the number {number}."


def run(distribution: str, answer: Callable[[Job], Sequence[object]]) -> None:
    """Read the job from the command line, do it, and write which rows hold text."""
    job = Job(**json.loads(sys.argv[1]))
    startup_cpu_s = time.process_time()
    rows = sum(isinstance(each, str) and bool(each) for each in answer(job))
    outcome = Outcome(rows, round(startup_cpu_s, 2), importlib.metadata.version(distribution))
    (Path(job.folder) / "outcome.json").write_text(json.dumps(asdict(outcome)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a runner has to say beside what the engine saw."""

    rows: int
    """Rows of the finished data set that hold a text."""
    startup_cpu_s: float
    """CPU used before the first row: imports."""
    version: str
