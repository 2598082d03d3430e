"""vLLM and transformers over the same model: one contract, two engines."""

import asyncio
import json
import os
import re
import signal
from collections.abc import Callable

import pytest

from generation.engines.transformers import TransformersEngine
from generation.engines.vllm import VllmEngine
from ingot.engine import Engine, Generated, Request, Structured, stream
from ingot.errors import ModelError
from ingot.records import Message, Sampling
from ingot.settings import MODELS

GENERATOR = str(MODELS / "generator")
GREEDY = Sampling(temperature=0, max_tokens=48)
PROMPTS = [f"How much is {number} plus {3 * number}?" for number in range(11, 35)]


def ask(prompt: str, sampling: Sampling = GREEDY, **options: object) -> Request:
    message = Message(role="user", content=prompt)
    return Request((message,), sampling, **options)  # type: ignore[arg-type]


async def answer(engine: Engine, requests: list[Request]) -> list[Generated]:
    answers = {index: said async for index, said in stream(engine, requests)}
    return [answers[index] for index in range(len(requests))]


def run(make: Callable[[], Engine], *batches: list[Request]) -> list[list[Generated]]:
    async def all_batches() -> list[list[Generated]]:
        async with make() as engine:
            return [await answer(engine, batch) for batch in batches]

    return asyncio.run(all_batches())


DRAWS = [ask(p, Sampling(max_tokens=48), seed=n) for n, p in enumerate(PROMPTS)]
MIXED = [
    *(ask(prompt) for prompt in PROMPTS),
    ask("9 " * 3000),
    ask("What is 2 plus 2?", prefill="Verdict:", labels=("A", "B"), logprobs=True),
    ask("What is 2 plus 2?", Sampling(temperature=0, max_tokens=48, stop=("####",))),
    ask("What is 2 plus 2?", Sampling(max_tokens=3), seed=5, logprobs=True),
    ask("What is 2 plus 2?", labels=("no single token",)),
]
SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"answer": {"type": "integer", "minimum": 0, "maximum": 999}},
        "required": ["answer"],
        "additionalProperties": False,
    }
)
FORMS = {
    "json": ask("2+2?", structured=Structured("json_schema", SCHEMA)),
    "choice": ask("2+2?", structured=Structured("choice", '["four", "five"]')),
    "regex": ask("2+2?", structured=Structured("regex", "[0-9]{3}-x")),
    "grammar": ask("2+2?", structured=Structured("grammar", 'root ::= "a" | "b"')),
    "nothing": ask("2+2?", structured=Structured("regex", r"[^\s\S]")),
    "broken": ask("2+2?", structured=Structured("json_schema", '{"type":"no"}')),
    "ignored": ask("?", structured=Structured("json_schema", '{"type":"integer","multipleOf":3}')),
    "masked": ask("?", structured=Structured("choice", '["A", "B"]'), labels=("A", "B")),
    "tools": ask("?", tools='[{"type":"function","function":{"name":"f"}}]'),
    "lora": ask("?", lora="/nowhere"),
    "empty": Request((), GREEDY),
    "plain": ask("2+2?"),
    "raw": Request((), GREEDY, prompt="<|user|>2+2?<|end|><|assistant|>"),
    "user": Request((), Sampling(max_tokens=400), seed=3, turn="user"),
    "top_k": ask("2+2?", Sampling(max_tokens=48, top_k=1), seed=9),
    "min_p": ask("2+2?", Sampling(max_tokens=48, min_p=1), seed=9),
    "frequency": ask("2+2?", GREEDY.model_copy(update={"frequency_penalty": 2.0})),
    "presence": ask("2+2?", GREEDY.model_copy(update={"presence_penalty": 2.0})),
    "repetition": ask("2+2?", GREEDY.model_copy(update={"repetition_penalty": 1.5})),
}
DICE = [
    ask("Roll.", Sampling(max_tokens=9), seed=n, structured=Structured("regex", "[0-9]{4}"))
    for n in range(24)
]
BATCHES = (MIXED, DRAWS, list(reversed(DRAWS)), list(FORMS.values()), DICE, list(reversed(DICE)))


@pytest.fixture(scope="module")
def vllm_answers() -> list[list[Generated]]:
    return run(lambda: VllmEngine(GENERATOR), *BATCHES)


@pytest.fixture(scope="module")
def transformers_answers() -> list[list[Generated]]:
    return run(lambda: TransformersEngine(GENERATOR), *BATCHES)


@pytest.fixture(params=["vllm_answers", "transformers_answers"])
def answers(request: pytest.FixtureRequest) -> list[list[Generated]]:
    said: list[list[Generated]] = request.getfixturevalue(request.param)
    return said


def test_both_engines_say_the_same_when_greedy(
    vllm_answers: list[list[Generated]], transformers_answers: list[list[Generated]]
) -> None:
    same = [
        ours.text == theirs.text
        for ours, theirs in zip(vllm_answers[0], transformers_answers[0], strict=True)
    ][: len(PROMPTS)]
    assert sum(same) >= len(PROMPTS) - 1  # a tie in the last bit may fall either way


