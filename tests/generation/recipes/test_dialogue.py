from pathlib import Path
from typing import Any

import pytest
from cooking import Cooked, ScriptedModel, cook

from generation.engines.openai import OpenAIEngine
from generation.ingredients.profiles import GOALS
from generation.recipes.dialogue import OPENING, dialogue
from ingot.errors import OrderError
from ingot.records import Completion, Instruction, Sampling

LINES = ("my bread is flat", "it was old yeast", "how warm then", "and for rye", "one hour more")
FIXED: dict[str, object] = {"min_turns": 3, "max_turns": 3}


def plays_user(body: dict[str, Any]) -> bool:
    return bool(body["messages"][0]["role"] == "system")


def said_so_far(body: dict[str, Any]) -> list[str]:
    """The dialogue's turns in a request, without what only the user model sees."""
    return [m["content"] for m in body["messages"][2 if plays_user(body) else 0 :]]


def talk(body: dict[str, Any]) -> str | dict[str, Any]:
    """A user who says LINES, and an assistant who numbers its answers."""
    place = len(said_so_far(body)) // 2
    return f"User: {LINES[place]}" if plays_user(body) else f"Assistant: Advice {'x' * place}!"


async def converse(reply: Any, folder: Path, quantity: int = 1, **options: Any) -> Cooked:
    with ScriptedModel(reply) as model:
        engine = OpenAIEngine("m", model.url)
        return await cook(dialogue, engine, folder, quantity=quantity, **options)


def replaced(place: int, text: str, *, by_user: bool = True) -> Any:
    """The talk above, but for one turn of one side."""

    def reply(body: dict[str, Any]) -> str | dict[str, Any]:
        here = plays_user(body) == by_user and len(said_so_far(body)) // 2 == place
        return text if here else talk(body)

    return reply


async def test_the_last_answer_is_delivered_with_the_dialogue_before_it(tmp_path: Path) -> None:
    cooked = await converse(talk, tmp_path, parameters=FIXED)
    (asked,), (answer,) = cooked.records(Instruction), cooked.records(Completion)
    assert [(turn.role, turn.content) for turn in asked.messages] == [
        ("user", LINES[0]),
        ("assistant", "Advice !"),
        ("user", LINES[1]),
        ("assistant", "Advice x!"),
        ("user", LINES[2]),
    ]
    assert (answer.text, answer.instruction_id) == ("Advice xx!", asked.id)
    assert (asked.domain, len(answer.provenance.requests)) == (GOALS[0][0], 6)
    assert answer.provenance.requests[:5] == asked.provenance.requests
    assert answer.provenance.parents == (asked.id,)


async def test_each_side_sees_the_dialogue_as_its_own(tmp_path: Path) -> None:
    with ScriptedModel(talk) as one, ScriptedModel(talk) as two:
        roles = {"writer": [OpenAIEngine("m", one.url)], "user": [OpenAIEngine("m2", two.url)]}
        pool = [{"profile": "You are a baker named Ida.", "domain": "bread"}]
        cooked = await cook(dialogue, roles, tmp_path, quantity=1, pool=pool, parameters=FIXED)
    assert [[m["role"] for m in body["messages"]] for body in one.asked] == [
        ["user"], ["user", "assistant", "user"], ["user", "assistant"] * 2 + ["user"]
    ]  # fmt: skip
    played = two.asked[1]["messages"]
    assert [m["role"] for m in played] == ["system", "user", "assistant", "user"]
    assert played[0]["content"].endswith("The person: You are a baker named Ida.")
    assert [m["content"] for m in played[1:]] == [OPENING, LINES[0], "Advice !"]
    assert cooked.records(Instruction)[0].domain == "bread"


async def test_every_turn_can_be_delivered(tmp_path: Path) -> None:
    cooked = await converse(talk, tmp_path, parameters=FIXED | {"every_turn": True})
    asked = {len(each.messages): each for each in cooked.records(Instruction)}
    assert sorted(asked) == [1, 3, 5]
    answers = {each.instruction_id: each for each in cooked.records(Completion)}
    assert [answers[asked[n].id].text for n in (1, 3, 5)] == [
        "Advice !", "Advice x!", "Advice xx!"
    ]  # fmt: skip
    assert [len(asked[n].provenance.requests) for n in (1, 3, 5)] == [1, 3, 5]


async def test_lengths_are_drawn_and_the_user_may_end_earlier(tmp_path: Path) -> None:
    def reply(body: dict[str, Any]) -> str | dict[str, Any]:
        place = len(said_so_far(body)) // 2
        return "Thank you! [end]" if plays_user(body) and place == 4 else f"{body['seed']} no"

    cooked = await converse(reply, tmp_path, quantity=30)
    turns = {(len(each.messages) + 1) // 2 for each in cooked.records(Instruction)}
    assert turns == {2, 3, 4}
    assert len(cooked.records(Instruction)) == 30


@pytest.mark.parametrize(
    ("text", "by_user", "reason"),
    [("[END]", True, "too_short"), ("", True, "empty"), ("Advice !", False, "repeated")],
)
async def test_unfit_dialogues_are_dropped(
    tmp_path: Path, text: str, by_user: bool, reason: str
) -> None:
    cooked = await converse(replaced(1, text, by_user=by_user), tmp_path, parameters=FIXED)
    assert cooked.facts["dropped"] == {reason: 40}
    assert cooked.facts["failed"] == {}


@pytest.mark.parametrize(("place", "kept"), [(1, 0), (2, 1)])
async def test_an_unfit_turn_ends_a_dialogue_that_is_long_enough(
    tmp_path: Path, place: int, kept: int
) -> None:
    parameters = {"min_turns": 2, "max_turns": 4}
    cooked = await converse(
        replaced(place, "As an AI, I advise you."), tmp_path, parameters=parameters, seed=3
    )
    assert len(cooked.records(Completion)) == kept


async def test_a_dialogue_is_refused_only_where_all_the_user_says_is_the_same(
    tmp_path: Path,
) -> None:
    def reply(body: dict[str, Any]) -> str | dict[str, Any]:
        place = len(said_so_far(body)) // 2
        opens = plays_user(body) and place == 0
        return f"Opening {body['seed'] % 2}" if opens else talk(body)

    cooked = await converse(reply, tmp_path, quantity=3, parameters=FIXED)
    texts = {each.messages[0].content for each in cooked.records(Instruction)}
    assert texts == {"Opening 0", "Opening 1"}
    assert set(cooked.facts["dropped"]) == {"duplicate"}


async def test_impossible_lengths_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OrderError, match="min_turns cannot exceed max_turns"):
        await converse(talk, tmp_path, parameters={"min_turns": 6})


async def test_it_runs_on_a_real_model(vllm_server: str, tmp_path: Path) -> None:
    engine = OpenAIEngine("embedded", vllm_server)
    cooked = await cook(
        dialogue,
        engine,
        tmp_path,
        quantity=4,
        parameters={"min_turns": 1, "max_turns": 2, "max_similarity": 1.0},
        sampling=Sampling(max_tokens=96),
    )
    assert cooked.facts["failed"] == {}
    texts = {draw["key"]: draw["text"] for draw in cooked.draws}
    answers = {each.instruction_id: each for each in cooked.records(Completion)}
    for asked in cooked.records(Instruction):
        assert asked.text in texts[asked.provenance.requests[-1]]
        assert answers[asked.id].text in texts[answers[asked.id].provenance.requests[-1]]
