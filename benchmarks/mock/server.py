"""The mock engine as a server of its own process.

    python -m benchmarks.mock.server --port 0 --slots 64 --base-ms 50 --token-ms 5

Prints its address as one JSON line. From Python: `with MockServer(MockSettings()) as server`.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import urllib.request
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from benchmarks.mock.connection import Connection
from benchmarks.mock.engine import MockEngine
from benchmarks.mock.settings import MockSettings

new_event_loop = asyncio.new_event_loop
with suppress(ImportError):  # it makes the server leaner, no more
    from uvloop import new_event_loop

ROOT = Path(__file__).resolve().parents[2]
BACKLOG = 4096


@dataclass(frozen=True, slots=True)
class Stats:
    """What the engine saw since it started or was reset; times are on its own clock."""

    first_arrival_s: float
    last_completion_s: float
    requests: int
    """Completions that were well asked for, in whatever state now."""
    completed: int
    poisoned: int
    dropped: int
    """Given up because the client closed its connection."""
    repeated: int
    """Completions of the same messages and seed as one before: work done twice."""
    completion_tokens: int
    busy_slot_seconds: float
    max_in_flight: int
    cpu_s: float
    """What the server itself used."""

    @property
    def seconds(self) -> float:
        """From the first arrival to the last completion; 0 where nothing was completed."""
        return max(self.last_completion_s - self.first_arrival_s, 0.0)

    @property
    def tokens_per_s(self) -> float:
        """Completion tokens per second of that time."""
        return self.completion_tokens / self.seconds if self.seconds else 0.0


class MockServer:
    """A mock engine in a process of its own, on loopback."""

    def __init__(self, settings: MockSettings) -> None:
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in asdict(settings).items()]
        self._command = [sys.executable, "-m", "benchmarks.mock.server", *flags]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.PIPE
        )
        assert self._process.stdout is not None
        self.url: str = orjson.loads(self._process.stdout.readline())["url"]
        """Address without the `/v1`."""
        self.endpoint = f"{self.url}/v1"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.communicate()

    def stats(self) -> Stats:
        """What the engine saw so far."""
        with urllib.request.urlopen(f"{self.url}/stats", timeout=30) as answer:
            return Stats(**orjson.loads(answer.read()))

    def reset(self) -> None:
        """Begin the account anew; nothing may be in flight."""
        request = urllib.request.Request(f"{self.url}/reset", method="POST")
        urllib.request.urlopen(request, timeout=30).close()


async def serve(settings: MockSettings, port: int) -> None:
    """Serve until killed."""
    engine = MockEngine(settings)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(engine.handle), "127.0.0.1", port, backlog=BACKLOG
    )
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"url": f"http://127.0.0.1:{port}"}), flush=True)
    await server.serve_forever()


def main() -> None:
    """Read the flags and serve."""
    parser = argparse.ArgumentParser(description="A mock continuous-batching engine.")
    parser.add_argument("--port", type=int, default=0, help="0 lets the system choose")
    defaults = asdict(MockSettings())
    for field in fields(MockSettings):
        default = defaults[field.name]
        flag = f"--{field.name.replace('_', '-')}"
        parser.add_argument(flag, type=type(default), default=default)
    options = vars(parser.parse_args())
    port: int = options.pop("port")
    with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve(MockSettings(**options), port))


if __name__ == "__main__":
    main()
