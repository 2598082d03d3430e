from pathlib import Path
from typing import Any

import orjson
import pytest
from cooking import ScriptedModel, cook, last_text
from verifying import real_verifiers

from generation.engines.openai import OpenAIEngine
from generation.recipes.constraints import constraints
from ingot.errors import OrderError
from ingot.records import Completion, Instruction, JudgeKind, Judgment, Preference, Sampling


async def test_instructions_say_what_is_checked_and_cost_nothing(tmp_path: Path) -> None:
    with ScriptedModel(lambda body: "") as model:
        cooked = await cook(constraints, OpenAIEngine("m", model.url), tmp_path, quantity=40)
    made = cooked.records(Instruction)
    assert len(made) == 40
    assert not model.asked
    counts = {len(orjson.loads(each.reference)) for each in made}
    assert counts == {1, 2, 3}
    for each in made:
        assert each.verifier == each.domain == "constraints"
        assert len(each.text.split("\n\n")[1].splitlines()) == len(orjson.loads(each.reference))


async def test_prompts_of_the_pool_are_taken_in_turn(tmp_path: Path) -> None:
    pool = [{"prompt": "Describe a fox."}, {"prompt": " "}, {"prompt": "Describe a hen."}]
    with ScriptedModel(lambda body: "") as model:
        engine = OpenAIEngine("m", model.url)
        cooked = await cook(constraints, engine, tmp_path, quantity=4, pool=pool)
    bases = {each.text.split("\n")[0] for each in cooked.records(Instruction)}
    assert bases == {"Describe a fox.", "Describe a hen."}
    assert set(cooked.facts["dropped"]) == {"no_prompt"}


async def test_kept_is_preferred_over_broken(tmp_path: Path) -> None:
    def reply(body: dict[str, Any]) -> str:
        return "NO SMALL LETTER" if body["seed"] % 2 else "Some small letters"

    with ScriptedModel(reply) as model:
        engine = OpenAIEngine("m", model.url)
        parameters = {"names": ["all_uppercase"], "samples": 6, "most": 1}
        cooked = await cook(
            constraints, engine, tmp_path, quantity=1, parameters=parameters, aids=real_verifiers()
        )
    (asked,), (pair,) = cooked.records(Instruction), cooked.records(Preference)
    verdicts = {each.subject_id: each.verdict for each in cooked.records(Judgment)}
    assert last_text(model.asked[0]) == asked.text
    assert (pair.chosen[0].content, pair.rejected[0].content) == (
        "NO SMALL LETTER", "Some small letters"
    )  # fmt: skip
    assert (pair.source, pair.confidence) == (JudgeKind.VERIFIER, 1.0)
    assert (len(pair.provenance.requests), pair.provenance.judge) == (2, "constraints")
    for each in cooked.records(Completion):
        assert verdicts[each.id] == ("right" if each.text.isupper() else "wrong")
        assert len(each.provenance.requests) == 1


async def test_a_text_that_was_cut_off_is_neither_kept_nor_broken(tmp_path: Path) -> None:
    cut = {"index": 0, "finish_reason": "length", "message": {"role": "assistant", "content": "A"}}
    with ScriptedModel(lambda body: cut) as model:
        engine = OpenAIEngine("m", model.url)
        parameters = {"names": ["all_uppercase"], "samples": 2, "most": 1}
        cooked = await cook(
            constraints, engine, tmp_path, quantity=1, parameters=parameters, aids=real_verifiers()
        )
    assert {each.verdict for each in cooked.records(Judgment)} == {"unsure"}


async def test_constraints_that_do_not_go_together_are_dropped(tmp_path: Path) -> None:
    with ScriptedModel(lambda body: "") as model:
        engine = OpenAIEngine("m", model.url)
        names = {"names": ["all_uppercase", "all_lowercase"], "least": 2, "most": 2}
        cooked = await cook(constraints, engine, tmp_path, quantity=1, parameters=names)
    assert set(cooked.facts["dropped"]) == {"not_together"}


@pytest.mark.parametrize("wrong", [{"names": ["sing"]}, {"least": 3, "most": 2}])
def test_impossible_terms_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(OrderError, match="constraints"):
        constraints.read_terms(wrong)


async def test_it_runs_on_a_real_model(vllm_server: str, tmp_path: Path) -> None:
    engine = OpenAIEngine("embedded", vllm_server)
    cooked = await cook(
        constraints, engine, tmp_path, quantity=3, parameters={"samples": 2},
        sampling=Sampling(max_tokens=40), aids=real_verifiers(),
    )  # fmt: skip
    answers = cooked.records(Completion)
    assert len(cooked.records(Instruction)) == 3
    assert len(answers) == len(cooked.records(Judgment)) > 0
    assert {each.provenance.model for each in answers} == {"embedded"}
    assert not cooked.facts["failed"]