def test_both_engines_give_a_label_the_same_logprob(
    vllm_answers: list[list[Generated]], transformers_answers: list[list[Generated]]
) -> None:
    ours, theirs = (said[0][len(PROMPTS) + 1] for said in (vllm_answers, transformers_answers))
    assert ours.label_logprobs == pytest.approx(theirs.label_logprobs, abs=1e-3)
    assert set(ours.label_logprobs) == {"A", "B"}


def test_a_prompt_that_is_too_long_fails_alone(answers: list[list[Generated]]) -> None:
    assert "the model takes 4095" in answers[0][len(PROMPTS)].failure
    assert not any(said.failure for said in answers[0][: len(PROMPTS)])


def test_a_label_of_several_tokens_is_refused(answers: list[list[Generated]]) -> None:
    assert "not one token" in answers[0][-1].failure


def test_a_stop_text_ends_the_answer_and_is_cut(answers: list[list[Generated]]) -> None:
    said = answers[0][len(PROMPTS) + 2]
    assert said.finish_reason == "stop"
    assert "####" not in said.text
    assert said.text


def test_the_token_limit_holds(answers: list[list[Generated]]) -> None:
    said = answers[0][len(PROMPTS) + 3]
    assert (said.finish_reason, said.completion_tokens) == ("length", 3)
    assert said.mean_logprob is not None
    assert said.mean_logprob < 0


def test_a_seed_gives_the_same_draw_in_any_order(answers: list[list[Generated]]) -> None:
    assert [a.text for a in answers[1]] == [a.text for a in reversed(answers[2])]


def test_different_seeds_give_different_draws(answers: list[list[Generated]]) -> None:
    assert len({said.text for said in answers[1]}) > len(DRAWS) / 2


def form(answers: list[list[Generated]], name: str) -> Generated:
    return answers[3][list(FORMS).index(name)]


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        ("json", r'\{"answer":[0-9]{1,3}\}'),
        ("choice", "four|five"),
        ("regex", "[0-9]{3}-x"),
        ("grammar", "a|b"),
    ],
)
def test_a_structured_answer_keeps_its_form(
    answers: list[list[Generated]], name: str, expression: str
) -> None:
    said = form(answers, name)
    assert re.fullmatch(expression, said.text)
    assert said.finish_reason == "stop"


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("nothing", "no answer can be held to this regex: no text keeps it"),
        ("broken", "no answer can be held to this json_schema: "),
        ("ignored", "asks for multipleOf"),
        ("masked", "labels want raw probabilities"),
        ("tools", "ignores tools: use the 'prompted' tool protocol"),
        ("lora", "lora=True"),
        ("empty", "the request is empty"),
    ],
)
def test_what_an_engine_never_takes_is_refused_alone(
    answers: list[list[Generated]], name: str, cause: str
) -> None:
    said = form(answers, name)
    assert cause in said.failure
    assert (said.failure_kind, said.finish_reason, said.lasting) == ("refused", "error", True)
    assert form(answers, "plain").text


def test_a_seeded_structured_draw_is_the_same_in_any_order(answers: list[list[Generated]]) -> None:
    assert [a.text for a in answers[4]] == [a.text for a in reversed(answers[5])]
    assert len({said.text for said in answers[4]}) > len(DICE) / 2


def test_a_raw_prompt_says_what_its_messages_say(answers: list[list[Generated]]) -> None:
    assert form(answers, "raw") == form(answers, "plain")


def test_a_users_turn_ends_where_the_template_ends_it(answers: list[list[Generated]]) -> None:
    said = form(answers, "user")
    assert (said.finish_reason, said.failure, said.prompt_tokens) == ("stop", "", 1)
    assert said.text
    assert "<|" not in said.text


@pytest.mark.parametrize("name", ["top_k", "min_p"])
def test_a_draw_from_the_likeliest_token_alone_is_greedy(
    answers: list[list[Generated]], name: str
) -> None:
    assert form(answers, name).text == form(answers, "plain").text


@pytest.mark.parametrize(
    "name", ["plain", "json", "choice", "regex", "frequency", "presence", "repetition"]
)
def test_both_engines_read_a_greedy_request_alike(
    vllm_answers: list[list[Generated]], transformers_answers: list[list[Generated]], name: str
) -> None:
    assert form(vllm_answers, name).text == form(transformers_answers, name).text


@pytest.mark.parametrize("name", ["frequency", "presence", "repetition"])
def test_a_penalty_changes_what_is_said(answers: list[list[Generated]], name: str) -> None:
    assert form(answers, name).text != form(answers, "plain").text


@pytest.mark.parametrize("engine", [VllmEngine, TransformersEngine])
def test_a_missing_model_is_named_at_once(engine: Callable[[str], Engine]) -> None:
    with pytest.raises(ModelError, match="no model at /nowhere/at/all"):
        engine("/nowhere/at/all")


async def test_a_child_that_dies_is_an_error_for_every_waiter() -> None:
    async with VllmEngine(GENERATOR) as engine:
        waiting = [
            asyncio.create_task(engine.generate(ask(p, Sampling(max_tokens=400)))) for p in PROMPTS
        ]
        await asyncio.sleep(0.05)
        os.kill(engine._process.pid, signal.SIGKILL)
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert any(isinstance(result, ModelError) for result in results)
        with pytest.raises(ModelError, match="vLLM stopped"):
            await engine.generate(ask("x"))
