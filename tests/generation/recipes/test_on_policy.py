from pathlib import Path
from typing import Any

import pytest
from cooking import Cooked, ScriptedModel, cook
from labels import is_judging, labelled, prefers
from verifying import real_verifiers

from generation.engines.openai import OpenAIEngine
from generation.recipes.on_policy import on_policy
from ingot.errors import OrderError
from ingot.records import Completion, JudgeKind, Preference, Sampling

ROWS: list[dict[str, object]] = [{"prompt": "What is 2 + 3?"}]
SUM: dict[str, object] = ROWS[0] | {"reference": "5", "verifier": "answer"}
BY_HEAT = {0.2: "#### 5", 0.7: "#### 6", 1.0: "#### 7", 1.5: "Who knows?"}


def serve(body: dict[str, Any]) -> Any:
    """The lab's model 'm' says more the hotter it is; 'm2' is another model."""
    if is_judging(body):
        return prefers(body, {"5": 9.0, "6": 3.0, "7": 1.0, "m2": 27.0})
    return BY_HEAT[body["temperature"]] if body["model"] == "m" else "m2 says hello"


async def pair_up(
    reply: Any, folder: Path, rows: list[dict[str, object]] = ROWS, **terms: Any
) -> Cooked:
    roles = terms.pop("roles", ("writer", "judge"))
    with ScriptedModel(reply) as model:
        one, other = (OpenAIEngine(name, model.url) for name in ("m", "m2"))
        engines = {"writer": [one], "judge": [other], "committee": [other]}
        terms = {"temperatures": [0.2, 0.7]} | terms
        return await cook(
            on_policy, {role: engines[role] for role in roles}, folder, quantity=len(rows),
            rows=rows, parameters=terms, aids=real_verifiers(),
        )  # fmt: skip


async def test_the_judge_orders_answers_of_different_temperatures(tmp_path: Path) -> None:
    cooked = await pair_up(serve, tmp_path)
    (pair,) = cooked.records(Preference)
    assert (pair.chosen[-1].content, pair.rejected[-1].content) == ("#### 5", "#### 6")
    assert pair.source == JudgeKind.JUDGE
    assert pair.confidence == pytest.approx(0.75)
    assert (pair.provenance.model, pair.provenance.judge) == ("m", "m2")
    heats = {c.text: c.provenance.sampling for c in cooked.records(Completion)}
    assert {text: heat and heat.temperature for text, heat in heats.items()} == {
        "#### 5": 0.2, "#### 6": 0.7
    }  # fmt: skip


async def test_the_best_of_many_meets_the_worst(tmp_path: Path) -> None:
    cooked = await pair_up(serve, tmp_path, samples=3, temperatures=[0.7, 1.0, 0.2])
    (pair,) = cooked.records(Preference)
    assert (pair.chosen[-1].content, pair.rejected[-1].content) == ("#### 5", "#### 7")
    assert {each.id for each in cooked.records(Completion)} == {pair.chosen_id, pair.rejected_id}


async def test_a_program_decides_where_the_answer_is_known(tmp_path: Path) -> None:
    cooked = await pair_up(serve, tmp_path, [SUM], roles=("writer",))
    (pair,) = cooked.records(Preference)
    assert (pair.source, pair.provenance.judge) == (JudgeKind.VERIFIER, "answer")
    assert (pair.chosen[-1].content, pair.margin) == ("#### 5", 1.0)


async def test_the_revision_is_found_through_the_draws(tmp_path: Path) -> None:
    with ScriptedModel(serve) as model:
        engine = OpenAIEngine("m", model.url, revision="step-1200")
        cooked = await cook(
            on_policy, engine, tmp_path, quantity=1, rows=[SUM],
            parameters={"temperatures": [0.2, 0.7]}, aids=real_verifiers(),
        )  # fmt: skip
    revisions = {draw["key"]: draw["revision"] for draw in cooked.draws}
    for made in cooked.records(Completion):
        assert "step-1200" in revisions[made.provenance.requests[-1]]


