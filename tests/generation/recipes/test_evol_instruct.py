from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cooking import Cooked, ScriptedModel, cook, last_text
from labels import is_judging, labelled

from generation.engines.openai import OpenAIEngine
from generation.recipes.evol_instruct import OPERATIONS, RULES, evol_instruct
from ingot.records import Completion, Instruction, Message, Sampling

ROW = {"prompt": "Name a fruit.", "domain": "food"}
GOOD = "Name a fruit that grows in cold places."


def script(
    evolve: Callable[[str], Any] = lambda old: f"{old[:-1]} now.",
    answer: str = "A crab apple is one.",
    p_same: float = 0.1,
) -> Callable[[dict[str, Any]], Any]:
    """Evolve a text, answer every other one, and find two texts the same with a probability."""

    def reply(body: dict[str, Any]) -> Any:
        text = last_text(body)
        if is_judging(body):
            yes, no = ("A", "B") if "A: yes" in text else ("B", "A")
            return labelled({yes: p_same, no: 1 - p_same})
        return evolve(text.partition("Prompt:\n")[2]) if text.startswith(RULES) else answer

    return reply


async def evolve(
    reply: Any, folder: Path, row: dict[str, Any] | None = None, **parameters: object
) -> tuple[Cooked, list[dict[str, Any]]]:
    with ScriptedModel(reply) as model:
        engine = OpenAIEngine("m", model.url)
        rows = [row or ROW]
        cooked = await cook(
            evol_instruct, engine, folder, quantity=1, rows=rows, parameters=parameters
        )
    return cooked, model.asked


async def test_each_evolution_starts_from_the_one_before(tmp_path: Path) -> None:
    cooked, _ = await evolve(script(), tmp_path)
    made = sorted(cooked.records(Instruction), key=lambda each: len(each.text))
    assert [i.text for i in made] == [f"Name a fruit{' now' * n}." for n in (1, 2, 3, 4)]
    first = Instruction(messages=(Message(role="user", content="Name a fruit."),))
    chain = [first.id, *(i.id for i in made)]
    assert [(i.provenance.parents, i.id) for i in made] == [((a,), b) for a, b in pairwise(chain)]
    assert {i.domain for i in made} == {"food"}


async def test_a_record_names_the_draw_that_wrote_it(tmp_path: Path) -> None:
    cooked, _ = await evolve(script(), tmp_path, epochs=2, answers=True)
    texts = {draw["key"]: draw["text"] for draw in cooked.draws}
    records = [*cooked.records(Instruction), *cooked.records(Completion)]
    assert len(records) == 4
    assert all([texts[key] for key in r.provenance.requests] == [r.text] for r in records)


async def test_completions_come_only_where_wanted(tmp_path: Path) -> None:
    cooked, _ = await evolve(script(), tmp_path / "without", epochs=1)
    assert cooked.records(Completion) == []
    cooked, _ = await evolve(script(), tmp_path / "with", epochs=1, answers=True)
    [instruction], [completion] = cooked.records(Instruction), cooked.records(Completion)
    assert (completion.instruction_id, completion.text) == (instruction.id, "A crab apple is one.")


async def test_turns_before_the_last_stay(tmp_path: Path) -> None:
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi there."}]
    cooked, asked = await evolve(script(), tmp_path, {"messages": turns}, epochs=1)
    [made] = cooked.records(Instruction)
    assert [m.content for m in made.messages] == ["Be brief.", "Hi there now."]
    assert asked[-1]["messages"][0] == turns[0]


