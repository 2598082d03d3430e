"""What a program in the sandbox may use, and what became of it."""

from dataclasses import dataclass
from typing import Literal

RunOutcome = Literal["ok", "error", "timeout", "memory", "output", "unavailable"]


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one run may take.

    Memory, file size and open files are counted for each process, so a run can hold at most
    `processes` times as much; the kernel is asked to kill sandboxed processes before all others.
    """

    timeout_s: float = 10.0
    """Wall time of the whole run; the tree of processes is killed when it is over."""
    cpu_s: int = 10
    memory_bytes: int = 512 * 2**20
    """Address space."""
    processes: int = 24
    """Processes and threads together."""
    file_bytes: int = 16 * 2**20
    folder_bytes: int = 32 * 2**20
    """All that is written to the private /tmp."""
    open_files: int = 64
    output_bytes: int = 2**20
    """Standard output and, counted apart, standard error."""


@dataclass(frozen=True, slots=True)
class Run:
    """What became of one program."""

    outcome: RunOutcome
    """'ok' is exit code 0; 'memory' includes being killed by the kernel; 'unavailable' says that
    the sandbox did not start, so nothing is known of the program."""
    exit_code: int | None
    """128 + n after signal n; None where the run was stopped."""
    stdout: str
    stderr: str
    seconds: float
