from pathlib import Path
from typing import Any

import pytest
from cooking import Cooked, ScriptedModel, cook, last_text
from labels import is_judging, labelled, prefers
from verifying import real_verifiers

from generation.engines.openai import OpenAIEngine
from generation.recipes.hard_negatives import MISTAKES, hard_negatives
from ingot.errors import OrderError
from ingot.records import Completion, JudgeKind, Judgment, Preference, Sampling

RIGHT = "Each box holds 6 eggs, and 4 boxes hold 4 times 6 eggs.\n#### 24"
WRONG = "Each box holds 6 eggs, and 4 boxes hold 4 times 6 eggs.\n#### 26"
PROMPT: dict[str, object] = {"prompt": "How many eggs are in 4 boxes of 6?"}
KNOWN = PROMPT | {"reference": "24", "verifier": "answer"}
OPEN = PROMPT | {"completion": RIGHT}


def says(spoiled: Any = WRONG, right: str = RIGHT, strength: float = 9.0) -> Any:
    def reply(body: dict[str, Any]) -> Any:
        if is_judging(body):
            return prefers(body, {"#### 24": strength})
        return spoiled if "Kind of mistake" in last_text(body) else right

    return reply


async def spoil(reply: Any, folder: Path, row: Any = KNOWN, **terms: Any) -> Cooked:
    judges = terms.pop("judges", True)
    with ScriptedModel(reply) as model:
        writer, judge = OpenAIEngine("m", model.url), OpenAIEngine("m2", model.url)
        roles = {"writer": [writer]} | ({"judge": [judge]} if judges else {})
        return await cook(
            hard_negatives, roles, folder, quantity=1, rows=[row], parameters=terms,
            aids=real_verifiers(),
        )  # fmt: skip


async def test_a_verified_answer_stands_against_its_spoiled_copy(tmp_path: Path) -> None:
    cooked = await spoil(says(), tmp_path, kinds=["arithmetic_slip"])
    (pair,), (judgment,) = cooked.records(Preference), cooked.records(Judgment)
    right, wrong = sorted(cooked.records(Completion), key=lambda each: each.sample)
    assert (right.text, wrong.text, pair.source) == (RIGHT, WRONG, JudgeKind.VERIFIER)
    assert (pair.chosen_id, pair.rejected_id) == (right.id, wrong.id)
    assert (judgment.subject_id, judgment.verdict, judgment.judge) == (wrong.id, "wrong", "answer")
    assert judgment.rationale == "mistake: arithmetic_slip"
    spoiling = next(draw for draw in cooked.draws if draw["step"] == "spoil")
    assert MISTAKES["arithmetic_slip"] in spoiling["messages"]
    assert wrong.provenance.requests == (spoiling["key"],)


async def test_the_rows_own_answer_is_taken_and_a_judge_decides(tmp_path: Path) -> None:
    cooked = await spoil(says(), tmp_path, OPEN)
    (pair,), (judgment,) = cooked.records(Preference), cooked.records(Judgment)
    assert [each.text for each in cooked.records(Completion)] == [WRONG]
    assert (pair.chosen[-1].content, pair.source) == (RIGHT, JudgeKind.JUDGE)
    assert pair.confidence == judgment.p == pytest.approx(0.9)
    assert pair.margin == pytest.approx(0.8)
    assert (judgment.judge, judgment.flipped) == ("m2", False)
    assert (pair.provenance.recipe, pair.provenance.model) == ("hard_negatives", "")
    assert len(cooked.draws) == 3


async def test_kinds_vary_over_the_rows(tmp_path: Path) -> None:
    rows = [OPEN | {"prompt": f"How many eggs are in 4 boxes of 6, {n}?"} for n in range(20)]
    with ScriptedModel(says()) as model:
        engine = OpenAIEngine("m", model.url)
        roles = {"writer": [engine], "judge": [engine]}
        cooked = await cook(hard_negatives, roles, tmp_path, quantity=20, rows=rows)
    kinds = {each.rationale.removeprefix("mistake: ") for each in cooked.records(Judgment)}
    assert kinds <= set(MISTAKES)
    assert len(kinds) > 3


