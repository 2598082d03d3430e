import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from cooking import ScriptedModel, cook, last_text
from verifying import real_verifiers

from generation.engines.openai import OpenAIEngine
from generation.flow.item import Drop
from generation.ingredients.math_skeletons import KINDS, Skeleton
from generation.recipes.verifiable_math import read_story, retell, verifiable_math
from ingot.engine import Generated
from ingot.errors import OrderError
from ingot.records import Completion, Instruction, Judgment

TOLD = Skeleton("rate", (), "", (12, 1500, 7), Fraction(17993))
STORY = "A mill fills 12 sacks an hour for 1,500 hours; 7 sacks tear. How many are whole?"


def tell(body: dict[str, Any]) -> str:
    """A model that puts the facts down as they are, and solves every other time."""
    prompt = last_text(body)
    if "Facts:" in prompt:
        facts, _, asked = prompt.partition("Facts:\n")[2].partition("\nAsked is: ")
        return f"{facts.replace('- ', '').replace(chr(10), '. ')}. Say {asked}?"
    a, b, c = map(int, re.findall(r"\d+", prompt))
    return f"Answer: {a * b - c if body['seed'] % 2 else a}"


async def test_every_kind_in_turn_with_the_program_s_answer(tmp_path: Path) -> None:
    with ScriptedModel(tell) as model:
        engine = OpenAIEngine("m", model.url)
        parameters = {"variants": 3}
        cooked = await cook(verifiable_math, engine, tmp_path, quantity=11, parameters=parameters)
    made = cooked.records(Instruction)
    assert len(model.asked) == 11
    assert len(made) == 33
    assert {each.domain for each in made} == {f"math/{kind}" for kind in KINDS}
    assert {(each.verifier, len(each.provenance.requests)) for each in made} == {("answer", 1)}
    for each in made:
        if each.domain == "math/rate":
            a, b, c = map(int, re.findall(r"\d+", each.text))
            assert each.reference == str(a * b - c)


async def test_solutions_are_judged_and_give_the_difficulty(tmp_path: Path) -> None:
    with ScriptedModel(tell) as model:
        engine = OpenAIEngine("m", model.url)
        parameters = {"kinds": ["rate"], "solutions": 8, "min_right": 1}
        cooked = await cook(
            verifiable_math, engine, tmp_path, quantity=1, parameters=parameters,
            aids=real_verifiers(),
        )  # fmt: skip
    (problem,), solutions = cooked.records(Instruction), cooked.records(Completion)
    verdicts = {each.subject_id: each.verdict for each in cooked.records(Judgment)}
    right = sum(each.text == f"Answer: {problem.reference}" for each in solutions)
    assert (len(solutions), problem.difficulty) == (8, 1 - right / 8)
    for each in solutions:
        expected = "right" if each.text == f"Answer: {problem.reference}" else "wrong"
        assert verdicts[each.id] == expected


async def test_a_story_that_nobody_solves_is_dropped(tmp_path: Path) -> None:
    with ScriptedModel(lambda b: tell(b) if "Facts:" in last_text(b) else "Answer: -1") as model:
        engine = OpenAIEngine("m", model.url)
        parameters = {"solutions": 2, "min_right": 1}
        cooked = await cook(
            verifiable_math, engine, tmp_path, quantity=1, parameters=parameters,
            aids=real_verifiers(),
        )  # fmt: skip
    assert set(cooked.facts["dropped"]) == {"unsolved"}


@pytest.mark.parametrize(
    ("text", "finish", "reason"),
    [
        (STORY, "length", "cut_off"),
        ("A mill fills 12, 1500, 7 how?", "stop", "length"),
        (f"{'So. ' * 150}{STORY}", "stop", "length"),
        (f"{STORY} Add them up.", "stop", "no_question"),
        (STORY.replace("7 sacks", "some sacks"), "stop", "missing_number"),
        (STORY.replace("A mill", "A mill of 1890"), "stop", "foreign_number"),
        (STORY.replace("A mill", "A mill with five floors"), "stop", "foreign_number"),
        (STORY.replace("7 sacks", "7 and half of all sacks"), "stop", "foreign_number"),
    ],
)
def test_stories_that_say_something_else_are_dropped(text: str, finish: str, reason: str) -> None:
    with pytest.raises(Drop, match=f"^{reason}$"):
        read_story(Generated(text, finish), TOLD)


def test_a_story_is_retold_with_other_numbers() -> None:
    other = Skeleton("rate", (), "", (7, 12, 30), Fraction(54))
    story, told = retell(read_story(Generated(STORY, "stop"), TOLD), TOLD, other)
    assert story == "A mill fills 7 sacks an hour for 12 hours; 30 sacks tear. How many are whole?"
    assert told is other


@pytest.mark.parametrize("wrong", [{"kinds": ["magic"]}, {"solutions": 1, "min_right": 2}])
def test_impossible_terms_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(OrderError, match="verifiable_math"):
        verifiable_math.read_terms(wrong)


async def test_it_runs_on_a_real_model(vllm_server: str, tmp_path: Path) -> None:
    engine = OpenAIEngine("embedded", vllm_server)
    cooked = await cook(verifiable_math, engine, tmp_path, quantity=3, aids=real_verifiers())
    made, dropped = cooked.records(Instruction), cooked.facts["dropped"]
    assert len(made) + sum(dropped.values()) >= 3
    assert not cooked.facts["failed"]
    known = {"cut_off", "length", "no_question", "missing_number", "foreign_number"}
    assert set(dropped) <= known
