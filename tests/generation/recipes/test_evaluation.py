from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from cooking import Cooked, ScriptedModel, cook, last_text
from verifying import real_verifiers

from generation.engines.openai import OpenAIEngine
from generation.ingredients.evaluation_stock import TOPICS, stock_of
from generation.recipes.evaluation import evaluation
from ingot.records import Evaluation, Instruction

QUESTION = "How many legs have three spiders and two ants together, if none of them lost any?"
RUBRIC = "1. Names the legs of a spider. 2. Names the legs of an ant. 3. Adds them up."


def asks(right: int, question: str = QUESTION) -> Any:
    """A model that asks for 36 and solves `right` of the first solutions as itself."""
    seeds: list[int] = []

    def reply(body: dict[str, Any]) -> str:
        prompt = last_text(body)
        if not prompt.startswith("Write one"):
            seeds.append(body["seed"])
            return f"Legs!\nAnswer: {36 if len(seeds) <= right else 35}"
        answer = {"rubric": RUBRIC} if "rubric" in prompt else {"answer": "36"}
        return orjson.dumps({"question": question} | answer).decode()

    return reply


async def evaluate(
    reply: Any, folder: Path, pool: Sequence[Mapping[str, object]] = (), **parameters: object
) -> Cooked:
    with ScriptedModel(reply) as model:
        engine = OpenAIEngine("m", model.url)
        return await cook(
            evaluation, engine, folder, quantity=1, pool=pool, parameters=parameters,
            aids=real_verifiers(),
        )  # fmt: skip


async def test_an_agreed_answer_becomes_the_reference(tmp_path: Path) -> None:
    cooked = await evaluate(asks(3), tmp_path)
    (made,) = cooked.records(Evaluation)
    assert (made.verifier, made.reference, made.rubric) == ("answer", "36", "")
    assert (made.domain, made.prompt[0].content.split("\n")[0]) == (TOPICS[0], QUESTION)
    assert (len(cooked.draws), len(made.provenance.requests)) == (6, 1)
    assert not cooked.records(Instruction)


async def test_too_little_agreement_is_dropped(tmp_path: Path) -> None:
    cooked = await evaluate(asks(0), tmp_path)
    assert set(cooked.facts["dropped"]) == {"no_agreement"}


@pytest.mark.parametrize(("right", "dropped"), [(2, 1), (3, 0)])
async def test_three_of_five_are_enough_and_two_are_not(
    right: int, dropped: int, tmp_path: Path
) -> None:
    cooked = await evaluate(asks(right), tmp_path, min_agreement=0.6)
    assert min(sum(cooked.facts["dropped"].values()), 1) == dropped


async def test_the_committee_solves_in_turn(tmp_path: Path) -> None:
    with ScriptedModel(asks(5)) as model:
        engines = {
            "writer": [OpenAIEngine("m", model.url)],
            "committee": [OpenAIEngine(name, model.url) for name in ("m2", "m3")],
        }
        cooked = await cook(evaluation, engines, tmp_path, quantity=1, aids=real_verifiers())
    solved = [draw["model"] for draw in cooked.draws if draw["step"] == "solve"]
    assert sorted(solved) == ["m2", "m2", "m2", "m3", "m3"]
    assert cooked.records(Evaluation)[0].provenance.model == "m"


async def test_a_rubric_takes_the_place_of_an_answer(tmp_path: Path) -> None:
    cooked = await evaluate(asks(0), tmp_path, kind="rubric")
    (made,) = cooked.records(Evaluation)
    assert (made.verifier, made.reference, made.rubric) == ("", "", RUBRIC)
    assert (made.prompt[0].content, len(cooked.draws)) == (QUESTION, 1)


@pytest.mark.parametrize("column", ["prompt", "question"])
async def test_a_question_that_a_known_prompt_holds_is_dropped(column: str, tmp_path: Path) -> None:
    cooked = await evaluate(asks(5), tmp_path, [{column: f"Say, {QUESTION.lower()} Now!"}])
    assert set(cooked.facts["dropped"]) == {"contaminated"}


async def test_thirteen_words_in_a_row_are_too_many_and_twelve_are_not(tmp_path: Path) -> None:
    words = QUESTION.split()
    for count, accepted in ((12, 1), (13, 0)):
        known = [{"prompt": "Zoo zoo " + " ".join(words[:count]) + " zoo"}]
        cooked = await evaluate(asks(5), tmp_path / str(count), known)
        assert cooked.facts["accepted"] == accepted


async def test_documents_stand_above_their_question(tmp_path: Path) -> None:
    pool = [{"id": "zoo-1", "document": "Ants have 6 legs.", "topic": "insects"}]
    (made,) = (await evaluate(asks(5), tmp_path, pool)).records(Evaluation)
    assert made.prompt[0].content.startswith(f"Ants have 6 legs.\n\n{QUESTION}")
    assert (made.domain, made.provenance.parents) == ("insects", ("zoo-1",))


def test_a_pool_is_sorted_once_for_a_run() -> None:
    pool = [{"topic": "zoo"}]
    assert stock_of(pool, 13) is stock_of(pool, 13)
    assert stock_of(pool, 13) is not stock_of(list(pool), 13)


@pytest.mark.parametrize(("finish", "reason"), [("length", "cut_off"), ("stop", "malformed")])
async def test_a_broken_form_is_dropped(finish: str, reason: str, tmp_path: Path) -> None:
    message = {"role": "assistant", "content": '{"question": "How man'}
    broken = {"index": 0, "finish_reason": finish, "message": message}
    cooked = await evaluate(lambda body: broken, tmp_path)
    assert set(cooked.facts["dropped"]) == {reason}


async def test_it_runs_on_a_real_model(vllm_server: str, tmp_path: Path) -> None:
    engine = OpenAIEngine("embedded", vllm_server)
    cooked = await cook(
        evaluation, engine, tmp_path, quantity=3, parameters={"kind": "rubric"},
        aids=real_verifiers(),
    )  # fmt: skip
    made, dropped = cooked.records(Evaluation), cooked.facts["dropped"]
    assert len(made) + sum(dropped.values()) >= 3
    assert set(dropped) <= {"cut_off", "malformed"}
    assert all(30 <= len(each.rubric) <= 800 for each in made)
    assert not cooked.facts["failed"]
