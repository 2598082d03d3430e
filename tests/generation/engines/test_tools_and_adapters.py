"""What needs a model with more to it: tools that its template shows, and adapters."""

import asyncio
import re
import shutil
from collections.abc import Callable
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from generation.engines.transformers import TransformersEngine
from generation.engines.vllm import VllmEngine
from ingot.engine import Engine, Generated, Request, Structured
from ingot.records import Message, Sampling, ToolCall
from ingot.settings import MODELS

GENERATOR = str(MODELS / "generator")
PROMPTS = [f"How much is {number} plus {3 * number}?" for number in range(11, 19)]


def ask(prompt: str, **options: Any) -> Request:
    sampling = Sampling(temperature=0, max_tokens=80)
    return Request((Message(role="user", content=prompt),), sampling, **options)


def run(make: Callable[[], Engine], *batches: list[Request]) -> list[list[Generated]]:
    async def all_batches() -> list[list[Generated]]:
        async with make() as engine:
            return [list(await asyncio.gather(*map(engine.generate, batch))) for batch in batches]

    return asyncio.run(all_batches())


TOOL_TEMPLATE = "{% for t in tools or [] %}{{ t.function.name }}{% endfor %}"
CALL = r'<tool_call>\{"name": "f", "arguments": \{"x": [1-9]\}\}</tool_call>'
TOOLS = '[{"type":"function","function":{"name":"f"}}]'


@pytest.fixture(scope="module")
def tool_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The generator with a chat template that shows tools."""
    folder = tmp_path_factory.mktemp("tools") / "model"
    shutil.copytree(GENERATOR, folder)
    template = folder / "chat_template.jinja"
    template.write_text(TOOL_TEMPLATE + template.read_text())
    return str(folder)


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A random LoRA adapter of the generator."""
    folder = tmp_path_factory.mktemp("lora")
    torch.manual_seed(0)
    network = AutoModelForCausalLM.from_pretrained(GENERATOR, dtype=torch.float32)
    config = LoraConfig(r=8, lora_alpha=64, target_modules=["q_proj"], init_lora_weights=False)
    get_peft_model(network, config).save_pretrained(str(folder))
    return str(folder)


def tool_request() -> Request:
    return ask("?", tools=TOOLS, structured=Structured("regex", CALL))


@pytest.fixture(scope="module")
def adapted(tool_model: str, adapter: str, tmp_path_factory: Any) -> list[list[Generated]]:
    """What vLLM says without an adapter, with it, without again, with none there, with tools."""
    plain = [ask(prompt) for prompt in PROMPTS]
    bent = [ask(prompt, lora=adapter) for prompt in PROMPTS]
    mixed = [request for pair in zip(plain, bent, strict=True) for request in pair]
    absent = [ask("?", lora=str(tmp_path_factory.mktemp("empty")))]
    engine = VllmEngine(tool_model, lora=True)
    return run(lambda: engine, plain, bent, mixed, absent, [tool_request()])


def test_an_adapter_changes_the_answers_that_ask_for_it_and_no_others(
    adapted: list[list[Generated]],
) -> None:
    plain, bent, mixed = ([said.text for said in batch] for batch in adapted[:3])
    assert all(ours != theirs for ours, theirs in zip(plain, bent, strict=True))
    assert mixed == [text for pair in zip(plain, bent, strict=True) for text in pair]


def test_an_adapter_that_is_not_there_fails_alone(adapted: list[list[Generated]]) -> None:
    [said] = adapted[3]
    assert "cannot load the adapter" in said.failure
    assert said.failure_kind == "refused"
    assert adapted[4][0].failure == ""


def check_call(said: Generated) -> None:
    [call] = said.tool_calls
    assert call == ToolCall(id="call_0", name="f", arguments=call.arguments)
    assert re.fullmatch(r'\{"x":[1-9]\}', call.arguments)
    assert (said.text, said.finish_reason) == ("", "stop")


def test_vllm_gives_the_calls_of_an_answer(adapted: list[list[Generated]]) -> None:
    check_call(adapted[4][0])


def test_transformers_gives_the_calls_of_an_answer(tool_model: str) -> None:
    check_call(run(lambda: TransformersEngine(tool_model), [tool_request()])[0][0])
