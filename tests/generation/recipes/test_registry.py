from pathlib import Path

import pytest

from generation.recipes.registry import NAMES, all_recipes, find_recipe
from ingot.errors import OrderError
from ingot.orders import RECIPES, read_order

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "recipes"
DOCS = Path(__file__).resolve().parents[3] / "docs" / "recipes.md"


@pytest.mark.parametrize("name", NAMES)
def test_the_order_knows_what_each_recipes_file_holds(name: str) -> None:
    recipe = find_recipe(name)
    holds = "rows" if recipe.reads_rows else "pool" if recipe.pool else ""
    assert (recipe.name, RECIPES[name]) == (name, holds)


@pytest.mark.parametrize("name", NAMES)
def test_a_recipes_card_is_filled_in(name: str) -> None:
    recipe = find_recipe(name)
    assert recipe.summary.endswith(".")
    assert all((recipe.source, recipe.requests, recipe.makes))


@pytest.mark.parametrize("name", NAMES)
def test_each_recipe_has_an_example_order_whose_terms_are_right(name: str) -> None:
    spec = read_order(EXAMPLES / f"{name}.yaml")
    for part in spec.source.parts:
        find_recipe(part.recipe).read_terms(part.parameters)
        assert not part.path or Path(part.path).is_file()
    assert name in [part.recipe for part in spec.source.parts]


@pytest.mark.parametrize("name", NAMES)
def test_each_recipe_has_a_section_in_the_docs(name: str) -> None:
    assert f"\n## {name}\n" in DOCS.read_text()


def test_every_recipe_can_be_listed() -> None:
    assert [recipe.name for recipe in all_recipes()] == sorted(NAMES)


def test_an_unknown_recipe_is_named_with_the_known_ones() -> None:
    with pytest.raises(OrderError, match=r"no recipe 'poems': choose from attributes.*file\.py"):
        find_recipe("poems")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x = 1", "put @recipe"),
        ("def mine(item): ...", "put @recipe"),
        ("import nothing_like_this", "cannot load"),
        ("def (", "cannot load"),
    ],
)
def test_a_file_without_a_recipe_is_refused_with_the_remedy(
    tmp_path: Path, content: str, message: str
) -> None:
    file = tmp_path / "own.py"
    file.write_text(content)
    with pytest.raises(OrderError, match=message):
        find_recipe(f"{file}:mine")


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(OrderError, match=r"no file '/nowhere\.py'"):
        find_recipe("/nowhere.py:mine")
