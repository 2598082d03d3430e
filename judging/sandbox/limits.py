"""What a program in the sandbox may use, and what became of it."""

import signal
from dataclasses import dataclass
from typing import Literal

RunOutcome = Literal["ok", "error", "timeout", "memory", "output", "unavailable"]

MAX_REASON_CHARS = 200


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
    """Processes and threads together, with the two or three of ours that stand around them."""
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

    @property
    def reason(self) -> str:
        """Which limit was hit, or what the program died of; '' where it ended well.

        An error is told in the program's own words, so it names and proves nothing.
        """
        match self.outcome:
            case "ok":
                return ""
            case "timeout":
                return f"stopped after {self.seconds:.1f} s"
            case "memory":
                return "out of memory"
            case "output":
                return "wrote too much output"
            case "unavailable":
                return "the sandbox did not start"
        return self._error()

    def _error(self) -> str:
        code = self.exit_code or 0
        if 128 < code <= 128 + signal.NSIG:
            try:
                return f"killed by {signal.Signals(code - 128).name}"
            except ValueError:  # a real-time signal
                return f"killed by signal {code - 128}"
        said = [line for line in self.stderr.splitlines() if line and not line[0].isspace()]
        last = said[-1].rstrip() if said else ""  # what is indented is code, or where in it
        return f"exit code {code}: {last}"[:MAX_REASON_CHARS].removesuffix(": ")


def read_outcome(code: int | None, stderr: str, *, out_of_time: bool) -> RunOutcome:
    """Read an exit code; a program deaf to SIGXCPU dies of SIGKILL, as one too large does."""
    if code == 0:
        return "ok"
    killed = code == 128 + signal.SIGKILL
    if code == 128 + signal.SIGXCPU or (killed and out_of_time):
        return "timeout"
    last_line = stderr.rstrip().rpartition("\n")[2]
    return "memory" if killed or last_line.startswith("MemoryError") else "error"
