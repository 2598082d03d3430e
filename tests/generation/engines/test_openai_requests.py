"""What goes over the wire, and what is read from it."""

from typing import Any

import orjson
import pytest
from fixtures_endpoints import Script, completion, models

from generation.engines.openai import OpenAIEngine
from generation.engines.openai.answers import read_answer
from generation.engines.openai.bodies import CHAT, TEXT, Impossible, Writer
from ingot.engine import Request, Structured
from ingot.records import Message, Sampling, ToolCall, Turn

HM = Message(role="user", content="Hm?")


def written(*, vllm: bool = False, **fields: Any) -> dict[str, Any]:
    writer = Writer("m")
    writer.vllm = vllm
    request = Request(**({"messages": (HM,), "sampling": Sampling()} | fields))
    read: dict[str, Any] = orjson.loads(writer.write(request).body)
    return read


def read(choice: dict[str, Any], path: str = CHAT, **fields: Any) -> Any:
    body = orjson.dumps({"choices": [choice]})
    return read_answer(body, path, Request((HM,), Sampling(), **fields)).generated


def test_a_plain_request_holds_only_what_every_server_knows() -> None:
    assert written(seed=3) == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hm?"}],
        "temperature": 1.0,
        "top_p": 1.0,
        "max_tokens": 256,
        "seed": 3,
    }


def test_what_is_not_the_default_is_sent() -> None:
    sampling = Sampling(
        stop=("\n",),
        top_k=5,
        min_p=0.1,
        presence_penalty=1,
        frequency_penalty=-1,
        repetition_penalty=1.2,
    )
    body = written(sampling=sampling)
    assert body["stop"] == ["\n"]
    assert (body["top_k"], body["min_p"], body["repetition_penalty"]) == (5, 0.1, 1.2)
    assert (body["presence_penalty"], body["frequency_penalty"]) == (1, -1)


def test_vllm_is_told_all_lest_its_own_defaults_count() -> None:
    body = written(vllm=True)
    assert (body["top_k"], body["min_p"], body["repetition_penalty"]) == (0, 0.0, 1.0)


async def test_a_server_that_says_it_is_vllm_is_told_all(script: Script) -> None:
    for owner, told in (("vllm", True), ("somebody", False)):
        listed = models({"id": "m", "owned_by": owner})
        endpoint = await script(completion(), models=listed)
        async with OpenAIEngine("m", endpoint.url) as engine:
            await engine.generate(Request((HM,), Sampling()))
        assert ("top_k" in endpoint.bodies[0]) == told


def test_a_prefill_is_an_unfinished_turn() -> None:
    body = written(prefill="So ")
    assert body["messages"][-1] == {"role": "assistant", "content": "So "}
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)


def test_labels_and_logprobs_are_asked_for() -> None:
    assert "logprobs" not in written()
    assert "top_logprobs" not in written(logprobs=True)
    assert (written(labels=("A",))["logprobs"], written(labels=("A",))["top_logprobs"]) == (
        True,
        20,
    )


@pytest.mark.parametrize(
    ("form", "field", "value"),
    [
        (Structured("choice", '["a"]'), "structured_outputs", {"choice": ["a"]}),
        (Structured("regex", "a+"), "structured_outputs", {"regex": "a+"}),
        (Structured("grammar", "root ::= x"), "structured_outputs", {"grammar": "root ::= x"}),
        (
            Structured("json_schema", '{"type": "object"}'),
            "response_format",
            {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": {"type": "object"}, "strict": True},
            },
        ),
    ],
)
def test_a_form_is_asked_for(form: Structured, field: str, value: object) -> None:
    assert written(structured=form)[field] == value


def test_a_raw_prompt_goes_to_the_text_api() -> None:
    request = Request((), Sampling(), prompt="<s>Hm", prefill="?", labels=("A",))
    writer = Writer("m")
    writer.vllm = True
    call = writer.write(request)
    body = orjson.loads(call.body)
    assert (call.path, body["prompt"], body["logprobs"]) == (TEXT, "<s>Hm?", 20)
    assert body["add_special_tokens"] is False


def test_tools_and_what_they_returned_go_along() -> None:
    call = ToolCall(id="c1", name="add", arguments='{"a": 1}')
    turns = (
        Turn(role="assistant", content="", tool_calls=(call,)),
        Turn(role="tool", content="2", tool_call_id="c1"),
    )
    body = written(messages=(HM, *turns), tools='[{"type": "function"}]')
    assert body["tools"] == [{"type": "function"}]
    assert body["messages"][1]["tool_calls"][0]["function"] == {
        "name": "add",
        "arguments": '{"a": 1}',
    }
    assert body["messages"][2] == {"role": "tool", "content": "2", "tool_call_id": "c1"}


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"turn": "user"}, "cannot write the user's turn"),
        ({"prompt": "x", "tools": "[]"}, "tools do not go with a raw prompt"),
        ({"tools": "[{"}, "tools is no JSON"),
        ({"structured": Structured("json_schema", "{")}, "JSON schema is no JSON"),
        ({"structured": Structured("choice", "a")}, "choice is no JSON"),
    ],
)
def test_what_the_api_cannot_say_is_named(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(Impossible, match=why):
        written(**fields)


async def test_what_the_api_cannot_say_fails_alone_and_is_not_sent(script: Script) -> None:
    endpoint = await script(completion())
    async with OpenAIEngine("m", endpoint.url) as engine:
        said = await engine.generate(Request((HM,), Sampling(), turn="user"))
    assert (said.failure_kind, said.finish_reason) == ("refused", "error")
    assert endpoint.bodies == []


def test_tool_calls_are_read_however_they_are_named() -> None:
    def wish(name: object, arguments: object) -> dict[str, object]:
        return {"id": name, "function": {"name": "add", "arguments": arguments}}

    wishes = [wish("a", '{"x": 1}'), wish("a", "{not json"), wish(None, {"x": 2}), wish(7, None)]
    calls = read({"message": {"content": None, "tool_calls": wishes}}).tool_calls
    assert [call.id for call in calls] == ["a", "call_1", "call_2", "call_3"]
    assert [call.arguments for call in calls] == ['{"x": 1}', "{not json", '{"x":2}', "{}"]


def test_content_may_come_in_parts_or_not_at_all() -> None:
    assert read({"message": {"content": [{"text": "4"}, {"text": "4"}]}}).text == "44"
    assert read({"message": {"content": None}}).text == ""


def test_chat_logprobs_are_read() -> None:
    top = [{"token": "A", "logprob": -0.1}, {"token": "B", "logprob": -2.5}]
    entries = [{"logprob": -0.1, "top_logprobs": top}, {"logprob": -0.3}]
    choice = {"message": {"content": "A"}, "logprobs": {"content": entries}}
    said = read(choice, labels=("A", "C"), logprobs=True)
    assert said.mean_logprob == pytest.approx(-0.2)
    assert said.label_logprobs == {"A": -0.1}
    assert read(choice).mean_logprob is None


def test_text_logprobs_are_read() -> None:
    told = {"token_logprobs": [-0.1, -0.3], "top_logprobs": [{"A": -0.1}, {"C": -0.1}]}
    said = read({"text": "A", "logprobs": told}, TEXT, labels=("A", "C"), logprobs=True)
    assert (said.text, said.label_logprobs) == ("A", {"A": -0.1})
    assert said.mean_logprob == pytest.approx(-0.2)
