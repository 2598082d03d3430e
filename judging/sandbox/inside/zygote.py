"""The process that is ready: for each request it forks a program into walls of its own.

A request is one packet on the channel, `{"kind": "run" or "test", "limits": {...}}`, with four
descriptors: the text of the program, its standard input, output and error. The answer, one packet
too, comes when every process of the run is gone. Nothing that a program does is read here but the
exit code of the run's first process.
"""

import gc
import importlib
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

from judging.sandbox.inside import tester
from judging.sandbox.inside.confine import Filter, confine, fork_first, furnish, hide, settle
from judging.sandbox.inside.main_module import run_main

# fmt: off
PRELOADED = (
    "bisect", "collections", "copy", "dataclasses", "datetime", "decimal", "enum", "fractions",
    "functools", "hashlib", "heapq", "io", "itertools", "math", "operator", "random", "re",
    "statistics", "string", "time", "traceback", "typing",
)
# fmt: on
"""What programs import most; loaded once here, so that none of them pays for it."""
MAX_REQUEST_BYTES = 4096
_READY = b"ready"


def main() -> None:
    """Settle, say so, and serve until the channel is closed."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    seccomp = Filter(bytes.fromhex(Path(__file__).with_name("filter").read_text()))
    for name in PRELOADED:
        importlib.import_module(name)
    hide()
    settle()
    gc.collect()
    gc.freeze()
    channel.send(_READY)
    while True:
        data, descriptors, _, _ = socket.recv_fds(channel, MAX_REQUEST_BYTES, 4)
        if not data:
            return
        request = json.loads(data)
        channel.send(json.dumps(_serve(request, descriptors, channel, seccomp)).encode())


def _serve(
    request: dict[str, Any], descriptors: list[int], channel: socket.socket, seccomp: Filter
) -> dict[str, object]:
    """One run from its beginning to its end."""
    heard, says = os.pipe()
    first = fork_first()
    if first == 0:
        channel.close()
        os.close(heard)
        _be_first(request, descriptors, says, seccomp)
    for descriptor in (*descriptors, says):
        os.close(descriptor)
    said = os.read(heard, 1000)
    os.close(heard)
    _, status = os.waitpid(first, 0)
    if said != _READY:
        return {"refused": said.decode("utf-8", "replace")}
    return {"exit_code": _exit_code(status)}


def _be_first(
    request: dict[str, Any], descriptors: list[int], says: int, seccomp: Filter
) -> NoReturn:
    """Build the walls, then start the program in a child, or the tester in this process."""
    testing = request["kind"] == "test"
    try:
        source = os.pread(descriptors[0], os.fstat(descriptors[0]).st_size, 0)
        furnish({} if testing else {"main.py": source}, request["limits"])
        for number, descriptor in enumerate(descriptors[1:]):
            os.dup2(descriptor, number)
        _close_but(says)
        confine(request["limits"], seccomp)
    except BaseException as error:
        os.write(says, f"{type(error).__name__}: {error}"[:500].encode())
        os._exit(1)
    os.write(says, _READY)
    os.close(says)
    if testing:
        tester.main()
    if (program := os.fork()) == 0:
        run_main(source)
    os._exit(_wait_for(program))


def _close_but(kept: int) -> None:
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))


def _wait_for(program: int) -> int:
    """Collect orphans until the program itself has ended."""
    while True:
        child, status = os.wait()
        if child == program:
            return _exit_code(status)


def _exit_code(status: int) -> int:
    """As a shell has it: 128 + n after signal n."""
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    main()
