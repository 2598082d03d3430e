"""Where an order's prompts come from: recipes with shares, or files that the lab brings."""

from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from ingot.records import Model

BROUGHT = ("prompts", "completions")
"""Sources that no recipe makes: the lab brings them."""

RECIPES: dict[str, Literal["rows", "pool", ""]] = {
    "attributes": "rows",
    "backtranslation": "rows",
    "best_of_n": "rows",
    "committee": "rows",
    "complete": "rows",
    "constitutional": "rows",
    "constraints": "pool",
    "dialogue": "pool",
    "evaluation": "pool",
    "evol_instruct": "rows",
    "hard_negatives": "rows",
    "long_context": "pool",
    "magpie": "",
    "on_policy": "rows",
    "persona": "pool",
    "rewrite": "rows",
    "self_instruct": "pool",
    "topic_tree": "pool",
    "trajectories": "",
    "verifiable_math": "pool",
    "verified_code": "pool",
    "write_instructions": "",
}
"""Every recipe by name, and what its file holds: the rows it works through (needed), or a pool that
its items draw from (optional)."""


class Columns(Model):
    """Where the fields stand in a lab's file; a dotted name reaches into a nested column."""

    prompt: str = "prompt"
    """A text, or a list of messages."""
    reference: str = "reference"
    completions: tuple[str, ...] = ("completions",)
    """One column that holds a list of texts, or several columns that hold one text each."""
    correct: tuple[str, ...] = ()
    """Known rightness of the completions, in the same order. Read for the report and by simulated
    reviewers; no judge, router or filter sees it."""


class RecipePart(Model):
    """One recipe of an order, with its share of the quantity."""

    recipe: str
    """A name that `ingot recipes` lists, or your own as path/to/file.py:function."""
    share: float = Field(default=1.0, gt=0)
    """Weight among the order's recipes."""
    path: str = ""
    """JSONL or Parquet of the rows that it reads; relative to the order file."""
    parameters: dict[str, Any] = Field(default_factory=dict)
    """The recipe's own terms, see docs/recipes.md."""

    @model_validator(mode="after")
    def _rows_where_needed(self) -> Self:
        own = ":" in self.recipe
        if self.recipe not in RECIPES and not own:
            raise ValueError(f"unknown recipe: choose from {', '.join(sorted(RECIPES))}")
        if not own and RECIPES[self.recipe] == "rows" and not self.path:
            raise ValueError(f"recipe '{self.recipe}' needs a path to a JSONL or Parquet file")
        return self


class Source(Model):
    """Where the prompts, and perhaps the completions, come from."""

    recipe: str = ""
    """A name that `ingot recipes` lists; or 'prompts': the lab brings prompts; 'completions': the
    lab brings prompts with completions."""
    recipes: tuple[RecipePart, ...] = ()
    """Several recipes with shares, instead of one."""
    path: str = ""
    """JSONL or Parquet of the rows that the recipe reads; relative to the order file."""
    skip: int = Field(default=0, ge=0)
    """Rows at the beginning of the file that are left out; under contract each batch goes on where
    the one before ended."""
    parameters: dict[str, Any] = Field(default_factory=dict)
    """The recipe's own terms, see docs/recipes.md."""
    columns: Columns = Columns()
    families: tuple[str, ...] = ()
    """write_instructions: the task families to write; empty means all that the recipe knows."""
    unverified_families: tuple[str, ...] = ()
    """Families whose answers no program may check: judge and people decide them."""

    @field_validator("recipe")
    @classmethod
    def _known(cls, name: str) -> str:
        if name and name not in RECIPES and name not in BROUGHT and ":" not in name:
            raise ValueError(f"unknown recipe: choose from {', '.join(sorted(RECIPES))}")
        return name

    @model_validator(mode="after")
    def _path_where_needed(self) -> Self:
        if bool(self.recipe) == bool(self.recipes):
            raise ValueError("name either one recipe or a list of recipes")
        if self.recipe in BROUGHT and not self.path:
            raise ValueError(f"recipe '{self.recipe}' needs a path to a JSONL or Parquet file")
        _ = self.parts
        return self

    @property
    def parts(self) -> tuple[RecipePart, ...]:
        """The recipes to carry out; none where the lab brings it all."""
        if not self.recipe or self.recipe in BROUGHT:
            return self.recipes
        parameters = self.parameters
        if self.recipe == "write_instructions":
            families = {"families": self.families, "unverified": self.unverified_families}
            parameters = families | parameters
        return (RecipePart(recipe=self.recipe, path=self.path, parameters=parameters),)
