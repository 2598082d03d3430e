"""Personas: the same request put to many different people gives as many different prompts.

Ge et al. 2024, Persona Hub (arXiv 2406.20094), sections 2 and 4. Math, logic and knowledge
problems, instructions and tools are written for one persona each; new personas come from known
ones by their relationships (section 2.2). A tool becomes an instruction to write the function whose
interface the model has drawn up. Where the authors have a billion personas from the web, the order
brings its own, or thirty of ours serve.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from generation.diversity.words import split_words
from generation.flow.item import Drop, Item
from generation.flow.recipe import Terms, recipe
from generation.ingredients.forms import Form, form_of, read_form
from ingot.records import Instruction, Record, Sampling

Kind: TypeAlias = Literal["math", "logic", "instruction", "knowledge", "tool"]
TASKS: dict[Kind, str] = {
    "math": "Write a mathematics problem that could come up in this person's life or work. It "
    "must be solvable from its text alone and have one answer.",
    "logic": "Write a logic puzzle set in this person's world. It must be solvable from its text "
    "alone and have one answer.",
    "instruction": "Guess something that this person would ask an assistant for, and write it as "
    "they would put it, with all that the assistant has to know.",
    "knowledge": "Write a demanding question about facts that this person knows well, as somebody "
    "who wants to learn from them would ask it.",
    "tool": "Draw up one Python function that would help this person in their work.",
}
WRITE = "Stay true to the person, but do not mention that there is a description.\n\nPerson: "
RELATE = (
    "Think of somebody who has to do with the person below: family, work, custom, care, rivalry. "
    "Describe that other person in one sentence, without a name.\n\nPerson: "
)
SAMPLING = Sampling(temperature=1.0, max_tokens=1024)
PERSONAS = (
    "a night-shift nurse in a small hospital who keeps the ward's drug cupboard in order",
    "a beekeeper who sells honey on weekend markets and tracks the weight of each hive",
    "a retired bus driver learning to read piano music",
    "a structural engineer who inspects old railway bridges",
    "a pastry apprentice preparing for a final examination",
    "a volunteer who plans routes for a food bank's vans",
    "a high-school chemistry teacher with a small budget for experiments",
    "a goat farmer in dry hills who must ration water",
    "a court interpreter working between three languages",
    "a game master who designs dungeons for friends",
    "a marine biologist counting seabirds on cliffs",
    "a bookkeeper for a dozen family restaurants",
    "a parent who teaches two children at home",
    "a violin maker who buys wood at auctions",
    "a data analyst at a city's public transport office",
    "an amateur astronomer who grinds mirrors in a garage",
    "a site manager building houses of straw and clay",
    "a chess coach in a youth club",
    "a pharmacist in a mountain village",
    "a freight forwarder who fills containers for small exporters",
    "a museum guide for visitors who cannot see",
    "a smallholder who breeds heritage tomatoes",
    "a union representative in a car factory",
    "a sound engineer at a community radio station",
    "a locksmith who also teaches evening classes",
    "a district council member writing a flood plan",
    "a long-distance runner who plans her own training",
    "a software tester at a company that makes hearing aids",
    "a funeral director in a multi-faith town",
    "a glaciologist waiting out a storm in a research camp",
)


class Personas(Terms):
    """What is written, and for whom."""

    kinds: tuple[Kind, ...] = Field(default=tuple(TASKS), min_length=1)
    """In turn over the items."""
    steps: int = Field(default=0, ge=0, le=6)
    """At most so many relationships lead from a given persona to the one written for; six in the
    paper, section 2.2."""
    min_words: int = Field(default=5, ge=1)


class Person(Form):
    """The form of a new persona."""

    description: str = Field(max_length=300)


class Written(Form):
    """The form of a prompt."""

    prompt: str = Field(max_length=1500)


class Function(Form):
    """The form of a tool."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{2,40}$")
    purpose: str = Field(max_length=300)
    arguments: tuple[Annotated[str, StringConstraints(max_length=100)], ...] = Field(max_length=6)
    """Name, type and meaning of each."""
    returns: str = Field(max_length=200)


@recipe(
    source="Ge et al. 2024, Persona Hub, sections 2 and 4 (arXiv 2406.20094)",
    makes=(Instruction,),
    requests="1, and up to `steps` for a new persona",
    pool="personas, column 'persona'; thirty general ones where none are given",
)
async def persona(item: Item, terms: Personas) -> list[Record]:
    """Problems, questions and requests of many kinds of people."""
    given = [str(row["persona"]) for row in item.pool if row.get("persona")] or PERSONAS
    person = given[item.index // len(terms.kinds) % len(given)]
    for step in range(item.rng.randint(0, terms.steps)):
        person = await _relative(item, person, step)
    kind = terms.kinds[item.index % len(terms.kinds)]
    ask = f"{TASKS[kind]} {WRITE}{person}"
    text = await (_function(item, ask) if kind == "tool" else _prompt(item, ask))
    if len(split_words(text)) < terms.min_words:
        raise Drop("too_short")
    return [item.instruction(text, domain=kind)]


async def _relative(item: Item, person: str, step: int) -> str:
    """Somebody who has to do with this person."""
    said = await item.ask(
        RELATE + person, step="relate", sample=step, sampling=SAMPLING, structured=form_of(Person)
    )
    description = " ".join(read_form(Person, said).description.split())
    if not description:
        raise Drop("no_persona")
    return description


async def _prompt(item: Item, ask: str) -> str:
    said = await item.ask(ask, step="write", sampling=SAMPLING, structured=form_of(Written))
    return read_form(Written, said).prompt


async def _function(item: Item, ask: str) -> str:
    """The instruction to write a function."""
    said = await item.ask(ask, step="write", sampling=SAMPLING, structured=form_of(Function))
    form = read_form(Function, said)
    arguments = "".join(f"\n- {argument}" for argument in form.arguments)
    return (
        f"Write a Python function `{form.name}`. {form.purpose}\n"
        f"Arguments:{arguments or ' none'}\nReturns: {form.returns}"
    )
