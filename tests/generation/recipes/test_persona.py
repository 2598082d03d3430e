from pathlib import Path
from typing import Any

import orjson
import pytest
from cooking import Cooked, ScriptedModel, cook, last_text

from generation.engines.openai import OpenAIEngine
from generation.recipes.persona import PERSONAS, RELATE, TASKS, persona
from ingot.records import Instruction, Sampling

PEOPLE = [{"persona": f"the {n}th keeper of a lighthouse"} for n in range(3)]
CREW = [{"persona": f"the {n}th sailor of a ship"} for n in range(12)]
TOOL = {
    "name": "tide_at",
    "purpose": "Find the height of the tide.",
    "arguments": ["hour (int): hour of the day", "port (str): the port"],
    "returns": "metres as a float",
}


def say(form: dict[str, object], finish_reason: str = "stop") -> dict[str, Any]:
    message = {"role": "assistant", "content": orjson.dumps(form).decode()}
    return {"index": 0, "finish_reason": finish_reason, "message": message}


def write(body: dict[str, Any]) -> dict[str, Any]:
    """A relative of a person; a tool; or a prompt that repeats kind and person."""
    text = last_text(body)
    person = text.rpartition("Person: ")[2]
    if text.startswith(RELATE):
        return say({"description": f"a friend of {person}"})
    kind = next(kind for kind, task in TASKS.items() if text.startswith(task))
    return say(TOOL if kind == "tool" else {"prompt": f"A {kind} prompt as asked by {person}"})


async def people(
    folder: Path, quantity: int = 1, reply: Any = write, pool: Any = PEOPLE, **parameters: object
) -> tuple[Cooked, list[str]]:
    with ScriptedModel(reply) as model:
        cooked = await cook(
            persona,
            OpenAIEngine("m", model.url, window_start=4, window_max=4),
            folder,
            quantity=quantity,
            pool=pool,
            parameters=parameters,
        )
    return cooked, [last_text(body) for body in model.asked]


async def test_each_person_is_asked_for_each_kind(tmp_path: Path) -> None:
    cooked, _ = await people(tmp_path, 6, kinds=["math", "knowledge"])
    expected = {
        (kind, f"A {kind} prompt as asked by {each['persona']}")
        for kind in ("math", "knowledge")
        for each in PEOPLE
    }
    assert {(i.domain, i.text) for i in cooked.records(Instruction)} == expected


async def test_a_tool_becomes_the_instruction_to_write_it(tmp_path: Path) -> None:
    cooked, _ = await people(tmp_path, kinds=["tool"])
    [made] = cooked.records(Instruction)
    assert made.text == (
        "Write a Python function `tide_at`. Find the height of the tide.\n"
        "Arguments:\n- hour (int): hour of the day\n- port (str): the port\n"
        "Returns: metres as a float"
    )
    assert made.domain == "tool"


async def test_a_tool_without_arguments_says_so(tmp_path: Path) -> None:
    def reply(body: dict[str, Any]) -> dict[str, Any]:
        return say(TOOL | {"arguments": []})

    cooked, _ = await people(tmp_path, reply=reply, kinds=["tool"])
    assert "\nArguments: none\n" in cooked.records(Instruction)[0].text


async def test_new_people_come_from_known_ones(tmp_path: Path) -> None:
    cooked, asked = await people(tmp_path, 12, pool=CREW, kinds=["logic"], steps=2)
    texts = [i.text for i in cooked.records(Instruction)]
    steps = {text.count("a friend of") for text in texts}
    assert steps == {0, 1, 2}
    assert sum(text.startswith(RELATE) for text in asked) == sum(map(related, cooked.draws))


def related(draw: dict[str, Any]) -> bool:
    return bool(draw["step"] == "relate")


async def test_ours_serve_where_the_order_brings_none(tmp_path: Path) -> None:
    with ScriptedModel(write) as model:
        engine = OpenAIEngine("m", model.url, window_start=4, window_max=4)
        parameters = {"kinds": ["math"]}
        await cook(persona, engine, tmp_path, quantity=30, parameters=parameters)
    asked = {last_text(body).rpartition("Person: ")[2] for body in model.asked}
    assert asked == set(PERSONAS)
    assert len(PERSONAS) == 30


@pytest.mark.parametrize(
    ("form", "finish_reason", "reason"),
    [
        ({"prompt": "Add two and three"}, "stop", "too_short"),
        ({"prompt": ""}, "stop", "too_short"),
        ({"text": "Add two and three, please."}, "stop", "malformed"),
        ({"prompt": "x" * 1501}, "stop", "malformed"),
        ({"cut": "off"}, "length", "cut_off"),
    ],
)
async def test_what_is_no_prompt_is_dropped(
    form: dict[str, object], finish_reason: str, reason: str, tmp_path: Path
) -> None:
    cooked, _ = await people(tmp_path, reply=lambda body: say(form, finish_reason), kinds=["math"])
    assert set(cooked.facts["dropped"]) == {reason}


@pytest.mark.parametrize("name", ["Tide", "tide at", "x", "import os\n"])
async def test_a_tool_needs_a_name_that_python_takes(name: str, tmp_path: Path) -> None:
    cooked, _ = await people(tmp_path, reply=lambda b: say(TOOL | {"name": name}), kinds=["tool"])
    assert set(cooked.facts["dropped"]) == {"malformed"}


async def test_a_relative_without_description_drops_the_item(tmp_path: Path) -> None:
    def reply(body: dict[str, Any]) -> dict[str, Any]:
        return say({"description": " "}) if last_text(body).startswith(RELATE) else write(body)

    cooked, _ = await people(tmp_path, 6, reply, CREW, kinds=["math"], steps=1)
    assert set(cooked.facts["dropped"]) == {"no_persona"}


async def test_it_runs_on_a_real_model(vllm_server: str, tmp_path: Path) -> None:
    cooked = await cook(
        persona,
        OpenAIEngine("embedded", vllm_server),
        tmp_path,
        parameters={"kinds": ["math", "knowledge"], "steps": 1},
        sampling=Sampling(max_tokens=96),
    )
    made = cooked.records(Instruction)
    assert len(made) >= 4
    assert {i.domain for i in made} == {"math", "knowledge"}
    assert all(len(i.text.split()) >= 5 and i.provenance.requests for i in made)
    assert sum(cooked.facts["failed"].values()) == 0
