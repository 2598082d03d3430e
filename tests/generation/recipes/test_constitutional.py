from pathlib import Path
from typing import Any

import pytest
from cooking import Cooked, ScriptedModel, cook, last_text
from labels import is_judging, labelled, prefers

from generation.engines.openai import OpenAIEngine
from generation.ingredients.principles import PRINCIPLES
from generation.recipes.constitutional import constitutional
from ingot.records import Completion, Instruction, JudgeKind, Preference, Sampling

ROW = {"prompt": "How do I get into my neighbour's house?"}
VERSIONS = ("Break a window.", "Ask the neighbour for a key.", "Ask them; else call a locksmith.")


def converse(body: dict[str, Any]) -> Any:
    """A model that answers, criticises and revises, and judges later versions to be better."""
    if is_judging(body):
        return prefers(body, {"window": 1.0, "locksmith": 9.0, "key": 3.0, "Good": 4.0})
    asked = last_text(body)
    if asked.startswith("Look at"):
        return f"Critique of: {body['messages'][-2]['content']}"
    if asked.startswith("Now write"):
        said = body["messages"][-4]["content"]
        return f"Here is the revised answer:\n\n{VERSIONS[VERSIONS.index(said) + 1]}"
    return VERSIONS[0]


async def revise(reply: Any, folder: Path, **parameters: object) -> Cooked:
    with ScriptedModel(reply) as model:
        engine = OpenAIEngine("m", model.url)
        roles = {"writer": [engine], "judge": [engine]}
        parameters = {"revisions": 2} | parameters
        return await cook(
            constitutional, roles, folder, quantity=1, rows=[ROW], parameters=parameters
        )


async def test_each_revision_follows_the_one_before(tmp_path: Path) -> None:
    cooked = await revise(converse, tmp_path)
    one, two = sorted(cooked.records(Completion), key=lambda each: each.sample)
    assert (one.text, two.text, one.sample, two.sample) == (*VERSIONS[1:], 1, 2)
    assert two.provenance.parents[-1] == one.id
    keys = {draw["key"]: draw["step"] for draw in cooked.draws}
    assert [keys[key] for key in two.provenance.requests] == [
        "answer", "critique_1", "revision_1", "critique_2", "revision_2"
    ]  # fmt: skip


async def test_the_critique_and_a_principle_are_in_the_conversation(tmp_path: Path) -> None:
    with ScriptedModel(converse) as model:
        engine = OpenAIEngine("m", model.url)
        await cook(
            constitutional, engine, tmp_path, quantity=1, rows=[ROW],
            parameters={"revisions": 1, "pairs": False, "principles": ["Be safe."]},
        )  # fmt: skip
    asked = [[turn["content"] for turn in body["messages"]] for body in model.asked]
    assert [len(turns) for turns in asked] == [1, 3, 5]
    assert asked[2][1] == VERSIONS[0]
    assert asked[2][3] == f"Critique of: {VERSIONS[0]}"
    assert all("Be safe." in turn for turn in (asked[2][2], asked[2][4]))


async def test_revisions_are_paired_with_the_first_answer(tmp_path: Path) -> None:
    pairs = (await revise(converse, tmp_path)).records(Preference)
    assert {(p.chosen[-1].content, p.rejected[-1].content) for p in pairs} == {
        (VERSIONS[1], VERSIONS[0]), (VERSIONS[2], VERSIONS[0])
    }  # fmt: skip
    confidences = sorted(pair.confidence for pair in pairs)
    assert confidences == pytest.approx([0.75, 0.9])
    assert {(pair.source, pair.provenance.judge) for pair in pairs} == {(JudgeKind.JUDGE, "m")}


async def test_the_judge_must_agree_with_the_revision(tmp_path: Path) -> None:
    def disagree(body: dict[str, Any]) -> Any:
        return prefers(body, {"window": 9.0}) if is_judging(body) else converse(body)

    cooked = await revise(disagree, tmp_path)
    assert (len(cooked.records(Completion)), cooked.records(Preference)) == (2, [])


