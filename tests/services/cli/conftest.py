"""The `ingot` command as a person runs it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Done = subprocess.CompletedProcess[str]
COMMAND = Path(sys.executable).parent / "ingot"


@pytest.fixture
def ingot(tmp_path: Path) -> Callable[..., Done]:
    """Run the command in an empty folder with a home that is not there yet."""

    def run(*arguments: str, **variables: str) -> Done:
        settings = {"INGOT_HOME": str(tmp_path / "home"), "COLUMNS": "100", "TERM": "dumb"}
        return subprocess.run(
            [COMMAND, *arguments],
            env=os.environ | settings | variables,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    return run
