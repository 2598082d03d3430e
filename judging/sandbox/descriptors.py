"""What is handed to a sandbox as open descriptors: files in memory, pipes, bubblewrap's report."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_REPORT_BYTES = 65_536


@contextmanager
def open_files(files: Mapping[str, str | bytes]) -> Iterator[dict[str, int]]:
    """Each text as an open file in memory that a child may inherit."""
    descriptors: dict[str, int] = {}
    try:
        for name, text in files.items():
            descriptors[name] = os.memfd_create("file", 0)
            os.set_inheritable(descriptors[name], True)
            data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
            with os.fdopen(descriptors[name], "wb", closefd=False) as file:
                file.write(data)
            os.lseek(descriptors[name], 0, os.SEEK_SET)
        yield descriptors
    finally:
        for descriptor in descriptors.values():
            os.close(descriptor)


@contextmanager
def open_pipe() -> Iterator[tuple[int, int]]:
    """Read end, which does not block, and write end."""
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    try:
        yield read_end, write_end
    finally:
        os.close(read_end)
        os.close(write_end)


def read_report(status: int) -> dict[str, int]:
    """What bubblewrap has said since the last reading: 'child-pid', 'exit-code' and others."""
    try:
        lines = os.read(status, _REPORT_BYTES).decode().splitlines()
    except BlockingIOError:
        return {}
    report: dict[str, int] = {}
    for line in lines:
        report |= json.loads(line)
    return report
