"""`ingot run` as a process of its own, in a home of its own."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import psutil

from services.database.embedded import stop_embedded

ORDER = """
name: killed
quantity: 20
source:
  recipe: write_instructions
  families: [add, subtract, compare]
  unverified_families: [compare]
generation: {engine: transformers, completions_per_instruction: 2, sampling: {max_tokens: 48}}
judge: {engine: transformers}
guarantee: {calibration_items: 3}
review: {reviewers: simulated}
seed: 3
"""


@dataclass(frozen=True, slots=True)
class Home:
    """A fresh INGOT_HOME and the order that is run in it."""

    folder: Path

    @property
    def path(self) -> Path:
        """The INGOT_HOME."""
        return self.folder / "home"

    def start(self) -> subprocess.Popen[bytes]:
        """`ingot run` in a session of its own; what it says is added to `said.txt`."""
        order = self.folder / "order.yaml"
        order.write_text(ORDER)
        command = [sys.executable, "-c", "from services.cli import main; main()", "run", str(order)]
        with (self.folder / "said.txt").open("ab") as said:
            return subprocess.Popen(
                command,
                env=os.environ | {"INGOT_HOME": str(self.path)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    def run(self) -> None:
        """Run the order to its end."""
        assert self.start().wait(240) == 0, self.said()

    def said(self) -> str:
        """All that the runs printed."""
        return (self.folder / "said.txt").read_text()

    def processes(self) -> list[psutil.Process]:
        """What runs for this home."""
        return [process for process in psutil.process_iter() if self._owns(process)]

    def await_end(self, *, postgres: bool) -> None:
        """Wait until all have ended, PostgreSQL too where asked: the kernel needs a moment."""
        deadline_s = time.monotonic() + 30
        while found := [p for p in self.processes() if postgres or not is_postgres(p)]:
            assert time.monotonic() < deadline_s, found
            time.sleep(0.1)

    def _owns(self, process: psutil.Process) -> bool:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            named = process.environ().get("INGOT_HOME") == str(self.path)
            return named or str(self.path) in " ".join(process.cmdline())
        except psutil.Error:
            return False

    def data(self) -> dict[str, str]:
        """Name -> hash of the delivered files that do not name the order, which has another id."""
        files = [*self._delivered("data/*.parquet"), *self._delivered("jsonl/*.jsonl")]
        return {path.name: sha256(path.read_bytes()).hexdigest() for path in files}

    def _delivered(self, pattern: str) -> Iterator[Path]:
        return self.path.glob(f"deliveries/*/*/{pattern}")

    def journal_keys(self) -> dict[str, list[bytes]]:
        """Journal -> the keys of its lines (`crc32 key json`), in order."""
        return {
            path.name: [line.split(b" ", 2)[1] for line in path.read_bytes().splitlines()]
            for path in self.path.glob("journals/*/*/*.log")
        }


@contextmanager
def fresh_home() -> Iterator[Home]:
    """A home outside pytest's own folder, which the user of PostgreSQL may not enter."""
    with tempfile.TemporaryDirectory(prefix="ingot-home-", ignore_cleanup_errors=True) as folder:
        home = Home(Path(folder))
        try:
            yield home
        finally:
            for process in home.processes():
                if not is_postgres(process):
                    process.kill()
            stop_embedded(home.path)


def is_postgres(process: psutil.Process) -> bool:
    """Whether it is one of PostgreSQL's processes."""
    try:
        return "postgres" in process.name()
    except psutil.Error:
        return False
