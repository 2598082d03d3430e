"""What the flat names cost, kept in order."""

import importlib.metadata
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("ingot", "generation", "judging", "curation", "training", "services")
HEAVY = {"torch", "vllm", "transformers", "fastapi", "prefect"}
SOURCES = [path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]


def loaded_by(statement: str) -> set[str]:
    """Top-level modules that are there after a statement, in a fresh interpreter."""
    program = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.split())


def test_every_folder_with_python_is_a_package() -> None:
    folders = {path.parent for path in SOURCES}
    assert folders
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_tests_are_no_packages() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


@pytest.mark.parametrize("name", PACKAGES)
def test_a_name_of_ours_is_ours_alone(name: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin == str(ROOT / name / "__init__.py")
    assert set(importlib.metadata.packages_distributions().get(name, [])) <= {"ingot"}


@pytest.mark.parametrize(
    "module", sorted(path.stem for path in (ROOT / "ingot").glob("*.py") if path.stem[0] != "_")
)
def test_the_shared_words_load_nothing_heavy(module: str) -> None:
    assert loaded_by(f"import ingot.{module}") & HEAVY == set()


@pytest.mark.parametrize("module", ["services.api", "services.platform"])
def test_the_doors_load_no_model(module: str) -> None:
    assert loaded_by(f"import {module}") & {"torch", "vllm", "transformers"} == set()


def test_ingot_is_a_vocabulary_not_a_drawer() -> None:
    modules = [path.name for path in (ROOT / "ingot").glob("*.py") if path.stem != "__init__"]
    assert len(modules) <= 10, modules