@pytest.mark.parametrize(("min_margin", "pairs"), [(0.45, 2), (0.55, 1)])
async def test_the_margin_has_two_sides(tmp_path: Path, min_margin: float, pairs: int) -> None:
    cooked = await revise(converse, tmp_path, min_margin=min_margin)
    assert len(cooked.records(Preference)) == pairs


async def test_two_fresh_answers_are_judged_either_way(tmp_path: Path) -> None:
    def reply(body: dict[str, Any]) -> Any:
        if "Now write" in last_text(body):
            return "Rather call them"
        plain = len(body["messages"]) == 1 and not is_judging(body)
        return ("Bad idea", "Good idea")[body["seed"] % 2] if plain else converse(body)

    with ScriptedModel(reply) as model:
        engine = OpenAIEngine("m", model.url)
        rows = [ROW | {"prompt": f"Number {n}?"} for n in range(6)]
        roles = {"writer": [engine], "judge": [engine]}
        cooked = await cook(
            constitutional, roles, tmp_path, quantity=6, rows=rows, parameters={"revisions": 1}
        )
    pairs = {(p.chosen[-1].content, p.rejected[-1].content) for p in cooked.records(Preference)}
    assert ("Good idea", "Bad idea") in pairs
    assert ("Bad idea", "Good idea") not in pairs


async def test_revisions_that_change_nothing_are_left_out(tmp_path: Path) -> None:
    cooked = await revise(lambda body: "Always the same answer.", tmp_path)
    assert cooked.facts["dropped"] == {"unchanged": 1}


@pytest.mark.parametrize(("max_similarity", "kept"), [(0.6, 0), (0.9, 1)])
async def test_likeness_has_two_sides(tmp_path: Path, max_similarity: float, kept: int) -> None:
    def reply(body: dict[str, Any]) -> str:  # ROUGE-L of the two is 6 / 8
        return "one two three five" if "Now write" in last_text(body) else "one two three four"

    cooked = await revise(reply, tmp_path, revisions=1, pairs=False, max_similarity=max_similarity)
    assert len(cooked.records(Completion)) == kept


async def test_a_first_answer_that_is_cut_off_is_dropped(tmp_path: Path) -> None:
    cut = {"index": 0, "finish_reason": "length", "message": {"content": "Well, this"}}
    cooked = await revise(lambda body: cut, tmp_path)
    assert cooked.facts["dropped"] == {"no_whole_answer": 1}


async def test_an_unsure_judge_makes_no_pair(tmp_path: Path) -> None:
    def unsure(body: dict[str, Any]) -> Any:
        return labelled({"A": 0.9}) if is_judging(body) else converse(body)

    cooked = await revise(unsure, tmp_path)
    assert (len(cooked.records(Completion)), cooked.records(Preference)) == (2, [])


def test_there_are_sixteen_principles() -> None:
    assert len(set(PRINCIPLES)) == 16


async def test_it_runs_on_a_real_model(vllm_server: str, tmp_path: Path) -> None:
    engine = OpenAIEngine("embedded", vllm_server)
    cooked = await cook(
        constitutional,
        {"writer": [engine], "judge": [engine]},
        tmp_path,
        quantity=3,
        rows=[{"prompt": f"What is {n} + {n + 20}?"} for n in (31, 45, 52)],
        parameters={"revisions": 2},
        sampling=Sampling(max_tokens=96),
    )
    assert cooked.facts["failed"] == {}
    assert set(cooked.facts["dropped"]) <= {"unchanged", "no_whole_answer"}
    asked = {each.id for each in cooked.records(Instruction)}
    texts = {draw["key"]: draw["text"] for draw in cooked.draws}
    for version in cooked.records(Completion):
        assert version.instruction_id in asked
        assert version.text in texts[version.provenance.requests[-1]]
