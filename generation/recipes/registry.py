"""Which recipes there are: ours by name, anybody's as 'path/to/file.py:function'."""

import importlib
import importlib.util
from pathlib import Path

from generation.flow.recipe import Recipe
from ingot.errors import OrderError, boundary
from ingot.orders import RECIPES

NAMES = tuple(sorted(RECIPES))
"""Each is a module of this folder that holds a recipe of the same name."""


def find_recipe(name: str) -> Recipe:
    """The recipe of this name; raises OrderError with what there is."""
    if ":" in name:
        return _load(name)
    if name not in NAMES:
        raise OrderError(
            f"no recipe {name!r}: choose from {', '.join(NAMES)}, or name your own as "
            "path/to/file.py:function",
            "source.recipe",
        )
    return _of(importlib.import_module(f"generation.recipes.{name}"), name, name)


def all_recipes() -> list[Recipe]:
    """Ours, by name."""
    return [find_recipe(name) for name in NAMES]


def _load(address: str) -> Recipe:
    """A recipe out of a Python file of the user's own."""
    path, _, attribute = address.rpartition(":")
    file = Path(path)
    if not file.is_file():
        raise OrderError(f"no file {path!r} for recipe {address!r}: check the path")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with boundary(OrderError, f"cannot load {path}"):
        spec.loader.exec_module(module)
    return _of(module, attribute, address)


def _of(module: object, attribute: str, address: str) -> Recipe:
    found = getattr(module, attribute, None)
    if not isinstance(found, Recipe):
        raise OrderError(
            f"{address} is no recipe: put @recipe(...) above `async def {attribute}(item)`"
        )
    return found
