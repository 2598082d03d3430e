"""The recipe that lets the model write new instructions of verifiable task families.

Requests go out as fast as the engine takes them; what comes back is accepted in the order of the
requests, never of arrival, so a resumed run accepts the same instructions. Each rejected one has a
named reason.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from generation.verifiable.families import FAMILIES, instruction_prompt
from generation.verifiable.held_out import is_held_out
from generation.verifiable.solve import solve
from ingot.engine import Engine, Generated, Request, stream
from ingot.errors import ModelError, OrderError
from ingot.records import Instruction, Message, Provenance, Sampling

MAX_REQUESTS_PER_INSTRUCTION = 8
"""When fewer than one draw in eight is usable, the model cannot write these instructions."""
SAMPLING = Sampling(temperature=1.0, max_tokens=96)


@dataclass(slots=True)
class Written:
    """New instructions, and why the others were not taken."""

    instructions: list[Instruction] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    """Count by reason: failed, unparsable, held_out, duplicate."""


def choose_families(asked: Sequence[str]) -> list[str]:
    """The families of an order: those it names, or all; an unknown one is an OrderError."""
    for name in asked:
        if name not in FAMILIES:
            known = ", ".join(sorted(FAMILIES))
            raise OrderError(f"unknown family {name!r}: choose from {known}", "source.families")
    return list(asked) or list(FAMILIES)


async def write_instructions(
    engine: Engine,
    quantity: int,
    *,
    families: Sequence[str],
    unverified: Sequence[str],
    seed: int,
    provenance: Provenance,
    on_progress: Callable[[int, int], None],
) -> Written:
    """Have `quantity` new instructions written, in turn over the families.

    Instructions of the `unverified` families carry no reference, as if no program could check them.
    Raises ModelError where the model writes too few usable ones.
    """
    names = choose_families(families)
    choose_families(unverified)
    written, arrived, seen = Written(), dict[int, Generated](), set[str]()
    limit = quantity * MAX_REQUESTS_PER_INSTRUCTION
    next_index = 0
    async for index, answer in stream(engine, islice(_requests(names, seed), limit)):
        arrived[index] = answer
        while next_index in arrived and len(written.instructions) < quantity:
            _accept(written, seen, arrived.pop(next_index), frozenset(unverified), provenance)
            next_index += 1
        on_progress(len(written.instructions), quantity)
        if len(written.instructions) == quantity:
            return written
    raise ModelError(
        f"{engine.model} wrote {len(written.instructions)} usable instructions in {limit} draws, "
        f"{quantity} were ordered ({dict(written.rejected)}): lower quantity or use another model"
    )


def _requests(families: Sequence[str], seed: int) -> Iterator[Request]:
    index = 0
    while True:
        prompt = instruction_prompt(families[index % len(families)])
        message = Message(role="user", content=prompt)
        yield Request((message,), SAMPLING, seed=(seed * 1_000_003 + index) % 2**31)
        index += 1


def _accept(
    written: Written,
    seen: set[str],
    answer: Generated,
    unverified: frozenset[str],
    provenance: Provenance,
) -> None:
    """Take the instruction or count the reason why not."""
    text = answer.text.strip()
    solved = solve(text) if not answer.failure else None
    if answer.failure:
        written.rejected["failed"] += 1
    elif solved is None:
        written.rejected["unparsable"] += 1
    elif is_held_out(solved):
        written.rejected["held_out"] += 1
    elif text in seen:
        written.rejected["duplicate"] += 1
    else:
        seen.add(text)
        checked = solved.family not in unverified
        written.instructions.append(
            Instruction(
                messages=(Message(role="user", content=text),),
                domain=solved.family,
                verifier="answer" if checked else "",
                reference=solved.answer if checked else "",
                provenance=provenance,
            )
        )
