from pathlib import Path

import pytest
from cooking import ScriptedModel, cook, last_text
from counting import CountingEngine

from generation.engines.openai import OpenAIEngine
from generation.flow.item import Drop
from generation.recipes.self_instruct import SEEDS, RougeGate, _checked
from ingot.records import Instruction, Message

TASK = "Describe how a bicycle stays upright while it is moving."


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Draw a picture of a horse on a green hill.", "not_for_text"),
        ("Sing loudly.", "length"),
        ("word " * 151, "length"),
        ("Write a program that adds two numbers.", "program"),
        ("- what is the longest river?", "odd_start"),
        ("", "length"),
    ],
)
async def test_an_unfit_task_is_dropped_with_its_reason(
    tmp_path: Path, said: str, reason: str
) -> None:
    engine = CountingEngine(lambda r: said if r.seed % 2 else f"{TASK} {r.seed}")
    cooked = await cook("self_instruct", engine, tmp_path, quantity=1)
    assert cooked.facts["dropped"].keys() <= {reason}
    with pytest.raises(Drop, match=f"^{reason}$"):
        _checked(said.strip(), "stop")


def test_a_task_that_was_cut_off_is_dropped() -> None:
    with pytest.raises(Drop, match="cut_off"):
        _checked(TASK, "length")


def test_a_task_too_like_another_is_refused_on_either_side_of_the_limit() -> None:
    gate = RougeGate(0.7)
    assert gate.refuse([task("one two three four five six seven eight nine ten")]) == ""
    assert gate.refuse([task("one two three four five six seven a b c")]) == "near_duplicate"
    assert gate.refuse([task("one two three four five six a b c d")]) == ""


def task(text: str) -> Instruction:
    return Instruction(messages=(Message(role="user", content=text),))


async def test_six_seeds_are_shown_and_the_model_writes_the_seventh(tmp_path: Path) -> None:
    with ScriptedModel(lambda body: TASK) as model:
        engine = OpenAIEngine("m", model.url)
        cooked = await cook("self_instruct", engine, tmp_path, quantity=1)
    assert [i.text for i in cooked.records(Instruction)] == [TASK]
    shown = last_text(model.asked[0])
    assert sum(seed in shown for seed in SEEDS) == 6
    assert shown.endswith("Task 7:")


async def test_tasks_written_before_are_shown_once_they_are_decided(tmp_path: Path) -> None:
    engine = CountingEngine(lambda r: " ".join(f"{word}{r.seed}" for word in "abcdefgh"))
    await cook("self_instruct", engine, tmp_path, quantity=30, parameters={"lag": 8})
    counts = [request.messages[0].content.count("\nTask") for request in engine.asked]
    assert counts[0] == 6 + 1
    assert max(counts) == 6 + 2 + 1


async def test_seeds_of_the_order_replace_ours(tmp_path: Path) -> None:
    pool = [{"prompt": f"Seed number {n} of the lab?"} for n in range(3)]
    with ScriptedModel(lambda body: TASK) as model:
        engine = OpenAIEngine("m", model.url)
        await cook("self_instruct", engine, tmp_path, quantity=1, pool=pool)
    assert all(str(row["prompt"]) in last_text(model.asked[0]) for row in pool)


async def test_it_runs_on_a_real_model(vllm_server: str, tmp_path: Path) -> None:
    engine = OpenAIEngine("embedded", vllm_server)
    cooked = await cook("self_instruct", engine, tmp_path, quantity=4)
    made = cooked.records(Instruction)
    assert made
    assert all(4 <= len(i.text.split()) <= 150 and i.provenance.requests for i in made)
    assert {i.provenance.recipe for i in made} == {"self_instruct"}
