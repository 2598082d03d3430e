import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import orjson
import pytest

from benchmarks.mock.draws import draw, is_poisoned, text
from benchmarks.mock.raw import Body, generation, measure_raw
from benchmarks.mock.server import MockServer
from benchmarks.mock.settings import MockSettings

SETTINGS = MockSettings(slots=4, base_ms=0.5, token_ms=0.005, poison_share=0.1)
PROMPTS = [f"Write about number {each}." for each in range(100)]
HEALTHY = [prompt for prompt in PROMPTS if not is_poisoned(prompt, SETTINGS.poison_share)]
CHAT = "/v1/chat/completions"


@pytest.fixture(scope="module")
def started() -> Iterator[MockServer]:
    with MockServer(SETTINGS) as server:
        yield server


@pytest.fixture
def server(started: MockServer) -> MockServer:
    started.reset()
    return started


@pytest.fixture
def client(server: MockServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as client:
        yield client


def test_raw_gives_every_healthy_request_once(server: MockServer) -> None:
    stats = measure_raw(server, [generation(prompt) for prompt in PROMPTS])
    works = [draw(generation(prompt), SETTINGS) for prompt in HEALTHY]
    assert (stats.requests, stats.completed, stats.repeated) == (100, len(HEALTHY), 0)
    assert stats.poisoned == 100 - len(HEALTHY) > 0
    assert stats.completion_tokens == sum(work.tokens for work in works)
    assert stats.busy_slot_seconds == pytest.approx(sum(work.hold_s for work in works))
    assert stats.seconds > 0
    assert stats.max_in_flight > SETTINGS.slots


def test_raw_follows_each_row_through_its_steps(server: MockServer) -> None:
    def judge(body: Body, said: str) -> list[Body]:
        return [] if body["max_tokens"] == 1 else [generation(f"Good? {said}", max_tokens=1)]

    healthy = [generation(prompt) for prompt in HEALTHY[:20]]
    stats = measure_raw(server, healthy, judge)
    assert stats.completed + stats.poisoned == stats.requests == 40
    tokens = sum(draw(body, SETTINGS).tokens for body in healthy)
    assert stats.completion_tokens == tokens + stats.completed - 20


def test_an_answer_has_the_openai_shape(client: httpx.Client) -> None:
    body = generation(HEALTHY[0])
    answer = client.post(CHAT, json=body).json()
    work = draw(body, SETTINGS)
    [choice] = answer["choices"]
    assert choice["message"] == {"role": "assistant", "content": text(work).decode()}
    assert choice["finish_reason"] == "stop"
    assert answer["usage"]["completion_tokens"] == work.tokens
    assert answer["object"] == "chat.completion"


def test_a_stream_says_the_same(client: httpx.Client) -> None:
    body = generation(HEALTHY[0])
    lines = client.post(CHAT, json={**body, "stream": True}).text.split("\n\n")
    first, last, end = (line.removeprefix("data: ") for line in lines if line)
    [choice] = orjson.loads(first)["choices"]
    assert choice["delta"]["content"] == text(draw(body, SETTINGS)).decode()
    assert orjson.loads(last)["usage"]["completion_tokens"] == draw(body, SETTINGS).tokens
    assert end == "[DONE]"


def test_a_text_completion_says_its_text(client: httpx.Client) -> None:
    body = {"model": "mock", "prompt": "Once", "max_tokens": 9}
    answer = client.post("/v1/completions", json=body).json()
    assert answer["choices"][0]["text"] == text(draw(body, SETTINGS)).decode()


def test_a_judge_gets_the_log_probabilities_of_its_labels(client: httpx.Client) -> None:
    body = generation(HEALTHY[0], max_tokens=1)
    answer = client.post(CHAT, json={**body, "logprobs": True, "top_logprobs": 20}).json()
    [token] = answer["choices"][0]["logprobs"]["content"]
    assert {each["token"] for each in token["top_logprobs"]} == {" A", " B"}


def test_a_poisoned_prompt_fails_each_time(server: MockServer, client: httpx.Client) -> None:
    [prompt, *_] = [prompt for prompt in PROMPTS if prompt not in HEALTHY]
    answers = [client.post(CHAT, json=generation(prompt, seed=seed)) for seed in (1, 2)]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert server.stats().poisoned == 2


def test_work_asked_for_twice_is_counted(server: MockServer, client: httpx.Client) -> None:
    for _ in range(2):
        client.post(CHAT, json=generation(HEALTHY[0]))
    assert (server.stats().completed, server.stats().repeated) == (2, 1)


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b"{}", b'{"messages": 1}', b'{"messages": []}', b'{"prompt": "a", "n": 2}'],
)
def test_a_malformed_request_is_refused_and_not_counted(
    server: MockServer, client: httpx.Client, content: bytes
) -> None:
    assert client.post("/v1/completions", content=content).status_code == 400
    stats = server.stats()
    assert (stats.requests, stats.first_arrival_s) == (0, 0)
    assert (stats.seconds, stats.tokens_per_s) == (0, 0)


def test_the_gauges_carry_vllms_names(client: httpx.Client) -> None:
    lines = client.get("/metrics").text.splitlines()
    assert 'vllm:num_requests_running{model_name="mock"} 0.0' in lines
    assert 'vllm:num_requests_waiting{model_name="mock"} 0.0' in lines


def test_a_client_that_goes_frees_its_slot() -> None:
    with MockServer(MockSettings(slots=1, base_ms=3.6e6)) as slow:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{slow.url}{CHAT}", json=generation("Tell."), timeout=0.05)
        while not slow.stats().dropped:
            pass
        assert (slow.stats().completed, slow.stats().busy_slot_seconds > 0) == (0, True)


def test_what_is_not_there_is_a_404(client: httpx.Client) -> None:
    assert client.get("/v2").status_code == 404


def test_requests_in_pieces_and_together_are_answered_in_order(server: MockServer) -> None:
    asked = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\nGET /v2 HTTP/1.1\r\nConnection: close\r\n\r\n"
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as client:
        client.sendall(asked[:9])
        client.sendall(asked[9:])
        answers = b"".join(iter(lambda: client.recv(65536), b""))
    first, second = answers.split(b"HTTP/1.1 ")[1:]
    assert first.startswith(b"200")
    assert second.startswith(b"404")


def test_jitter_changes_times_and_never_the_work() -> None:
    settings = MockSettings(slots=64, base_ms=1, token_ms=0.01, latency_jitter=0.5)
    with MockServer(settings) as server:
        stats = measure_raw(server, [generation(prompt) for prompt in PROMPTS])
    works = [draw(generation(prompt), settings) for prompt in PROMPTS]
    hold_s = sum(work.hold_s for work in works)
    assert stats.completion_tokens == sum(work.tokens for work in works)
    assert stats.busy_slot_seconds != pytest.approx(hold_s, rel=1e-6)
    assert 0.5 * hold_s < stats.busy_slot_seconds < 1.5 * hold_s


@pytest.mark.parametrize("status", [400, 500])
def test_poison_fails_with_the_status_that_was_asked_for(status: int) -> None:
    with MockServer(MockSettings(poison_share=1, poison_status=status)) as server:
        answer = httpx.post(server.url + CHAT, json=generation("Tell."))
    assert answer.status_code == status
    assert "poisoned" in answer.json()["error"]["message"]
