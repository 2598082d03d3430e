import re
from math import sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest
from cooking import Cooked, ScriptedModel, cook, last_text
from labels import is_judging, labelled

from generation.engines.openai import OpenAIEngine
from generation.recipes.attributes import MEANINGS, WEIGHTS, attributes
from ingot.records import Completion, JudgeKind, Judgment, Preference, Sampling

ROWS = [{"prompt": "Why is the sea salty?"}]


def write(body: dict[str, Any]) -> str:
    """An answer that names the levels it was asked for."""
    levels = last_text(body).rpartition("Levels: ")[2]
    return "Salt: " + " ".join(re.findall(r"\d", levels))


def estimate(body: dict[str, Any], shift: float = 0.0) -> dict[str, Any]:
    """The level that the answer names; `shift` of the probability is on the other end."""
    text = last_text(body)
    named = dict(zip(MEANINGS, re.findall(r"\d", text.partition("Salt: ")[2]), strict=False))
    level = named[re.findall(r"Level of (\w+):", text)[-1]]
    other = "0" if level in "234" else "4"
    return labelled({level: 1 - shift, other: shift} if shift else {level: 1.0})


def serve(body: dict[str, Any]) -> Any:
    return estimate(body) if is_judging(body) else write(body)


async def rate(reply: Any, folder: Path, **terms: Any) -> Cooked:
    with ScriptedModel(reply) as model:
        writer, judge = OpenAIEngine("m", model.url), OpenAIEngine("m2", model.url)
        roles = {"writer": [writer], "judge": [judge]}
        return await cook(attributes, roles, folder, quantity=1, rows=ROWS, parameters=terms)


async def test_each_level_is_drawn_judged_and_recorded(tmp_path: Path) -> None:
    cooked = await rate(serve, tmp_path, answers=1)
    (made,) = cooked.records(Completion)
    judgments = cooked.records(Judgment)
    levels = dict(zip(MEANINGS, re.findall(r"\d", made.text), strict=True))
    assert {each.criterion: each.verdict for each in judgments} == levels
    assert {each.subject_id for each in judgments} == {made.id}
    assert all(each.rationale == f"target {each.verdict}, expected {each.verdict}.00"
               for each in judgments)  # fmt: skip
    assert {(each.judge, each.kind, each.p) for each in judgments} == {("m2", JudgeKind.JUDGE, 1.0)}
    assert (made.provenance.model, len(cooked.draws)) == ("m", 6)


async def test_pairs_stand_in_the_order_of_the_weighted_sum(tmp_path: Path) -> None:
    cooked = await rate(serve, tmp_path, answers=4, min_margin=0.0)
    weights = list(WEIGHTS.values())

    def score(text: str) -> float:
        return sum(w * int(d) for w, d in zip(weights, re.findall(r"\d", text), strict=True))

    pairs = cooked.records(Preference)
    assert len(pairs) == 6
    for pair in pairs:
        margin = score(pair.chosen[-1].content) - score(pair.rejected[-1].content)
        assert pair.margin == pytest.approx(margin)
        assert margin > 0
        assert (pair.confidence, pair.provenance.judge, pair.provenance.model) == (1.0, "m2", "m")


async def test_confidence_is_the_normal_one_of_both_answers_spread(tmp_path: Path) -> None:
    def spread(body: dict[str, Any]) -> Any:
        if not is_judging(body):
            return write(body)
        return labelled({"4": 0.6, "2": 0.4} if "Answer:\nSalt: 0" in last_text(body) else
                        {"2": 0.6, "0": 0.4})  # fmt: skip

    pairs = (await rate(spread, tmp_path, answers=8, max_gap=4, min_margin=1)).records(Preference)
    variance = 2 * sum(w**2 for w in WEIGHTS.values()) * (0.6 * 0.4 * 4)
    margin = 2 * sum(WEIGHTS.values())
    assert pairs
    for pair in pairs:
        assert pair.margin == pytest.approx(margin)
        assert pair.confidence == pytest.approx(NormalDist().cdf(margin / sqrt(variance)))


@pytest.mark.parametrize(("max_gap", "dropped"), [(4, {}), (0.5, {"far_from_target": 1})])
async def test_the_gap_has_two_sides(
    tmp_path: Path, max_gap: float, dropped: dict[str, int]
) -> None:
    def deaf(body: dict[str, Any]) -> Any:
        return estimate(body, shift=0.49) if is_judging(body) else write(body)

    cooked = await rate(deaf, tmp_path, max_gap=max_gap)
    assert cooked.facts["dropped"] == dropped


async def test_near_sums_make_no_pair(tmp_path: Path) -> None:
    far = await rate(serve, tmp_path / "far", answers=2, min_margin=0.1)
    near = await rate(serve, tmp_path / "near", answers=2, min_margin=9.0)
    assert (len(far.records(Preference)), near.records(Preference)) == (1, [])


async def test_a_judge_that_gives_no_level_decides_nothing(tmp_path: Path) -> None:
    def silent(body: dict[str, Any]) -> Any:
        return labelled({"3": 0.4}) if is_judging(body) else write(body)

    assert (await rate(silent, tmp_path)).facts["dropped"] == {"undecided": 1}


async def test_answers_that_are_cut_off_are_dropped(tmp_path: Path) -> None:
    cut = {"index": 0, "finish_reason": "length", "message": {"content": "Salt: 1"}}
    cooked = await rate(lambda body: cut, tmp_path)
    assert cooked.facts["dropped"] == {"no_whole_answer": 1}


async def test_it_runs_on_a_real_model(vllm_server: str, tmp_path: Path) -> None:
    """The embedded model writes; a script rates, as the model gives no levels."""
    with ScriptedModel(lambda body: labelled({"1": 0.5, "3": 0.5})) as model:
        writer, judge = OpenAIEngine("embedded", vllm_server), OpenAIEngine("m", model.url)
        cooked = await cook(
            attributes,
            {"writer": [writer], "judge": [judge]},
            tmp_path,
            quantity=3,
            rows=[{"prompt": f"What is {n} + {n}?"} for n in (31, 45, 52)],
            parameters={"max_gap": 4},
            sampling=Sampling(max_tokens=96),
        )
    assert cooked.facts["failed"] == {}
    assert set(cooked.facts["dropped"]) <= {"no_whole_answer"}
    made = cooked.records(Completion)
    assert len(cooked.records(Judgment)) == 5 * len(made)
    assert {each.provenance.model for each in made} == {"embedded"}