CUT = {"finish_reason": "length", "message": {"role": "assistant", "content": GOOD}}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (script(lambda old: CUT), "cut_off"),
        (script(lambda old: " "), "empty"),
        (script(lambda old: f"Rewritten prompt: {GOOD}"), "meta_words"),
        (script(lambda old: "name a FRUIT"), "no_gain"),
        (script(p_same=0.6), "no_gain"),
        (script(answer="I am sorry, no."), "refused"),
        (script(answer="sorry " + "word " * 78), "refused"),
        (script(answer="It is what it is..."), "empty_answer"),
        (script(answer=""), "empty_answer"),
    ],
)
async def test_what_has_failed_is_dropped(reply: Any, reason: str, tmp_path: Path) -> None:
    cooked, _ = await evolve(reply, tmp_path, epochs=2)
    assert cooked.facts["dropped"] == {reason: 1}
    assert cooked.records(Instruction) == []


@pytest.mark.parametrize(
    "reply",
    [
        script(p_same=0.4),
        script(answer="sorry " + "word " * 79),
        script(answer="It is what it is: 42."),
    ],
)
async def test_the_other_side_of_each_threshold_is_kept(reply: Any, tmp_path: Path) -> None:
    cooked, _ = await evolve(reply, tmp_path, epochs=1)
    assert len(cooked.records(Instruction)) == 1


async def test_an_own_word_of_the_prompt_is_no_copied_one(tmp_path: Path) -> None:
    row = {"prompt": "What is a given prompt called."}
    cooked, _ = await evolve(script(), tmp_path, row, epochs=1)
    assert [i.text for i in cooked.records(Instruction)] == ["What is a given prompt called now."]


async def test_unknown_label_probabilities_eliminate_nothing(tmp_path: Path) -> None:
    known = script()

    def reply(body: dict[str, Any]) -> Any:
        return labelled({"A": 0.9}) if is_judging(body) else known(body)

    cooked, _ = await evolve(reply, tmp_path, epochs=1)
    assert len(cooked.records(Instruction)) == 1


async def test_after_a_failure_the_version_before_evolves_again(tmp_path: Path) -> None:
    def grow(old: str) -> str:
        return "Rewritten prompt" if "now" in old else f"{old[:-1]} now."

    cooked, asked = await evolve(script(grow), tmp_path, epochs=3)
    assert [i.text for i in cooked.records(Instruction)] == ["Name a fruit now."]
    old = [last_text(body).partition("Prompt:\n")[2] for body in asked]
    assert [text for text in old if text] == [
        "Name a fruit.",
        "Name a fruit now.",
        "Name a fruit now.",
    ]


async def test_only_the_wanted_operations_are_asked_for(tmp_path: Path) -> None:
    _, asked = await evolve(script(), tmp_path, operations=["widen"])
    assert sum(OPERATIONS["widen"] in last_text(body) for body in asked) == 4


async def test_the_judge_is_asked_where_one_plays(tmp_path: Path) -> None:
    with ScriptedModel(script()) as writer, ScriptedModel(script()) as judge:
        roles = {
            "writer": [OpenAIEngine("m", writer.url)], "judge": [OpenAIEngine("m2", judge.url)]
        }  # fmt: skip
        await cook(evol_instruct, roles, tmp_path, quantity=1, rows=[ROW])
    assert len(judge.asked) == 8
    assert all(is_judging(body) for body in judge.asked)
    assert not any(is_judging(body) for body in writer.asked)


async def test_it_runs_on_a_real_model(vllm_server: str, tmp_path: Path) -> None:
    rows = [{"prompt": f"What is {n} + {n + 3}?", "domain": "add"} for n in range(20, 24)]
    cooked = await cook(
        evol_instruct,
        OpenAIEngine("embedded", vllm_server),
        tmp_path,
        rows=rows,
        parameters={"epochs": 2, "answers": True},
        sampling=Sampling(max_tokens=96),
    )
    made, answers = cooked.records(Instruction), cooked.records(Completion)
    assert sum(cooked.facts["failed"].values()) == 0
    assert cooked.facts["accepted"] + sum(cooked.facts["dropped"].values()) == 4
    assert made
    assert {a.instruction_id for a in answers} == {i.id for i in made}
    assert all(i.provenance.parents and len(i.provenance.requests) == 1 for i in made)