@pytest.mark.parametrize(
    ("spoiled", "reason"),
    [
        ("Each box holds 6 eggs, 4 boxes hold 4 x 6 eggs.\n#### 24", "not_wrong"),
        (RIGHT.replace("\n", " \n"), "same_text"),
        (WRONG + " This is the deliberate slip.", "gives_itself_away"),
        ("I have no idea at all.\n#### 3", "implausible"),
        ("", "empty_completion"),
        ({"index": 0, "finish_reason": "length", "message": {"content": WRONG}}, "cut_off"),
    ],
)
async def test_what_is_no_good_mistake_is_dropped(
    tmp_path: Path, spoiled: Any, reason: str
) -> None:
    assert (await spoil(says(spoiled), tmp_path)).facts["dropped"] == {reason: 1}


@pytest.mark.parametrize(("min_similarity", "dropped"), [(0.9, {}), (0.95, {"implausible": 1})])
async def test_likeness_has_two_sides(
    tmp_path: Path, min_similarity: float, dropped: dict[str, int]
) -> None:
    cooked = await spoil(says(), tmp_path, min_similarity=min_similarity)  # 12 of 13 words
    assert cooked.facts["dropped"] == dropped


async def test_short_answers_need_not_be_alike(tmp_path: Path) -> None:
    cooked = await spoil(says("#### 26", "#### 24"), tmp_path)
    assert cooked.records(Preference)[0].rejected[-1].content == "#### 26"


@pytest.mark.parametrize(("strength", "dropped"), [(1.6, {}), (1.4, {"not_wrong": 1})])
async def test_a_judge_must_see_the_mistake(
    tmp_path: Path, strength: float, dropped: dict[str, int]
) -> None:
    cooked = await spoil(says(strength=strength), tmp_path, OPEN)  # margins 3/13 and 1/6
    assert cooked.facts["dropped"] == dropped


async def test_what_neither_program_nor_judge_can_tell_is_dropped(tmp_path: Path) -> None:
    unreadable = WRONG.replace("#### 26", "So it is done.")

    def unsure(body: dict[str, Any]) -> Any:
        return labelled({"B": 0.8}) if is_judging(body) else says(unreadable)(body)

    no_judge = await spoil(says(unreadable), tmp_path / "a", judges=False)
    no_label = await spoil(unsure, tmp_path / "b")
    assert no_judge.facts["dropped"] == no_label.facts["dropped"] == {"undecided": 1}


async def test_without_a_right_answer_there_is_nothing_to_spoil(tmp_path: Path) -> None:
    missed = await spoil(says(right=WRONG), tmp_path / "a")
    brought = await spoil(says(), tmp_path / "b", KNOWN | {"completion": WRONG})
    broken = await spoil(says(), tmp_path / "c", PROMPT)
    assert missed.facts["dropped"] == {"no_right_answer": 1}
    assert brought.facts["dropped"] == {"given_answer_wrong": 1}
    assert (broken.facts["failed"], broken.failed[0]["retryable"]) == ({"bad_row": 1}, False)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(OrderError, match="unknown mistake 'typo'"):
        hard_negatives.read_terms({"kinds": ["typo"]})


async def test_it_runs_on_a_real_model(vllm_server: str, tmp_path: Path) -> None:
    """Its spoiled answers are gibberish without a result, so a script judges them."""
    with ScriptedModel(lambda body: prefers(body, {"####": 9.0})) as model:
        writer, judge = OpenAIEngine("embedded", vllm_server), OpenAIEngine("m", model.url)
        cooked = await cook(
            hard_negatives,
            {"writer": [writer], "judge": [judge]},
            tmp_path,
            rows=[
                {"prompt": f"What is {n} + {n}?", "reference": str(2 * n), "verifier": "answer"}
                for n in range(31, 35)
            ],
            parameters={"min_similarity": 0.0},
            sampling=Sampling(max_tokens=96),
            aids=real_verifiers(),
        )
    facts = cooked.facts
    assert (facts["accepted"] + sum(facts["dropped"].values()), facts["failed"]) == (4, {})
    made = {each.id: each for each in cooked.records(Completion)}
    for pair in cooked.records(Preference):
        assert made[pair.rejected_id].messages == pair.rejected
        assert {made[pair.chosen_id].provenance.model, pair.provenance.model} == {"embedded"}
    assert cooked.records(Preference)
