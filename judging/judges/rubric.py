"""Rubrics: what a judge looks at in an answer, as data.

A rubric is a YAML or JSON file: instructions and criteria, each a question with choices ordered
from worst to best. The shipped ones lie in `rubrics/`; any other is named by its path.
"""

import hashlib
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from string import ascii_uppercase
from typing import Literal, TypeVar

import yaml
from pydantic import Field, ValidationError, model_validator

from ingot.errors import OrderError, boundary
from ingot.orders import order_error
from ingot.records import Model
from judging.judges.forms import MAX_LABELS

SUFFIXES = (".yaml", ".yml", ".json")
_M = TypeVar("_M", bound=Model)


class Choice(Model):
    """One possible verdict of a criterion."""

    label: str = Field(min_length=1)
    """What the verdict is called in records: right, 4, broken ..."""
    text: str = ""
    """What it means; the judge reads it."""
    score: float
    """Where it stands on the criterion's scale."""


class Criterion(Model):
    """One question about an answer."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    question: str = Field(min_length=1)
    choices: tuple[Choice, ...] = Field(min_length=2, max_length=MAX_LABELS)
    """From worst to best, each with a higher score than the one before."""
    weight: float = 1.0
    """Its part in the overall score; below 0 where less is better."""

    @model_validator(mode="after")
    def _ordered(self) -> "Criterion":
        scores = [choice.score for choice in self.choices]
        if any(low >= high for low, high in pairwise(scores)):
            raise ValueError(f"{self.id}: choices stand from worst to best, with rising scores")
        if len({choice.label for choice in self.choices}) < len(self.choices):
            raise ValueError(f"{self.id}: the choices' labels must differ")
        return self

    @property
    def scores(self) -> tuple[float, ...]:
        """The score of each choice, in their order."""
        return tuple(choice.score for choice in self.choices)


class Rubric(Model):
    """A named set of criteria."""

    name: str = Field(min_length=1)
    instructions: str = Field(min_length=1)
    """What the judge is told before it sees any answer."""
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    overall: Literal["none", "sum", "min"] = "none"
    """How the criteria's scores become one: their sum by weight, or the lowest of them."""
    needs_reference: bool = False
    """Whether an answer cannot be judged by it without a reference."""
    source: str = ""
    """Where its scale and weights come from."""

    @model_validator(mode="after")
    def _refuse_unusable(self) -> "Rubric":
        ids = [criterion.id for criterion in self.criteria]
        if len({*ids, "overall"}) <= len(ids):
            raise ValueError("criteria need ids of their own, and none is called 'overall'")
        return self

    @property
    def digest(self) -> str:
        """Name of this very rubric; another wording is another judge."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]

    def describe(self) -> str:
        """All criteria with their choices, as the judge reads them."""
        return "\n\n".join(_describe(criterion) for criterion in self.criteria)


def _describe(criterion: Criterion) -> str:
    lines = [f"{criterion.id}: {criterion.question}"]
    for letter, choice in zip(ascii_uppercase, criterion.choices, strict=False):
        meaning = f"{choice.label}: {choice.text}" if choice.text else choice.label
        lines.append(f"  {letter} = {meaning}")
    return "\n".join(lines)


def load_rubric(name: str) -> Rubric:
    """A shipped rubric by its name, or a file; raises OrderError with what is wrong in it."""
    return load_data("rubrics", name, Rubric)


def shipped(kind: str) -> list[str]:
    """The names of the shipped files of a kind ('rubrics', 'constitutions')."""
    folder = files("judging.judges").joinpath(kind)
    return sorted(Path(each.name).stem for each in folder.iterdir() if each.name.endswith(".yaml"))


def load_data(kind: str, name: str, model: type[_M]) -> _M:
    """A shipped file of a kind by its name, or a YAML or JSON file by its path."""
    if name in shipped(kind):
        text = files("judging.judges").joinpath(kind, f"{name}.yaml").read_text("utf-8")
    elif not name.endswith(SUFFIXES):
        raise OrderError(f"unknown {kind[:-1]} {name!r}: choose {_listed(kind)} or name a file")
    elif not Path(name).is_file():
        raise OrderError(f"there is no file {name}: correct the path, or choose {_listed(kind)}")
    else:
        with boundary(OrderError, f"cannot read {name}"):
            text = Path(name).read_text("utf-8")
    with boundary(OrderError, f"{name} is not YAML or JSON"):
        data = yaml.safe_load(text)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        fault = order_error(error)
        raise OrderError(f"{name}: {fault}", fault.field) from error


def _listed(kind: str) -> str:
    return ", ".join(shipped(kind))
