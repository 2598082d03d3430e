from pathlib import Path
from random import Random
from typing import Any

import pytest
from cooking import Cooked, cook
from counting import CountingEngine

from generation.engines.vllm import VllmEngine
from generation.recipes.registry import find_recipe
from generation.verifiable.families import FAMILIES, instruction_prompt
from generation.verifiable.held_out import draw_evaluation_tasks, draw_training_task, is_held_out
from generation.verifiable.solve import solve
from ingot.engine import Engine, Request
from ingot.errors import OrderError
from ingot.records import Instruction
from ingot.settings import MODELS

FRESH = list({draw_training_task("add", Random(n)).text: None for n in range(60)})
HELD_OUT = next(t.text for t in draw_evaluation_tasks(1, Random(0)) if t.family == "add")


async def write(tmp_path: Path, engine: Engine, quantity: int, **parameters: Any) -> Cooked:
    options = {"families": ["add"], **parameters}
    return await cook("write_instructions", engine, tmp_path, quantity=quantity, parameters=options)


def in_turn(*said: str) -> CountingEngine:
    """Says these in the order of asking, then fresh tasks; one request at a time."""
    replies = iter([*said, *FRESH])
    return CountingEngine(lambda _: next(replies), capacity=1)


async def test_instructions_stand_in_the_order_of_the_requests(tmp_path: Path) -> None:
    cooked = await write(tmp_path, in_turn(), 20)
    assert [instruction.text for instruction in cooked.records(Instruction)] == FRESH[:20]
    assert not cooked.facts["dropped"]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("What is love?", "unparsable"),
        (HELD_OUT, "held_out"),
    ],
)
async def test_what_is_not_taken_has_a_reason(tmp_path: Path, bad: str, reason: str) -> None:
    cooked = await write(tmp_path, in_turn(FRESH[59], bad), 5)
    assert cooked.facts["dropped"] == {reason: 1}
    assert len(cooked.records(Instruction)) == 5


async def test_a_task_written_twice_is_taken_once(tmp_path: Path) -> None:
    cooked = await write(tmp_path, in_turn(FRESH[0], f" {FRESH[0]}\n", FRESH[1]), 2)
    assert [i.text for i in cooked.records(Instruction)] == FRESH[:2]
    assert cooked.facts["dropped"] == {"duplicate": 1}


async def test_a_reference_is_what_the_solver_says(tmp_path: Path) -> None:
    [instruction] = (await write(tmp_path, in_turn(), 1)).records(Instruction)
    solved = solve(instruction.text)
    assert solved is not None
    assert (instruction.verifier, instruction.reference) == ("answer", solved.answer)
    assert instruction.domain == "add"


async def test_unverified_families_carry_no_reference(tmp_path: Path) -> None:
    sort = draw_training_task("sort", Random(0)).text
    cooked = await write(tmp_path, in_turn(sort), 2, unverified=["sort"])
    first, second = cooked.records(Instruction)
    assert (first.domain, first.verifier, first.reference) == ("sort", "", "")
    assert second.reference


@pytest.mark.parametrize("option", ["families", "unverified"])
def test_an_unknown_family_is_named_with_the_known_ones(option: str) -> None:
    with pytest.raises(OrderError, match=r"unknown family 'poems': choose from add, .*weekday"):
        find_recipe("write_instructions").read_terms({option: ["poems"]})


async def test_families_are_asked_in_turn_with_seeds_of_their_own(tmp_path: Path) -> None:
    engine = CountingEngine(lambda r: FRESH[r.seed % 60])
    await write(tmp_path, engine, 8, families=["add", "sort"])
    asked: list[Request] = engine.asked
    prompts = [request.messages[0].content for request in asked]
    assert prompts[:4] == [instruction_prompt(name) for name in ("add", "sort", "add", "sort")]
    assert len({request.seed for request in asked}) == len(asked)


async def test_a_model_that_cannot_write_falls_short_with_counts(tmp_path: Path) -> None:
    said = iter([FRESH[0]])
    engine = CountingEngine(lambda _: next(said, "no"))
    cooked = await write(tmp_path, engine, 3)
    assert cooked.facts["accepted"] == 1
    assert cooked.facts["dropped"] == {"unparsable": len(engine.asked) - 1}


async def test_the_embedded_model_writes_new_tasks_and_none_held_out(tmp_path: Path) -> None:
    engine = VllmEngine(str(MODELS / "generator"))
    cooked = await write(tmp_path, engine, 48, families=[])
    made = cooked.records(Instruction)
    solved = [solve(instruction.text) for instruction in made]
    assert len({instruction.id for instruction in made}) == 48
    assert len({task.family for task in solved if task}) == len(FAMILIES)
    assert not any(task is None or is_held_out(task) for task in solved)
    assert all(i.provenance.requests and i.provenance.model_sha256 for i in made)
