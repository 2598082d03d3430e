"""One sandboxed process: started, fed, read within a cap, timed, and killed with all its children.

bubblewrap reports on a pipe of its own: first the host's id of the sandbox's first process, whose
death is the death of all inside, and in the end the exit code, without which nothing was started.
"""

import asyncio
import os
import signal
import time
from contextlib import suppress

from judging.sandbox.descriptors import open_pipe, read_report
from judging.sandbox.limits import Limits, Run, RunOutcome, read_outcome

_CHUNK_BYTES = 65_536


async def run_command(
    command: list[str], stdin: str, limits: Limits, descriptors: tuple[int, ...]
) -> Run:
    """Run a bubblewrap command to its end, or to the end of its limits."""
    started = time.monotonic()
    with open_pipe() as (status, report):
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
        out_of_time = seconds >= limits.cpu_s
        outcome = stopped or read_outcome(code, _text(stderr), out_of_time=out_of_time)
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
        inside = read_report(status).get("child-pid")
        if inside is not None:
            with suppress(ProcessLookupError):
                os.kill(inside, signal.SIGKILL)
        with suppress(ProcessLookupError):
            process.kill()
        await asyncio.gather(_drain(process.stdout), _drain(process.stderr))
        await process.wait()
    return read_report(status)


async def _drain(stream: asyncio.StreamReader | None) -> None:
    """Throw away the rest: asyncio awaits no process whose output nobody reads."""
    while stream is not None and await stream.read(_CHUNK_BYTES):
        pass


def _text(buffer: bytearray) -> str:
    return buffer.decode("utf-8", "replace")
