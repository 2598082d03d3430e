"""The journal: what an engine answered is on disk within moments, and is never asked for twice.

An append-only file of lines `crc32 key json`. Group commit: what arrives within COMMIT_INTERVAL_S,
or COMMIT_LINES of it, shares one fsync, made in a thread so that nobody waits for the disk. Lines
reach the disk in the order in which they were appended, so whatever was made from an answer is
never on disk without it. A line torn by a kill is cut when the journal is opened again.

In memory is only where each line stands (about 150 bytes for each), never what it holds.
`Journaled` wraps any engine, so that a rerun is a resume: what was paid for is looked up, the rest
is generated.
"""

import asyncio
import fcntl
import os
import zlib
from collections.abc import Awaitable, Callable
from io import BufferedWriter
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from ingot.engine import Engine, Generated, ModelIdentity, Request
from ingot.errors import StorageError, boundary
from ingot.records import ToolCall

COMMIT_INTERVAL_S = 0.05
COMMIT_LINES = 256


class Journal:
    """Payloads by key, in one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._places: dict[str, tuple[int, int]] = {}
        """Key -> (offset, length) of its payload in the file."""
        self._fresh: dict[str, bytes] = {}
        """Payloads that are not yet on disk."""
        self._pending: list[tuple[str, bytes]] = []
        self._size = 0
        self._timer: asyncio.TimerHandle | None = None
        self._commit: asyncio.Task[None] | None = None
        self._broken: StorageError | None = None
        self.commits = 0
        with boundary(StorageError, f"cannot open the journal {path}"):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._open()
            self._reader = os.open(path, os.O_RDONLY)

    def _open(self) -> BufferedWriter:
        """Open for appending, index what is whole, cut what is torn."""
        file = self.path.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise StorageError(
                f"the journal {self.path} is in use by another run: wait for it or stop it"
            ) from None
        with self.path.open("rb") as lines:
            for line in lines:
                key = _whole_key(line)
                if key is None:
                    break
                self._places[key] = _place(self._size, line, key)
                self._size += len(line)
        os.truncate(self.path, self._size)
        return file

    def __len__(self) -> int:
        return len(self._places) + len(self._fresh)

    def __contains__(self, key: str) -> bool:
        return key in self._places or key in self._fresh

    def get(self, key: str) -> bytes | None:
        """The payload of a key, or None."""
        fresh = self._fresh.get(key)
        if fresh is not None:
            return fresh
        place = self._places.get(key)
        return os.pread(self._reader, place[1], place[0]) if place else None

    def append(self, key: str, payload: bytes) -> None:
        """Store a payload (JSON without line breaks); it is on disk after the next commit.

        Raises StorageError where an earlier commit failed.
        """
        if self._broken is not None:
            raise self._broken
        self._fresh[key] = payload
        self._pending.append((key, payload))
        if self._commit is None:
            if len(self._pending) >= COMMIT_LINES:
                self._begin()
            elif self._timer is None:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(COMMIT_INTERVAL_S, self._begin)

    async def flush(self) -> None:
        """Return when all that was appended is on disk; raises StorageError where it cannot be."""
        while self._pending or self._commit is not None:
            if self._commit is None:
                self._begin()
            assert self._commit is not None
            await asyncio.shield(self._commit)
        if self._broken is not None:
            raise self._broken

    def _begin(self) -> None:
        """Start a commit of all that is pending."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        entries, self._pending = self._pending, []
        self._commit = asyncio.get_running_loop().create_task(self._write(entries))

    async def _write(self, entries: list[tuple[str, bytes]]) -> None:
        lines = [_encode(key, payload) for key, payload in entries]
        try:
            await asyncio.to_thread(self._store, lines)
        except OSError as error:
            self._broken = StorageError(
                f"the journal {self.path} cannot be written: {error}; free disk space"
            )
            self._pending.clear()
        else:
            self._index(entries, lines)
        self._commit = None
        if self._pending:
            self._begin()

    def _store(self, lines: list[bytes]) -> None:
        self._file.write(b"".join(lines))
        self._file.flush()
        os.fsync(self._file.fileno())
        self.commits += 1

    def _index(self, entries: list[tuple[str, bytes]], lines: list[bytes]) -> None:
        """From now on these are read from the disk."""
        for (key, payload), line in zip(entries, lines, strict=True):
            self._places[key] = _place(self._size, line, key)
            self._size += len(line)
            if self._fresh.get(key) is payload:
                del self._fresh[key]

    def close(self) -> None:
        """Write what is pending and close the file."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        entries, self._pending = self._pending, []
        if entries and self._broken is None:
            with boundary(StorageError, f"the journal {self.path} cannot be written"):
                self._store([_encode(key, payload) for key, payload in entries])
        self._file.close()
        os.close(self._reader)


def _encode(key: str, payload: bytes) -> bytes:
    body = key.encode() + b" " + payload
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _whole_key(line: bytes) -> str | None:
    """The key of a line; None where it is torn."""
    if not line.endswith(b"\n") or len(line) < 10:
        return None
    checksum, body = line[:8], line[9:-1]
    if b"%08x" % zlib.crc32(body) != checksum:
        return None
    return body.partition(b" ")[0].decode()


def _place(start: int, line: bytes, key: str) -> tuple[int, int]:
    """Where the payload of a line stands: after checksum, key and a space each; before the end."""
    head = 8 + 1 + len(key) + 1
    return start + head, len(line) - head - 1


class Answers:
    """A journal of what engines generated; each draw is asked for once, however often wanted."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._asking: dict[str, asyncio.Future[Generated]] = {}

    def find(self, key: str) -> Generated | None:
        """The answer already paid for, or None."""
        payload = self.journal.get(key)
        return None if payload is None else read_generated(payload)

    async def draw(self, key: str, ask: Callable[[], Awaitable[Generated]]) -> Generated:
        """Give the stored answer, wait for the same draw already under way, or ask and store.

        A failure is stored only where asking again cannot mend it.
        """
        known = self.find(key)
        if known is not None:
            return known
        if (asking := self._asking.get(key)) is not None:
            return await asyncio.shield(asking)
        waiter = self._asking[key] = asyncio.get_running_loop().create_future()
        try:
            answer = await ask()
            if not answer.failure or answer.lasting:
                self.journal.append(key, orjson.dumps(answer, default=_plain))
            waiter.set_result(answer)
            return answer
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError):
                waiter.cancel()
            else:
                waiter.set_exception(error)
                waiter.exception()  # mark it as seen: there may be nobody else to see it
            raise
        finally:
            del self._asking[key]


