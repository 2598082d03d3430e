import importlib
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from rich.console import Console

from ingot.settings import Settings

doctor = importlib.import_module("services.cli.doctor")  # a command has the same name
DEAD = "postgresql://postgres@127.0.0.1:9/none"


def examine(settings: Settings) -> tuple[int, dict[str, str], str]:
    """Exit code, name -> mark, and all that the table says."""
    out = StringIO()
    code = doctor.examine(settings, Console(file=out, width=200))
    cells = [line.split("│") for line in out.getvalue().splitlines() if line.startswith("│")]
    marks = {name.strip(): mark.strip() for _, mark, name, *_ in cells if mark.strip()}
    return code, marks, " ".join(out.getvalue().replace("│", " ").split())


@pytest.fixture
def enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory and disk suffice: the machine may be busy."""
    monkeypatch.setattr(doctor, "NEEDED_MEMORY_GB", 0)
    monkeypatch.setattr(doctor, "NEEDED_DISK_GB", 0)


@pytest.mark.usefixtures("enough")
def test_all_is_well_here(tmp_path: Path, database_url: str) -> None:
    settings = Settings(home=tmp_path / "home", database_url=database_url)
    code, marks, table = examine(settings)
    assert (code, set(marks.values())) == (0, {"ok"}), table
    assert {"Python", "vllm", "embedded models", "PostgreSQL", "deliveries"} <= set(marks)


@pytest.mark.usefixtures("enough")
def test_what_is_missing_makes_it_fail_with_a_remedy(tmp_path: Path) -> None:
    code, marks, table = examine(Settings(home=tmp_path / "home", database_url=DEAD))
    assert code == 1
    assert [name for name, mark in marks.items() if mark == "no"] == ["PostgreSQL"]
    assert "set INGOT_DATABASE_URL or INGOT_HOME" in table


@pytest.mark.parametrize(("needed_gb", "good"), [(0.0, True), (1e6, False)])
def test_memory_and_disk_have_a_floor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, needed_gb: float, good: bool
) -> None:
    monkeypatch.setattr(doctor, "NEEDED_MEMORY_GB", needed_gb)
    monkeypatch.setattr(doctor, "NEEDED_DISK_GB", needed_gb)
    assert doctor._memory().good is good
    assert doctor._disk(Settings(home=tmp_path / "not" / "there")).good is good


def test_a_part_that_is_not_installed_is_named_with_the_remedy() -> None:
    finding = doctor._distribution("no-such-part", "does nothing")
    assert not finding.good
    assert "run `make setup`" in finding.detail


def test_the_command_gives_the_exit_code(ingot: Callable[..., CompletedProcess[str]]) -> None:
    done = ingot("doctor", INGOT_DATABASE_URL=DEAD)
    assert done.returncode == 1
    assert "PostgreSQL" in done.stdout
