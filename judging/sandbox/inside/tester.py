"""The first process in the sandbox: it runs tests against a program that lives in a child process.

The job comes on standard input, one JSON line for each test goes out, marked with the job's secret.
The child is forked before the job is read. It cannot kill this process (it is the first of its
process namespace), cannot look into it (it is not dumpable), and holds none of its files. Time is
kept by whoever started the sandbox.
"""

import builtins
import importlib
import json
import os
import signal
import sys
from typing import Any, NoReturn

from judging.sandbox.inside.compare import same
from judging.sandbox.inside.confine import hide
from judging.sandbox.inside.remote import Ended, Opaque, Program, type_name


class Tester:
    """A program under test and the names that its tests see."""

    def __init__(self, program: Program, job: dict[str, Any]) -> None:
        self._program = program
        self._job = job
        self._names: dict[str, Any] = {"__name__": "tests"}

    def run(self) -> None:
        """Load the program, then test after test; a dead program fails all that are left."""
        if not self._report("load", self._load):
            return
        if "cases" in self._job:
            for number, case in enumerate(self._job["cases"]):
                self._report(number, lambda case=case: self._check_case(case))
            return
        if not self._report("setup", lambda: exec(self._job["setup"], self._names)):
            return
        for number, test in enumerate(self._job["asserts"]):
            self._report(number, lambda test=test: exec(test, self._names))

    def _load(self) -> None:
        """Bring the program's names in, but none that hides a built-in.

        A program that defines `abs` or `__builtins__` of its own would else decide its tests. A
        standard module that it imported, tests get from here, not through it.
        """
        entry_point = self._job["entry_point"]
        job = self._job
        for name, value in self._program.load(job["program"], job.get("prelude", "")).items():
            if name == entry_point or not (hasattr(builtins, name) or name.startswith("__")):
                is_module = type_name(value) == "module" and name in sys.stdlib_module_names
                self._names[name] = importlib.import_module(name) if is_module else value
        if entry_point and entry_point not in self._names:
            raise NameError(f"the program defines no {entry_point}")

    def _check_case(self, case: dict[str, Any]) -> None:
        found = self._names[self._job["entry_point"]](*case["args"])
        if not same(found, case["expected"]):
            raise AssertionError(f"{found!r}"[:100])

    def _report(self, step: int | str, act: Any) -> bool:
        """Do one step and write what came of it; whether it went well."""
        outcome, detail = _attempt(act)
        line = {"secret": self._job["secret"], "step": step, "outcome": outcome, "detail": detail}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        return outcome == "pass"


def _attempt(act: Any) -> tuple[str, str]:
    """'fail' is the program's fault; 'unknown' may be the machine's or the test's."""
    try:
        act()
    except (Opaque, MemoryError) as error:
        return "unknown", f"{type(error).__name__}: {error}"[:200]
    except Ended as error:
        stopped = error.signal in (signal.SIGKILL, signal.SIGXCPU)
        return "unknown" if stopped else "fail", str(error)
    except BaseException as error:
        return "fail", f"{type(error).__name__}: {error}"[:200]
    return "pass", ""


def main() -> NoReturn:
    """Close the curtains, fork the program's process, read the job, test."""
    hide()
    program = Program()
    Tester(program, json.load(sys.stdin)).run()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
