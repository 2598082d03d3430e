"""One run's conversation with the outside: its input fed, its output read within a cap."""

import asyncio
import os
from contextlib import suppress
from typing import Self

from judging.sandbox.limits import Limits

_CHUNK_BYTES = 65_536


class Exchange:
    """Three pipes; the event loop moves bytes while the run goes on."""

    def __init__(self, stdin: str, limits: Limits) -> None:
        self._unfed = memoryview(stdin.encode("utf-8", "surrogatepass"))
        self._cap_bytes = limits.output_bytes
        self.stdout, self.stderr = bytearray(), bytearray()
        self._loop = asyncio.get_running_loop()
        self.overflow: asyncio.Future[None] = self._loop.create_future()
        """Done as soon as the program has written more than it may."""

    def __enter__(self) -> Self:
        pipes = (os.pipe(), os.pipe(), os.pipe())
        (read_in, self._feed), (self._out, write_out), (self._err, write_err) = pipes
        self._inner: tuple[int, ...] = (read_in, write_out, write_err)
        for descriptor in (self._feed, self._out, self._err):
            os.set_blocking(descriptor, False)
        self._feeding = True
        self._feed_some()
        if self._feeding:
            self._loop.add_writer(self._feed, self._feed_some)
        self._loop.add_reader(self._out, self._read, self._out, self.stdout)
        self._loop.add_reader(self._err, self._read, self._err, self.stderr)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_feeding()
        for descriptor in (self._out, self._err):
            self._loop.remove_reader(descriptor)
        for descriptor in (*self.take_inner(), self._out, self._err):
            os.close(descriptor)
        self.overflow.cancel()

    @property
    def inner(self) -> tuple[int, ...]:
        """The program's ends: standard input, output and error."""
        return self._inner

    def close_inner(self) -> None:
        """Once another process has them."""
        for descriptor in self.take_inner():
            os.close(descriptor)

    def take_inner(self) -> tuple[int, ...]:
        """Forget them."""
        inner, self._inner = self._inner, ()
        return inner

    def read_rest(self) -> None:
        """Read what lies in the pipes; all who could write more are gone."""
        for descriptor, buffer in ((self._out, self.stdout), (self._err, self.stderr)):
            while self._read(descriptor, buffer):
                pass

    def _feed_some(self) -> None:
        """Write what fits; a program that does not read its input is no error."""
        with suppress(BlockingIOError):
            try:
                while self._unfed:
                    self._unfed = self._unfed[os.write(self._feed, self._unfed) :]
            except BrokenPipeError:
                pass
            self._stop_feeding()

    def _stop_feeding(self) -> None:
        if self._feeding:
            self._feeding = False
            self._loop.remove_writer(self._feed)
            os.close(self._feed)

    def _read(self, descriptor: int, buffer: bytearray) -> bool:
        """Read once; whether there may be more."""
        try:
            chunk = os.read(descriptor, _CHUNK_BYTES)
        except BlockingIOError:
            return False
        buffer += chunk[: self._cap_bytes - len(buffer)]
        full = len(buffer) == self._cap_bytes
        if full and not self.overflow.done():
            self.overflow.set_result(None)
        if full or not chunk:
            self._loop.remove_reader(descriptor)
        return bool(chunk) and not full
