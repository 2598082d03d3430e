from pathlib import Path
from typing import Any

import pytest
from cooking import Cooked, ScriptedModel, cook

from generation.engines.openai import OpenAIEngine
from generation.engines.vllm import VllmEngine
from generation.recipes.magpie import magpie
from ingot.engine import Generated, ModelIdentity, Request
from ingot.errors import OrderError
from ingot.records import Completion, Instruction, Sampling
from ingot.settings import MODELS

QUERY = "<|user|>"


class Speaker:
    """An engine that writes both sides: the user's words by what was said, and answers to them."""

    kind, capacity = "scripted", 4
    identity = ModelIdentity("speaker")
    model = "speaker"

    def __init__(self, *users: Generated | str) -> None:
        self.users, self.asked = users, list[Request]()

    async def generate(self, request: Request) -> Generated:
        self.asked.append(request)
        said = sum(message.role == "user" for message in request.messages)
        if request.turn == "user":
            words = self.users[said]
            return words if isinstance(words, Generated) else Generated(words, "stop")
        return Generated(f"Answer {said}.", "stop", completion_tokens=3)

    async def __aenter__(self) -> "Speaker":
        return self

    async def __aexit__(self, *error: object) -> None: ...


async def speak(engine: Any, folder: Path, **parameters: object) -> Cooked:
    return await cook(magpie, engine, folder, quantity=1, parameters=parameters)


async def test_the_user_s_turn_is_free_and_the_answer_greedy(tmp_path: Path) -> None:
    engine = Speaker(" How do tides work? ")
    cooked = await speak(engine, tmp_path)
    [instruction], [completion] = cooked.records(Instruction), cooked.records(Completion)
    assert (instruction.text, completion.text) == ("How do tides work?", "Answer 1.")
    assert completion.instruction_id == instruction.id
    user, answer = engine.asked
    assert (user.turn, user.messages, user.sampling.temperature) == ("user", (), 1.0)
    assert (answer.turn, answer.sampling.temperature) == ("assistant", 0.0)


async def test_records_name_the_draws_that_they_hold(tmp_path: Path) -> None:
    cooked = await speak(Speaker("How do tides work?"), tmp_path)
    keys = [draw["key"] for draw in cooked.draws]
    assert cooked.records(Instruction)[0].provenance.requests == (keys[0],)
    assert cooked.records(Completion)[0].provenance.requests == tuple(keys)


async def test_more_turns_are_answered_within_the_instruction(tmp_path: Path) -> None:
    cooked = await speak(Speaker("How do tides work?", "And why two a day?"), tmp_path, turns=2)
    [instruction], [completion] = cooked.records(Instruction), cooked.records(Completion)
    assert [m.content for m in instruction.messages] == [
        "How do tides work?",
        "Answer 1.",
        "And why two a day?",
    ]
    assert (completion.text, len(completion.provenance.requests)) == ("Answer 2.", 4)


async def test_a_system_turn_steers_and_is_not_kept(tmp_path: Path) -> None:
    engine = Speaker("How do tides work?")
    cooked = await speak(engine, tmp_path, system="You know the sea.", answers=False)
    assert [m.role for m in engine.asked[0].messages] == ["system"]
    assert [m.role for m in cooked.records(Instruction)[0].messages] == ["user"]
    assert (len(engine.asked), cooked.records(Completion)) == (1, [])


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("", "empty"),
        ("Why not", "too_short"),
        (Generated("How do tides work and", "length"), "cut_off"),
        ("How do tides work?<|eot_id|>", "template"),
        ("How do tides work?\nassistant\nBy the moon.", "template"),
        ("[INST] How do tides work?", "template"),
        ("How do tides work?</s>", "template"),
        ("How do tides work?<end_of_turn>", "template"),
    ],
)
async def test_what_no_user_says_is_dropped(
    words: str | Generated, reason: str, tmp_path: Path
) -> None:
    cooked = await speak(Speaker(words), tmp_path)
    assert set(cooked.facts["dropped"]) == {reason}


async def test_an_answer_cut_off_within_the_conversation_drops_it(tmp_path: Path) -> None:
    class Talker(Speaker):
        async def generate(self, request: Request) -> Generated:
            said = await super().generate(request)
            return said if request.turn == "user" else Generated(said.text, "length")

    cooked = await speak(Talker("How do tides work?", "And why two a day?"), tmp_path, turns=2)
    assert set(cooked.facts["dropped"]) == {"cut_off"}


@pytest.mark.parametrize("words", ["Why is it?", "潮汐如何", "Is the user an assistant?"])
async def test_what_a_user_may_say_is_kept(words: str, tmp_path: Path) -> None:
    cooked = await speak(Speaker(words), tmp_path)
    assert [i.text for i in cooked.records(Instruction)] == [words]


async def test_servers_get_the_pre_query_as_raw_text(tmp_path: Path) -> None:
    with ScriptedModel(
        lambda body: "How do tides work?" if "prompt" in body else "By the moon."
    ) as m:
        cooked = await speak(OpenAIEngine("m", m.url), tmp_path, pre_query=QUERY)
    assert [body.get("prompt") for body in m.asked] == [QUERY, None]
    assert m.asked[1]["messages"] == [{"role": "user", "content": "How do tides work?"}]
    assert [c.text for c in cooked.records(Completion)] == ["By the moon."]


@pytest.mark.parametrize("more", [{"turns": 2}, {"system": "Be kind."}])
def test_a_pre_query_goes_with_nothing_that_it_cannot_hold(more: dict[str, object]) -> None:
    with pytest.raises(OrderError, match="pre_query"):
        magpie.read_terms({"pre_query": QUERY, **more})


async def test_it_runs_in_the_process_on_a_real_model(tmp_path: Path) -> None:
    engine = VllmEngine(str(MODELS / "generator"), max_sequences=8)
    cooked = await cook(
        magpie, engine, tmp_path, parameters={"turns": 2}, sampling=Sampling(max_tokens=128)
    )
    made, answers = cooked.records(Instruction), cooked.records(Completion)
    assert len(made) == len(answers) == 4
    assert all([m.role for m in i.messages] == ["user", "assistant", "user"] for i in made)
    assert all(i.text and "<|" not in i.text for i in made)


async def test_it_runs_on_a_real_server_with_a_pre_query(vllm_server: str, tmp_path: Path) -> None:
    cooked = await cook(
        magpie,
        OpenAIEngine("embedded", vllm_server),
        tmp_path,
        parameters={"pre_query": QUERY},
        sampling=Sampling(max_tokens=128),
    )
    made = {i.id for i in cooked.records(Instruction)}
    assert len(made) == 4
    assert {c.instruction_id for c in cooked.records(Completion)} == made
    assert sum(cooked.facts["failed"].values()) == 0