def _plain(value: object) -> object:
    assert isinstance(value, ToolCall)
    return value.model_dump()


def read_generated(payload: bytes) -> Generated:
    """An answer as the journal holds it."""
    fields = orjson.loads(payload)
    calls = fields.pop("tool_calls", None) or ()
    return Generated(**fields, tool_calls=tuple(ToolCall.model_validate(call) for call in calls))


class Journaled:
    """An engine whose answers survive a kill."""

    def __init__(self, engine: Engine, journal: Journal) -> None:
        self.engine, self.journal = engine, journal
        self._answers = Answers(journal)
        self.asked = 0
        """Requests that really reached the engine."""
        self.tokens = 0
        """Completion tokens of these requests."""

    @property
    def kind(self) -> str:
        """The wrapped engine's kind."""
        return self.engine.kind

    @property
    def identity(self) -> ModelIdentity:
        """The wrapped engine's model."""
        return self.engine.identity

    @property
    def model(self) -> str:
        """The wrapped engine's model, as keys name it."""
        return self.engine.model

    @property
    def capacity(self) -> int:
        """The wrapped engine's window."""
        return self.engine.capacity

    async def generate(self, request: Request) -> Generated:
        """Look the answer up, or ask the engine and store what it says."""
        return await self._answers.draw(request.key(self.model), lambda: self._ask(request))

    async def _ask(self, request: Request) -> Generated:
        answer = await self.engine.generate(request)
        self.asked += 1
        self.tokens += answer.completion_tokens
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
        try:
            await self.journal.flush()
        finally:
            self.journal.close()
            await self.engine.__aexit__(kind, error, traceback)
