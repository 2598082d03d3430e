from pathlib import Path
from typing import Any

import pytest
from cooking import Cooked, ScriptedModel, cook
from labels import is_judging, labelled, prefers

from generation.engines.openai import OpenAIEngine
from generation.recipes.committee import committee
from ingot.errors import OrderError
from ingot.records import Completion, JudgeKind, Preference, Sampling

ROWS = [{"prompt": "What should I cook?"}]
SAID = {"m": "Soup.", "m2": "Bread with cheese.", "m3": "A stone."}
STRENGTHS = {"Soup": 3.0, "Bread": 9.0, "stone": 1.0}


def serve(body: dict[str, Any]) -> Any:
    return prefers(body, STRENGTHS) if is_judging(body) else SAID[body["model"]]


async def meet(
    reply: Any, folder: Path, rows: Any = ROWS, models: tuple[str, ...] = tuple(SAID), **terms: Any
) -> Cooked:
    with ScriptedModel(reply) as model:
        engines = [OpenAIEngine(name, model.url) for name in models]
        roles = {"writer": engines[:1], "committee": engines, "judge": engines[:1]}
        return await cook(committee, roles, folder, quantity=len(rows), rows=rows, parameters=terms)


async def test_the_best_answer_meets_each_that_lost_to_it(tmp_path: Path) -> None:
    cooked = await meet(serve, tmp_path)
    pairs = {each.rejected[-1].content: each for each in cooked.records(Preference)}
    assert {each.chosen[-1].content for each in pairs.values()} == {SAID["m2"]}
    assert pairs[SAID["m"]].confidence == pytest.approx(0.75)
    assert pairs[SAID["m3"]].confidence == pytest.approx(0.9)
    assert pairs[SAID["m3"]].margin == pytest.approx(0.8)
    assert {(each.source, each.provenance.judge) for each in pairs.values()} == {
        (JudgeKind.JUDGE, "m")
    }


async def test_each_completion_names_its_model_and_its_own_draw(tmp_path: Path) -> None:
    cooked = await meet(serve, tmp_path)
    draws = {draw["key"]: draw for draw in cooked.draws}
    for made in cooked.records(Completion):
        (key,) = made.provenance.requests
        assert SAID[made.provenance.model] == made.text == draws[key]["text"]
        assert draws[key]["model"] == made.provenance.model
    assert len(cooked.draws) == 3 + 3 * 2


async def test_each_prompt_draws_its_members(tmp_path: Path) -> None:
    rows = [{"prompt": f"What should I cook on day {day}?"} for day in range(12)]
    cooked = await meet(serve, tmp_path, rows, members=2)
    couples: dict[str, set[str]] = {}
    for made in cooked.records(Completion):
        couples.setdefault(made.instruction_id, set()).add(made.provenance.model)
    assert {len(models) for models in couples.values()} == {2}
    assert len({tuple(sorted(models)) for models in couples.values()}) == 3


@pytest.mark.parametrize(("min_margin", "pairs"), [(0.45, 2), (0.55, 1)])
async def test_the_margin_has_two_sides(tmp_path: Path, min_margin: float, pairs: int) -> None:
    cooked = await meet(serve, tmp_path, min_margin=min_margin)
    assert len(cooked.records(Preference)) == pairs


async def test_a_judge_that_prefers_the_first_place_sees_a_tie(tmp_path: Path) -> None:
    def biased(body: dict[str, Any]) -> Any:
        return labelled({"A": 0.9, "B": 0.1}) if is_judging(body) else serve(body)

    cooked = await meet(biased, tmp_path)
    assert cooked.facts["dropped"] == {"tie": 1}


async def test_a_missing_label_is_unknown(tmp_path: Path) -> None:
    def silent(body: dict[str, Any]) -> Any:
        return labelled({"A": 0.99}) if is_judging(body) else serve(body)

    cooked = await meet(silent, tmp_path)
    assert cooked.facts["dropped"] == {"undecided": 1}


async def test_answers_that_agree_make_no_pair(tmp_path: Path) -> None:
    cooked = await meet(lambda body: "Soup.", tmp_path)
    assert cooked.facts["dropped"] == {"same_text": 1}


async def test_one_answer_alone_is_not_compared(tmp_path: Path) -> None:
    cooked = await meet(lambda body: "Soup." if body["model"] == "m" else " ", tmp_path)
    assert cooked.facts["dropped"] == {"too_few_answers": 1}


def withhold(*models: str) -> Any:
    filtered = {"index": 0, "finish_reason": "content_filter", "message": {"content": ""}}
    return lambda body: filtered if body["model"] in models else serve(body)


async def test_a_member_that_fails_is_left_out(tmp_path: Path) -> None:
    cooked = await meet(withhold("m2"), tmp_path)
    assert {each.provenance.model for each in cooked.records(Completion)} == {"m", "m3"}


async def test_an_item_fails_where_all_members_do(tmp_path: Path) -> None:
    cooked = await meet(withhold(*SAID), tmp_path)
    assert (cooked.facts["failed"], cooked.facts["dropped"]) == ({"refused": 1}, {})


async def test_the_judge_reads_all_turns(tmp_path: Path) -> None:
    turns = [("user", "Hi."), ("assistant", "Hello!"), ("user", "What should I cook?")]
    row = {"messages": [{"role": role, "content": content} for role, content in turns]}
    cooked = await meet(serve, tmp_path, [row])
    judged = [draw["messages"] for draw in cooked.draws if draw["role"] == "judge"]
    assert judged
    assert all("user: Hi.\\nassistant: Hello!\\nuser: What" in text for text in judged)


async def test_one_model_is_no_committee(tmp_path: Path) -> None:
    with pytest.raises(OrderError, match="two models or more"):
        await meet(serve, tmp_path, models=("m",))


async def test_it_runs_on_a_real_model(vllm_server: str, tmp_path: Path) -> None:
    """Three members of one model; a script prefers larger digits."""

    def judge(body: dict[str, Any]) -> Any:
        return prefers(body, {str(digit): 2.0**digit for digit in range(9, -1, -1)})

    with ScriptedModel(judge) as model:
        writers = [OpenAIEngine("embedded", vllm_server) for _ in range(3)]
        roles = {"writer": writers[:1], "committee": writers}
        cooked = await cook(
            committee,
            roles | {"judge": [OpenAIEngine("m", model.url)]},
            tmp_path,
            rows=[{"prompt": f"What is {n} * {n + 20}?"} for n in (31, 45, 52, 63)],
            sampling=Sampling(max_tokens=96),
        )
    facts = cooked.facts
    assert (facts["accepted"] + sum(facts["dropped"].values()), facts["failed"]) == (4, {})
    assert cooked.records(Preference)
    made = {each.id: each for each in cooked.records(Completion)}
    for pair in cooked.records(Preference):
        assert made[pair.chosen_id].messages == pair.chosen
        assert (pair.provenance.model, pair.provenance.judge) == ("embedded", "m")
