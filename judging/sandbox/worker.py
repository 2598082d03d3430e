"""A warm sandbox: bubblewrap with a zygote inside that starts one program after another.

The programs share its user and network namespace and the read-only files, and nothing else: see
`inside/zygote.py`. Whoever holds a worker runs one program at a time in it.
"""

import asyncio
import json
import os
import select
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, Self

from judging.sandbox import inside
from judging.sandbox.command import FILTER, MAIN, command_for_many
from judging.sandbox.descriptors import open_files, open_pipe, read_report
from judging.sandbox.exchange import Exchange
from judging.sandbox.filter import build_filter
from judging.sandbox.limits import Limits, Run, RunOutcome, read_outcome

Kind = Literal["run", "test"]
"""'test' runs the tester on the job that comes on standard input, instead of a program."""

START_S = 30.0
MAX_RUNS = 1_000
"""A worker is replaced after so many; nothing is known to add up, so this is caution."""

_INSIDE = Path(inside.__file__).parent
_MODULES = ("candidate", "compare", "confine", "main_module", "remote", "tester", "wire")
_READY = b"ready"
_PACKET_BYTES = 4096
_PLAIN_EXIT = range(128)


class NoWorkerError(Exception):
    """A warm sandbox cannot be had on this machine, or not now."""


class Worker:
    """One sandbox that stays until it is closed."""

    def __init__(
        self, process: subprocess.Popen[bytes], channel: socket.socket, inside: int
    ) -> None:
        self._process = process
        self._channel = channel
        self._inside = inside
        """A pidfd of the sandbox's first process, with which all inside die."""
        self._runs = 0
        self.fit = True
        """False after a run that did not end by itself and in peace."""

    @classmethod
    async def start(cls) -> Self:
        """Start bubblewrap and wait until the zygote is ready.

        Raises:
            NoWorkerError: saying what bubblewrap or the zygote said.
        """
        seccomp = build_filter()
        if seccomp is None:
            raise NoWorkerError("no filter of system calls for this kind of machine")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        files = {**_zygote_files(), FILTER: seccomp.hex()}
        with theirs, open_pipe() as (status, report), open_files(files) as opened:
            process = subprocess.Popen(
                command_for_many(opened, theirs.fileno(), ["--json-status-fd", str(report)]),
                # Pipes, as the programs will have: a stream asks only once what it stands on.
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(*opened.values(), theirs.fileno(), report),
                cwd="/",
            )
            theirs.close()
            try:
                if await _is_ready(ours):
                    inside = os.pidfd_open(read_report(status)["child-pid"])
                    return cls(process, ours, inside)
            except BaseException:
                _abandon(process, ours)
                raise
        raise NoWorkerError(_abandon(process, ours))

    async def run(self, kind: Kind, program: str, stdin: str, limits: Limits) -> Run:
        """Run one program to its end, or to the end of its limits.

        The outcome is 'unavailable' where the walls could not be built or the zygote died, so
        that nothing is known of the program.
        """
        started = time.monotonic()
        self._runs += 1
        self.fit = False  # until it has ended well
        stopped: RunOutcome | None = None
        answer: dict[str, Any] | None = None
        with Exchange(stdin, limits) as exchange:
            self._request(kind, program, limits, exchange)
            try:
                async with asyncio.timeout(limits.timeout_s):
                    answer = await self._answer(exchange)
            except TimeoutError:
                stopped = "timeout"
            if answer is None:
                await self._end()
            exchange.read_rest()
            if exchange.overflow.done():
                stopped = "output"
        seconds = time.monotonic() - started
        stdout, stderr = _text(exchange.stdout), _text(exchange.stderr)
        code = answer.get("exit_code") if answer and not stopped else None
        if stopped is None and code is None:
            return Run("unavailable", None, stdout, stderr, seconds)
        out_of_time = seconds >= limits.cpu_s
        outcome = stopped or read_outcome(code, stderr, out_of_time=out_of_time)
        self.fit = stopped is None and code in _PLAIN_EXIT and self._runs < MAX_RUNS
        return Run(outcome, code, stdout, stderr, seconds)

    def close(self) -> None:
        """Kill all that is inside and wait until it is gone, some milliseconds."""
        if self._process.returncode is None:
            self._kill()
            poll = select.poll()  # select(2) knows no descriptor above 1023
            poll.register(self._inside, select.POLLIN)
            poll.poll()
            self._collect()

    def _request(self, kind: Kind, program: str, limits: Limits, exchange: Exchange) -> None:
        request = json.dumps({"kind": kind, "limits": asdict(limits)}).encode()
        with open_files({MAIN: program}) as files:
            descriptors = [files[MAIN], *exchange.inner]
            with suppress(OSError):  # a zygote that died: the answer will tell
                socket.send_fds(self._channel, [request], descriptors)
        exchange.close_inner()

    async def _answer(self, exchange: Exchange) -> dict[str, Any] | None:
        """What the zygote says; None where it is dead or the program has written too much."""
        if not await _wait_to_read(self._channel.fileno(), exchange.overflow):
            return None
        try:
            said = self._channel.recv(_PACKET_BYTES)
        except OSError:
            return None
        return json.loads(said) if said else None

    async def _end(self) -> None:
        """Kill all that is inside, and wait without holding up the loop."""
        self._kill()
        await _wait_to_read(self._inside)
        self._collect()

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._inside, signal.SIGKILL)

    def _collect(self) -> None:
        self._channel.close()
        self._process.communicate()
        os.close(self._inside)


def _zygote_files() -> dict[str, str]:
    """Read anew by each worker: some 30 kB."""
    names = {name: f"judging/sandbox/inside/{name}.py" for name in _MODULES}
    files = {path: (_INSIDE / f"{name}.py").read_text() for name, path in names.items()}
    return {MAIN: (_INSIDE / "zygote.py").read_text(), **files}


async def _is_ready(channel: socket.socket) -> bool:
    try:
        async with asyncio.timeout(START_S):
            await _wait_to_read(channel.fileno())
    except TimeoutError:
        return False
    return channel.recv(_PACKET_BYTES) == _READY


async def _wait_to_read(descriptor: int, until: asyncio.Future[None] | None = None) -> bool:
    """Wait until there is something to read; False where the other future was done first.

    When this returns or is cancelled, the loop has forgotten the descriptor, so that it may be
    closed and its number used again.
    """
    loop = asyncio.get_running_loop()
    readable: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        loop.remove_reader(descriptor)
        readable.set_result(None)

    loop.add_reader(descriptor, wake)
    try:
        await asyncio.wait({readable, until or readable}, return_when=asyncio.FIRST_COMPLETED)
        return readable.done()
    finally:
        loop.remove_reader(descriptor)


def _abandon(process: subprocess.Popen[bytes], channel: socket.socket) -> str:
    """End a sandbox that is not ready, so that it has never run a program; what it said."""
    channel.close()
    process.kill()
    return process.communicate()[1].decode("utf-8", "replace")


def _text(buffer: bytearray) -> str:
    return buffer.decode("utf-8", "replace")
