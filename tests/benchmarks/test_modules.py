"""Nobody runs every part of every benchmark in the tests, but each can at least be loaded."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "benchmarks").rglob("*.py")
    if "peers" not in path.parts
    and not path.stem.endswith("_peer")  # these run in environments of their own
)


@pytest.mark.parametrize("module", MODULES)
def test_it_loads(module: str) -> None:
    importlib.import_module(module)
