"""vLLM and transformers over the same model: one contract, two engines."""

import asyncio
import os
import signal
from collections.abc import Callable

import pytest

from generation.engines.transformers import TransformersEngine
from generation.engines.vllm import VllmEngine
from ingot.engine import Engine, Generated, Request, stream
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
    ask("9 " * 600),
    ask("What is 2 plus 2?", prefill="Verdict:", labels=("A", "B"), logprobs=True),
    ask("What is 2 plus 2?", Sampling(temperature=0, max_tokens=48, stop=("####",))),
    ask("What is 2 plus 2?", Sampling(max_tokens=3), seed=5, logprobs=True),
    ask("What is 2 plus 2?", labels=("no single token",)),
]


@pytest.fixture(scope="module")
def vllm_answers() -> list[list[Generated]]:
    return run(lambda: VllmEngine(GENERATOR), MIXED, DRAWS, list(reversed(DRAWS)))


@pytest.fixture(scope="module")
def transformers_answers() -> list[list[Generated]]:
    return run(lambda: TransformersEngine(GENERATOR), MIXED, DRAWS, list(reversed(DRAWS)))


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
    assert "the model takes 511" in answers[0][len(PROMPTS)].failure
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


@pytest.mark.parametrize("engine", [VllmEngine, TransformersEngine])
def test_a_missing_model_is_named_at_once(engine: Callable[[str], Engine]) -> None:
    with pytest.raises(ModelError, match="no model at /nowhere/at/all"):
        engine("/nowhere/at/all")


async def test_a_child_that_dies_is_an_error_for_every_waiter() -> None:
    async with VllmEngine(GENERATOR) as engine:
        assert engine._process is not None
        waiting = [
            asyncio.create_task(engine.generate(ask(p, Sampling(max_tokens=400)))) for p in PROMPTS
        ]
        await asyncio.sleep(0.05)
        os.kill(engine._process.pid, signal.SIGKILL)
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert any(isinstance(result, ModelError) for result in results)
        with pytest.raises(ModelError, match="vLLM stopped"):
            await engine.generate(ask("x"))
