from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from generation.engines.transformers import TransformersEngine
from generation.recipes.write_instructions import (
    MAX_REQUESTS_PER_INSTRUCTION,
    Written,
    choose_families,
    write_instructions,
)
from generation.verifiable.families import FAMILIES, instruction_prompt
from generation.verifiable.held_out import draw_evaluation_tasks, draw_training_task, is_held_out
from generation.verifiable.solve import solve
from ingot.engine import Engine, Generated
from ingot.errors import ModelError, OrderError
from ingot.records import Provenance
from ingot.settings import MODELS

Scripted = Callable[[Callable[[int, Any], str | Generated]], Engine]
FRESH = list({draw_training_task("add", Random(n)).text: None for n in range(60)})
HELD_OUT = next(t.text for t in draw_evaluation_tasks(1, Random(0)) if t.family == "add")


async def write(engine: Engine, quantity: int, **options: Any) -> Written:
    known = {"families": ["add"], "unverified": [], "seed": 3, "provenance": Provenance()}
    return await write_instructions(
        engine, quantity, **{**known, "on_progress": lambda done, total: None, **options}
    )


async def test_instructions_stand_in_the_order_of_the_requests(scripted: Scripted) -> None:
    written = await write(scripted(lambda n, _: FRESH[n]), 20)
    assert [instruction.text for instruction in written.instructions] == FRESH[:20]
    assert not written.rejected


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (Generated(finish_reason="error", failure="too long"), "failed"),
        ("What is love?", "unparsable"),
        (HELD_OUT, "held_out"),
        (f" {FRESH[0]}\n", "duplicate"),
    ],
)
async def test_what_is_not_taken_has_a_reason(
    scripted: Scripted, bad: str | Generated, reason: str
) -> None:
    written = await write(scripted(lambda n, _: bad if n == 1 else FRESH[n]), 5)
    assert dict(written.rejected) == {reason: 1}
    assert [i.text for i in written.instructions] == [FRESH[0], *FRESH[2:6]]


async def test_a_reference_is_what_the_solver_says(scripted: Scripted) -> None:
    [instruction] = (await write(scripted(lambda n, _: FRESH[n]), 1)).instructions
    solved = solve(instruction.text)
    assert solved is not None
    assert (instruction.verifier, instruction.reference) == ("answer", solved.answer)
    assert instruction.domain == "add"


async def test_unverified_families_carry_no_reference(scripted: Scripted) -> None:
    sort = draw_training_task("sort", Random(0)).text
    engine = scripted(lambda n, _: sort if n == 0 else FRESH[n])
    first, second = (await write(engine, 2, unverified=["sort"])).instructions
    assert (first.domain, first.verifier, first.reference) == ("sort", "", "")
    assert second.reference


@pytest.mark.parametrize("option", ["families", "unverified"])
async def test_an_unknown_family_is_named_with_the_known_ones(
    scripted: Scripted, option: str
) -> None:
    with pytest.raises(OrderError, match=r"unknown family 'poems': choose from add, .*weekday"):
        await write(scripted(lambda n, _: FRESH[n]), 1, **{option: ["poems"]})


def test_no_family_means_all_of_them() -> None:
    assert choose_families([]) == list(FAMILIES)


async def test_families_are_asked_in_turn_with_seeds_of_their_own(scripted: Scripted) -> None:
    engine: Any = scripted(lambda n, _: FRESH[n])
    await write(engine, 8, families=["add", "sort"])
    prompts = [request.messages[0].content for request in engine.asked]
    assert prompts[:4] == [instruction_prompt(name) for name in ("add", "sort", "add", "sort")]
    assert len({request.seed for request in engine.asked}) == len(engine.asked)


async def test_a_model_that_cannot_write_is_an_error_with_counts(scripted: Scripted) -> None:
    engine: Any = scripted(lambda n, _: FRESH[0] if n == 0 else "no")
    draws = 3 * MAX_REQUESTS_PER_INSTRUCTION
    with pytest.raises(
        ModelError, match=rf"script wrote 1 usable .* {draws} draws, 3 were ordered"
    ):
        await write(engine, 3)
    assert len(engine.asked) == draws


async def test_the_last_allowed_draw_still_counts(scripted: Scripted) -> None:
    last = MAX_REQUESTS_PER_INSTRUCTION - 1
    written = await write(scripted(lambda n, _: FRESH[n] if n == last else "no"), 1)
    assert written.rejected["unparsable"] == last


async def test_progress_ends_at_the_quantity(scripted: Scripted) -> None:
    seen: list[tuple[int, int]] = []
    await write(
        scripted(lambda n, _: FRESH[n]), 9, on_progress=lambda done, of: seen.append((done, of))
    )
    assert seen[-1] == (9, 9)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


async def test_the_embedded_model_writes_new_tasks_and_none_held_out() -> None:
    async with TransformersEngine(str(MODELS / "generator")) as engine:
        written = await write(engine, 48, families=[], provenance=Provenance(order_id="ord_1"))
    solved = [solve(instruction.text) for instruction in written.instructions]
    assert len({instruction.id for instruction in written.instructions}) == 48
    assert len({task.family for task in solved if task}) == len(FAMILIES)
    assert not any(task is None or is_held_out(task) for task in solved)
    assert {instruction.provenance.order_id for instruction in written.instructions} == {"ord_1"}
