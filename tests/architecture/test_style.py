"""House rules that no linter knows."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("ingot", "generation", "judging", "curation", "training", "services")
SOURCES = [path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]
SERVICES = [
    path for path in sorted((ROOT / "services").iterdir()) if (path / "__init__.py").exists()
]
FOLDERS = [ROOT / name for name in PACKAGES] + SERVICES
MAX_README_LINES, MAX_FILE_LINES, MAX_FUNCTION_LINES = 60, 300, 50

MADE_BY_RUNS = {"out", ".ingot", ".venv", "data", "jsonl", "lineage", "s3:", "v1", "org"}
"""First folders of paths that the README names and that no checkout holds."""


def names(paths: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in paths]


def test_no_module_is_a_drawer() -> None:
    drawers = [path for path in SOURCES if path.stem in ("utils", "common", "helpers")]
    assert names(drawers) == []


def test_only_the_command_prints() -> None:
    printing = [
        path
        for path in SOURCES
        if "services/cli/" not in path.as_posix()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    ]
    assert names(printing) == []


def test_files_and_functions_stay_small() -> None:
    large = names([path for path in SOURCES if path.read_text().count("\n") > MAX_FILE_LINES])
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                large += [f"{path.name}:{node.name}"] * (lines > MAX_FUNCTION_LINES)
    assert large == []


@pytest.mark.parametrize("folder", names(FOLDERS))
def test_each_folder_explains_itself_on_one_screen(folder: str) -> None:
    lines = (ROOT / folder / "README.md").read_text().splitlines()
    assert lines[0] in (f"# {folder}", f"# {Path(folder).name}")
    assert len(lines) <= MAX_README_LINES


def test_every_file_that_the_readme_names_is_there() -> None:
    text = (ROOT / "README.md").read_text()
    quoted = re.findall(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:md|toml|lock))`", text)
    linked = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    named = {name for name in quoted + linked if name.split("/")[0] not in MADE_BY_RUNS}
    assert "ingot/records.py" in named
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_every_benchmark_is_listed_with_a_command_that_runs() -> None:
    modules = {path.stem for path in (ROOT / "benchmarks").glob("*.py")} - {"__init__"}
    listed = (ROOT / "benchmarks" / "README.md").read_text()
    assert set(re.findall(r"python -m benchmarks\.(\w+)", listed)) == modules
    makefile = (ROOT / "Makefile").read_text()
    assert all(f" {name}" in makefile for name in modules)
