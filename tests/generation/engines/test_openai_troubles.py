"""What endpoints do to a client that only wants an answer."""

import asyncio
from typing import Any

import pytest
from fixtures_endpoints import Reply, Script, Scripted, completion, refusal

from generation.engines.openai import OpenAIEngine
from generation.engines.openai.problems import rest_asked
from ingot.engine import Generated, Request
from ingot.errors import ModelError
from ingot.records import Message, Sampling

pytestmark = pytest.mark.usefixtures("hurried")
ASK = Request((Message(role="user", content="Hm?"),), Sampling())


async def once(endpoint: Scripted, **options: Any) -> Generated:
    async with OpenAIEngine("m", endpoint.url, **options) as engine:
        return await engine.generate(ASK)


@pytest.mark.parametrize(
    "trouble",
    [
        refusal(429, "slow down", "Retry-After: 0.01"),
        refusal(503, "loading"),
        refusal(500, "oops"),
        refusal(502, "gateway"),
        refusal(504, "gateway"),
        Reply(cut=0),
        Reply(body=b"half of it", cut=4),
        Reply(302, headers=("Location: http://127.0.0.1:9/",)),
        Reply(body=b"<html>"),
        Reply(headers=("Content-Encoding: gzip",)),
    ],
)
async def test_what_may_pass_is_tried_again(script: Script, trouble: Reply) -> None:
    said = await once(await script(trouble, completion()))
    assert (said.text, said.prompt_tokens, said.completion_tokens) == ("44", 9, 2)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_long_time_of_refusals_is_waited_out(script: Script, status: int) -> None:
    endpoint = await script(*[refusal(status, "later", "Retry-After: 0.002")] * 60, completion())
    async with OpenAIEngine("m", endpoint.url) as engine:
        said = await asyncio.gather(*(engine.generate(ASK) for _ in range(8)))
    assert [answer.text for answer in said] == ["44"] * 8
    assert engine.retries == 60


async def test_an_endpoint_that_never_recovers_is_an_error(script: Script) -> None:
    endpoint = await script(refusal(503, "down"))
    with pytest.raises(ModelError, match=r"nothing for 0\.1 s .HTTP 503.*down.*nothing is lost"):
        await once(endpoint, patience_s=0.1)


async def test_an_endpoint_that_goes_away_for_good_is_an_error(script: Script) -> None:
    endpoint = await script(completion())
    async with OpenAIEngine("m", endpoint.url, patience_s=0.1) as engine:
        engine._endpoint._base = engine._endpoint._base.with_port(9)
        with pytest.raises(ModelError, match=r"ConnectorError.*run again"):
            await engine.generate(ASK)


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (refusal(500, "oops"), "unavailable"),
        (Reply(cut=0), "unavailable"),
        (Reply(302), "unavailable"),
        (Reply(body=b"half of it", cut=4), "malformed"),
        (Reply(body=b"<html>"), "malformed"),
        (Reply(504), "timeout"),
    ],
)
async def test_a_request_that_only_fails_is_given_up_alone(
    script: Script, trouble: Reply, kind: str
) -> None:
    endpoint = await script(*[trouble] * 4, completion())
    async with OpenAIEngine("m", endpoint.url) as engine:
        failed, said = [await engine.generate(ASK) for _ in range(2)]
    assert (failed.failure_kind, failed.finish_reason, failed.lasting) == (kind, "error", False)
    assert said.text == "44"


async def test_three_failures_are_not_yet_too_many(script: Script) -> None:
    endpoint = await script(*[refusal(500, "oops")] * 3, completion())
    assert (await once(endpoint)).text == "44"


async def test_a_hanging_endpoint_is_a_time_out(script: Script) -> None:
    said = await once(await script(Reply(after_s=60)), timeout_s=0.05)
    assert (said.failure_kind, "no answer in time" in said.failure) == ("timeout", True)


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "no such parameter", "refused"),
        (404, "no such path", "refused"),
        (413, "body too large", "refused"),
        (422, "not an integer", "refused"),
        (400, "This model's maximum context length is 512 tokens. However,", "too_long"),
        (400, "code: context_length_exceeded", "too_long"),
        (413, "Your input exceeds the context window of this model", "too_long"),
    ],
)
async def test_what_is_refused_fails_alone_and_at_once(
    script: Script, status: int, message: str, kind: str
) -> None:
    endpoint = await script(refusal(status, message), completion())
    said = await once(endpoint)
    assert (said.failure_kind, said.lasting) == (kind, True)
    assert f"HTTP {status}" in said.failure
    assert message in said.failure
    assert len(endpoint.bodies) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        b'{"choices": []}',
        b'{"choices": [{"message": null}]}',
        b'{"choices": [{"message": {}}]}',
        b'{"choices": [{"message": {"content": 3}}]}',
        b'{"choices": [{"message": {"content": "x"}}], "usage": {"prompt_tokens": "many"}}',
        b'{"choices": [{"message": {"content": "x"}}], "usage": {"prompt_tokens": 1e999}}',
        b'{"choices": [{"message": {"content": "x"}, "logprobs": {"content": [1]}}]}',
        b'{"choices": [{"message": {"content": null, "tool_calls": [{"function": {}}]}}]}',
        b'{"choices": [{"message": {"content": null, "tool_calls": 7}}]}',
        b"[" * 100_000,
    ],
)
async def test_a_malformed_answer_is_a_failure_not_a_crash(script: Script, body: bytes) -> None:
    said = await once(await script(Reply(body=body)))
    assert said.failure_kind == "malformed"


async def test_an_answer_without_end_is_cut(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generation.engines.openai.endpoint.MAX_ANSWER_BYTES", 2**20)
    said = await once(await script(Reply(body=b" " * 10_000_000)))
    assert (said.failure_kind, "over 1048576 bytes" in said.failure) == ("malformed", True)


async def test_a_large_answer_is_taken(script: Script) -> None:
    said = await once(await script(completion("x" * 10_000_000)))
    assert len(said.text) == 10_000_000


async def test_a_withheld_answer_is_refused(script: Script) -> None:
    for reply in (
        completion("to", finish_reason="content_filter"),
        completion(message={"role": "assistant", "content": None, "refusal": "No."}),
    ):
        assert (await once(await script(reply))).failure_kind == "refused"


@pytest.mark.parametrize(
    ("header", "rest_s"),
    [("7", 7), ("0.5", 0.5), ("", 0), ("soon", 0), ("-3", 0), ("nan", 0), ("inf", 0)],
)
def test_a_retry_after_is_honoured_where_it_makes_sense(header: str, rest_s: float) -> None:
    assert rest_asked(header) == rest_s


def test_a_retry_after_may_be_a_date() -> None:
    assert rest_asked("Fri, 31 Dec 2100 23:59:59 GMT") > 1e9
    assert rest_asked("Fri, 31 Dec 1999 23:59:59 GMT") == 0
