import asyncio
from typing import Any

import orjson
import pytest
from fixtures_endpoints import Reply, Script, Scripted, completion, models, refusal

from generation.engines.openai import OpenAIEngine
from ingot.engine import Generated, Request, Structured
from ingot.errors import ModelError
from ingot.records import Message, Sampling


def ask(**options: Any) -> Request:
    message = Message(role="user", content="How much is 11 plus 33?")
    return Request((message,), Sampling(temperature=0, max_tokens=32), **options)


async def once(endpoint: Scripted, **options: Any) -> Generated:
    async with OpenAIEngine("m", endpoint.url, **options) as engine:
        return await engine.generate(ask())


async def test_a_real_vllm_server_answers(vllm_server: str) -> None:
    async with OpenAIEngine("embedded", vllm_server) as engine:
        said = await asyncio.gather(*(engine.generate(ask(seed=n)) for n in range(20)))
        assert engine.tokens == sum(answer.completion_tokens for answer in said)
    assert all(answer.text and not answer.failure for answer in said)
    assert (engine.requests, engine.retries, engine.hedged) == (20, 0, 0)


async def test_a_real_server_tells_its_root_and_its_queue(vllm_server: str) -> None:
    async with OpenAIEngine("embedded", vllm_server, revision="r1") as engine:
        told = engine.identity.revision
        await engine._look()
        busy = asyncio.create_task(engine.generate(ask()))
        await asyncio.sleep(0)
        await engine._look()
        await busy
    assert told.startswith(f"r1 {vllm_server} root=")
    assert "max_model_len=" in told
    assert engine._tells_waiting


async def test_a_real_server_goes_on_from_a_prefill_and_scores_labels(vllm_server: str) -> None:
    async with OpenAIEngine("embedded", vllm_server) as engine:
        said = await engine.generate(ask(prefill="11 + 33 = 4", labels=("4", "5"), logprobs=True))
    assert set(said.label_logprobs) <= {"4", "5"}
    assert said.label_logprobs


async def test_a_real_server_writes_in_the_asked_form(vllm_server: str) -> None:
    forms = [
        Structured("choice", '["yes", "no"]'),
        Structured("regex", "[0-9]{3}"),
        Structured("json_schema", '{"enum": ["near", "far"]}'),
        Structured("grammar", 'root ::= "left" | "right"'),
    ]
    async with OpenAIEngine("embedded", vllm_server) as engine:
        said = await asyncio.gather(*(engine.generate(ask(structured=form)) for form in forms))
    choice, number, distance, side = (answer.text for answer in said)
    assert choice in ("yes", "no")
    assert len(number) == 3
    assert number.isdigit()
    assert orjson.loads(distance) in ("near", "far")
    assert side in ("left", "right")


async def test_a_real_server_goes_on_from_raw_text(vllm_server: str) -> None:
    request = Request((), Sampling(temperature=0, max_tokens=4), prompt="11 + 3", turn="user")
    async with OpenAIEngine("embedded", vllm_server) as engine:
        said = await engine.generate(request)
    assert (said.failure, said.prompt_tokens > 0, said.completion_tokens > 0) == ("", True, True)


async def test_a_real_server_refuses_a_long_prompt_alone(vllm_server: str) -> None:
    long = Request((Message(role="user", content="9 " * 9000),), Sampling(max_tokens=8))
    async with OpenAIEngine("embedded", vllm_server) as engine:
        refused, said = await asyncio.gather(engine.generate(long), engine.generate(ask()))
    assert (refused.failure_kind, refused.lasting) == ("too_long", True)
    assert not said.failure


async def test_a_model_that_is_not_served_is_named(script: Script) -> None:
    endpoint = await script(completion())
    with pytest.raises(ModelError, match=r"serves .'m'., not 'gpt'"):
        async with OpenAIEngine("gpt", endpoint.url):
            pass


async def test_an_unreachable_server_is_named_with_the_remedy() -> None:
    with pytest.raises(ModelError, match=r"127\.0\.0\.1:9/v1.*start it or correct the endpoint"):
        async with OpenAIEngine("m", "http://127.0.0.1:9/v1"):
            pass


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"data": 3}', b'{"data": [{}]}'])
async def test_a_list_of_models_that_is_none_is_named(script: Script, body: bytes) -> None:
    endpoint = await script(completion(), models=Reply(body=body))
    with pytest.raises(ModelError, match="list of models is malformed"):
        await once(endpoint)


async def test_the_password_of_an_address_is_not_repeated(script: Script) -> None:
    endpoint = await script(completion())
    engine = OpenAIEngine("m", endpoint.url.replace("://", "://user:secret@"))
    assert "secret" not in engine.endpoint + engine.identity.revision
    assert engine.endpoint == endpoint.url


async def test_the_key_goes_along(script: Script) -> None:
    endpoint = await script(completion())
    await once(endpoint, api_key="sk-1")
    assert ["Authorization: Bearer sk-1" in asked.head for asked in endpoint.asked] == [True, True]


@pytest.mark.parametrize("status", [401, 403, 402])
async def test_a_wrong_key_ends_the_engine(script: Script, status: int) -> None:
    endpoint = await script(refusal(status, "wrong"))
    with pytest.raises(ModelError, match=f"HTTP {status}.*run again"):
        await once(endpoint)


async def test_a_quota_that_is_used_up_ends_the_engine(script: Script) -> None:
    endpoint = await script(refusal(429, "insufficient_quota"))
    with pytest.raises(ModelError, match="wants to be paid"):
        await once(endpoint)


async def test_another_model_in_an_answer_ends_the_engine(script: Script) -> None:
    endpoint = await script(completion(model="m-1"), completion(model="m-2"))
    async with OpenAIEngine("m", endpoint.url) as engine:
        await engine.generate(ask())
        with pytest.raises(ModelError, match=r"model from 'm-1' to 'm-2': nothing is lost"):
            await engine.generate(ask())


async def test_an_adapter_is_asked_for_by_its_name(script: Script) -> None:
    endpoint = await script(completion(model="m"), completion(model="tuned"))
    async with OpenAIEngine("m", endpoint.url) as engine:
        await engine.generate(ask())
        said = await engine.generate(ask(lora="tuned"))
    assert not said.failure
    assert [body["model"] for body in endpoint.bodies] == ["m", "tuned"]


@pytest.mark.usefixtures("hurried")
async def test_another_model_after_an_interruption_ends_the_engine(script: Script) -> None:
    endpoint = await script(
        Reply(cut=0), completion(), models=models({"id": "m", "root": "/a", "max_model_len": 8})
    )
    async with OpenAIEngine("m", endpoint.url) as engine:
        endpoint.models = models({"id": "m", "root": "/b", "max_model_len": 8})
        with pytest.raises(ModelError, match="its model from 'root=/a max_model_len=8' to"):
            await engine.generate(ask())


async def test_a_model_that_is_gone_ends_the_engine(script: Script) -> None:
    endpoint = await script(refusal(404, "no such model"))
    async with OpenAIEngine("m", endpoint.url) as engine:
        endpoint.models = models({"id": "other"})
        with pytest.raises(ModelError, match=r"serves .'other'., not 'm'"):
            await engine.generate(ask())


async def test_before_it_is_started_it_says_so() -> None:
    with pytest.raises(ModelError, match="not started"):
        await OpenAIEngine("m", "http://127.0.0.1:9/v1").generate(ask())
