"""A recipe: one function that makes the records of one item, and what is to be known of it.

    @recipe(
        source="my own",
        makes=(Instruction,),
        requests="1",
    )
    async def riddles(item: Item) -> list[Record]:
        answer = await item.ask("Write a riddle about an animal.")
        return [item.instruction(answer.text)]

The function is called once for each item. It may await as many requests as it likes, one after
the other or several at once: items never wait for each other. It gives the item's records, or
raises `Drop(reason)`.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from pydantic import ValidationError

from generation.flow.gates import Gate
from generation.flow.item import Item
from ingot.errors import OrderError
from ingot.orders import order_error
from ingot.records import Model, Record

Need = Literal["prompts", "documents", "rows", "judge", "committee", "user", "verifier", "encoder"]
"""What a recipe must be given: rows of a file, a second model in a role, a verifier, an encoder."""
Cook: TypeAlias = Callable[..., Awaitable[Sequence[Record]]]
ROWS: tuple[Need, ...] = ("prompts", "documents", "rows")


class Terms(Model):
    """Base of a recipe's parameters; this one has none."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe and its card."""

    name: str
    summary: str
    """One sentence: what it is for."""
    source: str
    """Where the method comes from: paper and section, or URL."""
    makes: tuple[type[Record], ...]
    requests: str
    """How many requests one item costs, in words ('1', '2 to 5', 'n + 1')."""
    needs: tuple[Need, ...]
    terms: type[Terms]
    gate: Callable[[Any], Gate] | None
    """Makes the gate from the terms: who checks items against those accepted before them."""
    pool: str
    """What the rows of the order's pool are, in words; '' for a recipe that uses none."""
    looks_back: bool
    """Whether its items ask for what was accepted before them; it is then kept in memory."""
    cook: Cook

    @property
    def reads_rows(self) -> bool:
        """Whether each item is a row of a file."""
        return any(need in ROWS for need in self.needs)

    def read_terms(self, parameters: Mapping[str, object]) -> Terms:
        """Check the parameters of an order; an unknown or wrong one is an OrderError."""
        try:
            return self.terms.model_validate(dict(parameters))
        except ValidationError as error:
            fault = order_error(error)
            known = ", ".join(self.terms.model_fields) or "none"
            raise OrderError(
                f"recipe '{self.name}': {fault} (its parameters: {known})", fault.field
            ) from error

    async def make(self, item: Item, terms: Terms) -> Sequence[Record]:
        """Make the records of one item."""
        takes_terms = self.terms is not Terms
        return await (self.cook(item, terms) if takes_terms else self.cook(item))


def recipe(
    *,
    source: str,
    makes: Sequence[type[Record]],
    requests: str,
    needs: Sequence[Need] = (),
    gate: Callable[[Any], Gate] | None = None,
    pool: str = "",
    looks_back: bool = False,
) -> Callable[[Cook], Recipe]:
    """Make a recipe of an async function `(item)` or `(item, terms: MyTerms)`.

    Its name is the function's, its summary the docstring's first line, its parameters the fields
    of the annotated `Terms` class.
    """

    def decorate(cook: Cook) -> Recipe:
        parameters = list(inspect.signature(cook, eval_str=True).parameters.values())
        kind = parameters[1].annotation if len(parameters) > 1 else Terms
        if not (inspect.isclass(kind) and issubclass(kind, Terms)):
            raise TypeError(f"annotate the terms of {cook.__name__} with a subclass of Terms")
        summary = (inspect.getdoc(cook) or "").partition("\n")[0]
        return Recipe(
            name=getattr(cook, "__name__", "recipe"),
            summary=summary,
            source=source,
            makes=tuple(makes),
            requests=requests,
            needs=tuple(needs),
            terms=kind,
            gate=gate,
            pool=pool,
            looks_back=looks_back,
            cook=cook,
        )

    return decorate