@pytest.mark.parametrize(("share", "foreign"), [(0.0, 0), (1.0, 6)])
async def test_another_model_joins_by_its_share(tmp_path: Path, share: float, foreign: int) -> None:
    rows: list[dict[str, object]] = [{"prompt": f"What is 2 + 3, {n}?"} for n in range(6)]
    roles = ("writer", "judge", "committee")
    cooked = await pair_up(serve, tmp_path, rows, roles=roles, off_policy_share=share)
    models = [each.provenance.model for each in cooked.records(Completion)]
    assert (models.count("m2"), len(models)) == (foreign, 12)


async def test_a_share_without_another_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OrderError, match="role 'committee'"):
        await pair_up(serve, tmp_path, off_policy_share=0.5)


@pytest.mark.parametrize(("heat", "reason"), [(0.2, "all_right"), (0.7, "all_wrong")])
async def test_what_is_always_or_never_right_is_dropped(
    tmp_path: Path, heat: float, reason: str
) -> None:
    def reply(body: dict[str, Any]) -> str:
        return f"{body['seed']} apples.\n{BY_HEAT[heat]}"

    cooked = await pair_up(reply, tmp_path, [SUM])
    assert cooked.facts["dropped"] == {reason: 1}


async def test_what_no_program_can_read_goes_to_the_judge(tmp_path: Path) -> None:
    heats = [0.2, 1.5]
    with_judge = await pair_up(serve, tmp_path / "a", [SUM], temperatures=heats)
    without = await pair_up(serve, tmp_path / "b", [SUM], temperatures=heats, roles=("writer",))
    assert with_judge.records(Preference)[0].source == JudgeKind.JUDGE
    assert without.facts["dropped"] == {"undecided": 1}


async def test_equal_and_missing_answers_are_dropped(tmp_path: Path) -> None:
    same = await pair_up(lambda body: "5", tmp_path / "a")
    lone = await pair_up(lambda b: "5" if b["temperature"] == 0.2 else "", tmp_path / "b")
    assert same.facts["dropped"] == {"same_text": 1}
    assert lone.facts["dropped"] == {"too_few_answers": 1}


@pytest.mark.parametrize(("min_margin", "dropped"), [(0.45, {}), (0.55, {"tie": 1})])
async def test_the_margin_has_two_sides(
    tmp_path: Path, min_margin: float, dropped: dict[str, int]
) -> None:
    cooked = await pair_up(serve, tmp_path, min_margin=min_margin)
    assert cooked.facts["dropped"] == dropped


async def test_an_unsure_judge_decides_nothing(tmp_path: Path) -> None:
    def unsure(body: dict[str, Any]) -> Any:
        return labelled({"A": 0.3, "B": 0.1}) if is_judging(body) else serve(body)

    assert (await pair_up(unsure, tmp_path)).facts["dropped"] == {"undecided": 1}


async def test_it_runs_on_a_real_model(vllm_server: str, tmp_path: Path) -> None:
    cooked = await cook(
        on_policy,
        OpenAIEngine("embedded", vllm_server),
        tmp_path,
        rows=[
            {
                "prompt": f"What is {n} + {n + 20}?",
                "reference": f"{2 * n + 20}",
                "verifier": "answer",
            }
            for n in range(31, 35)
        ],
        parameters={"samples": 6, "temperatures": [1.0, 1.3, 1.6]},
        sampling=Sampling(max_tokens=96),
        aids=real_verifiers(),
    )
    facts = cooked.facts
    assert (facts["accepted"] + sum(facts["dropped"].values()), facts["failed"]) == (4, {})
    assert {draw["sampling"].count('"temperature":1.6') for draw in cooked.draws} == {0, 1}
    assert cooked.records(Preference)
    for pair in cooked.records(Preference):
        assert pair.source == JudgeKind.VERIFIER
        assert len(pair.provenance.requests) == 2
