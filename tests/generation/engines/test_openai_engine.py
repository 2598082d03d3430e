import asyncio
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson
import pytest

from generation.engines import openai
from generation.engines.openai import OpenAIEngine
from ingot.engine import Generated, Request
from ingot.errors import ModelError
from ingot.records import Message, Sampling

Reply = tuple[int, bytes]


def ask(**options: object) -> Request:
    message = Message(role="user", content="How much is 11 plus 33?")
    return Request((message,), Sampling(temperature=0, max_tokens=32), **options)  # type: ignore[arg-type]


async def test_a_real_vllm_server_answers(vllm_server: str) -> None:
    async with OpenAIEngine("embedded", vllm_server) as engine:
        said = await asyncio.gather(*(engine.generate(ask(seed=n)) for n in range(20)))
    assert all(answer.text and not answer.failure for answer in said)
    assert said[0].completion_tokens > 3


async def test_a_real_server_goes_on_from_a_prefill_and_scores_labels(vllm_server: str) -> None:
    async with OpenAIEngine("embedded", vllm_server) as engine:
        said = await engine.generate(ask(prefill="11 + 33 = 4", labels=("4", "5"), logprobs=True))
    assert set(said.label_logprobs) <= {"4", "5"}
    assert said.label_logprobs


async def test_a_real_server_refuses_a_long_prompt_alone(vllm_server: str) -> None:
    long = Request((Message(role="user", content="9 " * 900),), Sampling(max_tokens=8))
    async with OpenAIEngine("embedded", vllm_server) as engine:
        refused, said = await asyncio.gather(engine.generate(long), engine.generate(ask()))
    assert "HTTP 400" in refused.failure
    assert not said.failure


async def test_a_model_that_is_not_served_is_named(vllm_server: str) -> None:
    with pytest.raises(ModelError, match=r"serves .'embedded'., not 'gpt'"):
        async with OpenAIEngine("gpt", vllm_server):
            pass


async def test_an_unreachable_server_is_named_with_the_remedy() -> None:
    with pytest.raises(ModelError, match=r"127\.0\.0\.1:9/v1.*start it or correct the endpoint"):
        async with OpenAIEngine("m", "http://127.0.0.1:9/v1"):
            pass


@pytest.fixture
def scripted() -> Iterator[Callable[[list[Reply]], str]]:
    """A server that gives prepared replies in turn, the last one for ever."""
    servers = []

    def start(replies: list[Reply]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._reply(200, b'{"data": [{"id": "m"}]}')

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self._reply(*(replies.pop(0) if len(replies) > 1 else replies[0]))

            def _reply(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/v1"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


GOOD = orjson.dumps(
    {
        "choices": [{"message": {"content": "44"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 2},
    }
)


async def once(url: str) -> Generated:
    async with OpenAIEngine("m", url) as engine:
        return await engine.generate(ask())


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai.random, "uniform", lambda low, high: 0.0)


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_may_pass_is_tried_again(
    scripted: Callable[[list[Reply]], str], status: int
) -> None:
    said = await once(scripted([(status, b"busy"), (200, GOOD)]))
    assert (said.text, said.prompt_tokens, said.completion_tokens) == ("44", 9, 2)


@pytest.mark.usefixtures("no_waiting")
async def test_a_server_that_never_recovers_is_an_error(
    scripted: Callable[[list[Reply]], str],
) -> None:
    with pytest.raises(ModelError, match=r"5 attempts .HTTP 503: down"):
        await once(scripted([(503, b"down")]))


async def test_a_refused_request_fails_alone_and_at_once(
    scripted: Callable[[list[Reply]], str],
) -> None:
    said = await once(scripted([(400, b"no such parameter"), (200, GOOD)]))
    assert said.failure == "HTTP 400: no such parameter"


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b"{}",
        b'{"choices": []}',
        b'{"choices": [{"message": null}]}',
        b'{"choices": [{"message": {"content": "x"}}], "usage": {"prompt_tokens": "many"}}',
        b'{"choices": [{"message": {"content": "x"}, "logprobs": {"content": [1]}}]}',
    ],
)
async def test_a_malformed_answer_is_a_failure_not_a_crash(
    scripted: Callable[[list[Reply]], str], body: bytes
) -> None:
    assert "malformed" in (await once(scripted([(200, body)]))).failure


async def test_an_endless_answer_is_cut(
    scripted: Callable[[list[Reply]], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai, "MAX_ANSWER_BYTES", 10)
    assert "over 10 bytes" in (await once(scripted([(200, GOOD)]))).failure
