"""The journal: every answer an engine gave is on disk before anything else is made of it.

An append-only file of lines `crc32 key json`. Group commit: answers that arrive within a few
milliseconds share one fsync, and an answer is handed on only after its fsync. A line torn by a kill
is cut when the journal is opened again. `Journaled` wraps any engine, so that a rerun is a resume:
what was paid for is looked up, the rest is generated.
"""

import asyncio
import os
import zlib
from io import BufferedWriter
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from ingot.engine import Engine, Generated, Request
from ingot.errors import StorageError, boundary

COMMIT_INTERVAL_S = 0.02


def _encode(key: str, answer: Generated) -> bytes:
    body = key.encode() + b" " + orjson.dumps(answer)
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _decode(line: bytes) -> tuple[str, Generated] | None:
    """Read one line; None where it is torn."""
    if not line.endswith(b"\n") or len(line) < 10:
        return None
    checksum, body = line[:8], line[9:-1]
    if b"%08x" % zlib.crc32(body) != checksum:
        return None
    key, _, payload = body.partition(b" ")
    return key.decode(), Generated(**orjson.loads(payload))


class Journal:
    """Answers by request key, in one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._answers: dict[str, Generated] = {}
        self._pending: list[bytes] = []
        self._committed: asyncio.Future[None] | None = None
        with boundary(StorageError, f"cannot open the journal {path}"):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._open()

    def _open(self) -> BufferedWriter:
        """Load what is whole, cut what is torn, and open for appending."""
        whole = 0
        if self.path.exists():
            with self.path.open("rb") as lines:
                for line in lines:
                    entry = _decode(line)
                    if entry is None:
                        break
                    self._answers[entry[0]] = entry[1]
                    whole += len(line)
            os.truncate(self.path, whole)
        return self.path.open("ab")

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: str) -> Generated | None:
        """The answer already paid for, or None."""
        return self._answers.get(key)

    async def put(self, key: str, answer: Generated) -> None:
        """Store an answer; returns when it is on disk."""
        self._pending.append(_encode(key, answer))
        if self._committed is None:
            self._committed = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(COMMIT_INTERVAL_S, self._commit)
        await asyncio.shield(self._committed)
        self._answers[key] = answer

    def _commit(self) -> None:
        """Write and fsync all that is pending, then wake those who wait for it."""
        waiting, self._committed = self._committed, None
        lines, self._pending = self._pending, []
        assert waiting is not None
        try:
            self._file.write(b"".join(lines))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            refused = StorageError(
                f"the journal {self.path} cannot be written: {error}; free disk space"
            )
            waiting.set_exception(refused)
            return
        waiting.set_result(None)

    def close(self) -> None:
        """Close the file; everything acknowledged is on disk already."""
        self._file.close()


class Journaled:
    """An engine whose answers survive a kill."""

    def __init__(self, engine: Engine, journal: Journal) -> None:
        self.engine, self.journal = engine, journal
        self.asked = 0
        """Requests that really reached the engine."""
        self.tokens = 0
        """Completion tokens of these requests."""

    @property
    def kind(self) -> str:
        """The wrapped engine's kind."""
        return self.engine.kind

    @property
    def model(self) -> str:
        """The wrapped engine's model."""
        return self.engine.model

    @property
    def capacity(self) -> int:
        """The wrapped engine's window."""
        return self.engine.capacity

    async def generate(self, request: Request) -> Generated:
        """Look the answer up, or ask the engine and store what it says. Failures are not stored."""
        key = request.key(self.model)
        known = self.journal.get(key)
        if known is not None:
            return known
        answer = await self.engine.generate(request)
        self.asked += 1
        self.tokens += answer.completion_tokens
        if not answer.failure:
            await self.journal.put(key, answer)
        return answer

    async def __aenter__(self) -> Self:
        await self.engine.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.journal.close()
        await self.engine.__aexit__(kind, error, traceback)
