"""One sandboxed process: started, fed, read within a cap, timed, and killed with all its children.

bubblewrap reports on a pipe of its own: first the host's id of the sandbox's first process, whose
death is the death of all inside, and in the end the exit code, without which nothing was started.
"""

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from judging.sandbox.limits import Limits, Run, RunOutcome

_CHUNK_BYTES = 65_536


@contextmanager
def open_files(files: Mapping[str, str]) -> Iterator[dict[str, int]]:
    """Each text as an open file in memory."""
    descriptors: dict[str, int] = {}
    try:
        for name, text in files.items():
            descriptors[name] = os.memfd_create("file", 0)
            os.set_inheritable(descriptors[name], True)
            with os.fdopen(descriptors[name], "wb", closefd=False) as file:
                file.write(text.encode("utf-8", "surrogatepass"))
            os.lseek(descriptors[name], 0, os.SEEK_SET)
        yield descriptors
    finally:
        for descriptor in descriptors.values():
            os.close(descriptor)


async def run_command(
    command: list[str], stdin: str, limits: Limits, descriptors: tuple[int, ...]
) -> Run:
    """Run a bubblewrap command to its end, or to the end of its limits."""
    started = time.monotonic()
    with _pipe() as (status, report):
        at = command.index("bwrap") + 1
        process = await asyncio.create_subprocess_exec(
            *(*command[:at], "--json-status-fd", str(report), *command[at:]),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=(*descriptors, report),
            cwd="/",
        )
        stdout, stderr = bytearray(), bytearray()
        stopped: RunOutcome | None = None
        reported: dict[str, int] = {}
        try:
            async with asyncio.timeout(limits.timeout_s):
                stopped = await _attend(process, stdin, (stdout, stderr), limits.output_bytes)
        except TimeoutError:
            stopped = "timeout"
        finally:
            reported = await _end(process, status)
    seconds = time.monotonic() - started
    code = None if stopped else process.returncode
    if "exit-code" not in reported:
        outcome = stopped or "unavailable"
    else:
        outcome = stopped or _outcome(code, bytes(stderr), seconds >= limits.cpu_s)
    return Run(outcome, code, _text(stdout), _text(stderr), seconds)


async def _attend(
    process: asyncio.subprocess.Process,
    stdin: str,
    buffers: tuple[bytearray, bytearray],
    cap_bytes: int,
) -> RunOutcome | None:
    """Feed and read a process until it ends; 'output' as soon as it has said too much."""
    assert process.stdout is not None
    assert process.stderr is not None
    feeding = asyncio.ensure_future(_feed(process, stdin))
    readers = [
        asyncio.ensure_future(_read(process.stdout, buffers[0], cap_bytes)),
        asyncio.ensure_future(_read(process.stderr, buffers[1], cap_bytes)),
    ]
    try:
        for reader in asyncio.as_completed(readers):
            if not await reader:
                return "output"
        await process.wait()
        return None
    finally:
        for task in (feeding, *readers):
            task.cancel()
        await asyncio.gather(feeding, *readers, return_exceptions=True)


async def _feed(process: asyncio.subprocess.Process, stdin: str) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(stdin.encode("utf-8", "surrogatepass"))
        await process.stdin.drain()
    process.stdin.close()


async def _read(stream: asyncio.StreamReader, buffer: bytearray, cap_bytes: int) -> bool:
    """Read to the end; False when there was more than the cap."""
    while chunk := await stream.read(_CHUNK_BYTES):
        buffer += chunk[: cap_bytes - len(buffer)]
        if len(buffer) == cap_bytes:
            return False
    return True


async def _end(process: asyncio.subprocess.Process, status: int) -> dict[str, int]:
    """Kill what is left, from the first process inside outwards, and read the report."""
    if process.returncode is None:
        inside = _read_report(status).get("child-pid")
        if inside is not None:
            with suppress(ProcessLookupError):
                os.kill(inside, signal.SIGKILL)
        with suppress(ProcessLookupError):
            process.kill()
        await asyncio.gather(_drain(process.stdout), _drain(process.stderr))
        await process.wait()
    return _read_report(status)


async def _drain(stream: asyncio.StreamReader | None) -> None:
    """Throw away the rest: asyncio awaits no process whose output nobody reads."""
    while stream is not None and await stream.read(_CHUNK_BYTES):
        pass


def _read_report(status: int) -> dict[str, int]:
    """What bubblewrap has said since the last reading."""
    try:
        lines = os.read(status, _CHUNK_BYTES).decode().splitlines()
    except BlockingIOError:
        return {}
    report: dict[str, int] = {}
    for line in lines:
        report |= json.loads(line)
    return report


@contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    try:
        yield read_end, write_end
    finally:
        os.close(read_end)
        os.close(write_end)


def _outcome(code: int | None, stderr: bytes, out_of_time: bool) -> RunOutcome:
    """Read an exit code; a program deaf to SIGXCPU dies of SIGKILL, as one too large does."""
    if code == 0:
        return "ok"
    killed = code == 128 + signal.SIGKILL
    if code == 128 + signal.SIGXCPU or (killed and out_of_time):
        return "timeout"
    last_line = stderr.rstrip().rpartition(b"\n")[2]
    return "memory" if killed or last_line.startswith(b"MemoryError") else "error"


def _text(buffer: bytearray) -> str:
    return buffer.decode("utf-8", "replace")
