"""New instructions of the verifiable task families, each with the answer that a program knows."""

from collections.abc import Sequence

from pydantic import field_validator

from generation.flow.item import Drop, Item
from generation.flow.recipe import Terms, recipe
from generation.verifiable.families import FAMILIES, instruction_prompt
from generation.verifiable.held_out import is_held_out
from generation.verifiable.solve import solve
from ingot.records import Instruction, Record, Sampling

SAMPLING = Sampling(temperature=1.0, max_tokens=96)


class WriteInstructions(Terms):
    """Which families are written."""

    families: tuple[str, ...] = ()
    """Empty means all."""
    unverified: tuple[str, ...] = ()
    """Families whose instructions carry no reference, as if no program could check them."""

    @field_validator("families", "unverified")
    @classmethod
    def _known(cls, names: Sequence[str]) -> Sequence[str]:
        for name in names:
            if name not in FAMILIES:
                known = ", ".join(sorted(FAMILIES))
                raise ValueError(f"unknown family {name!r}: choose from {known}")
        return names


@recipe(
    source="none: the task families of `generation/verifiable`",
    makes=(Instruction,),
    requests="1",
)
async def write_instructions(item: Item, terms: WriteInstructions) -> list[Record]:
    """New tasks of the embedded model's verifiable families, in turn over the families."""
    families = terms.families or tuple(FAMILIES)
    prompt = instruction_prompt(families[item.index % len(families)])
    text = (await item.ask(prompt, step="write", sampling=SAMPLING)).text.strip()
    solved = solve(text)
    if solved is None:
        raise Drop("unparsable")
    if is_held_out(solved):
        raise Drop("held_out")
    checked = solved.family not in terms.unverified
    known = {"verifier": "answer", "reference": solved.answer} if checked else {}
    return [item.instruction(text, domain=solved.family, **known)]
