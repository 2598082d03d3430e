import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from fixtures_endpoints import Asked, Reply, Script, Scripted, completion, refusal

from generation.engines.openai.batches import Batches, Sent
from generation.engines.openai.collecting import FRAME_BYTES, Collector
from generation.engines.openai_batch import OpenAIBatchEngine
from ingot.engine import Generated, Request, Structured
from ingot.errors import ModelError, StorageError
from ingot.orders import Limits, Price
from ingot.records import Message, Sampling

pytestmark = pytest.mark.usefixtures("hurried")
CHAT = "/v1/chat/completions"


@dataclass(slots=True)
class BatchServer:
    """The files and batches of an endpoint, in memory. `polls` are needed until a batch ends."""

    polls: int = 2
    status: str = "completed"
    results: dict[str, Any] = field(default_factory=dict)
    """custom_id -> what is said instead of the good answer; None leaves the line out."""
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    lost_answers: int = 0
    """So many batches are made without the client learning of it."""

    def route(self, asked: Asked) -> Reply | None:
        match asked.method, asked.path.removeprefix("/v1/").split("/"):
            case "POST", ["files"]:
                self.files[f"file-{len(self.files)}"] = asked.body
                return _json({"id": f"file-{len(self.files) - 1}"})
            case "POST", ["batches"]:
                return self._create(asked.json)
            case "GET", ["batches"]:
                return _json({"data": list(reversed(self.batches.values()))})
            case "GET", ["batches", batch_id]:
                return self._state(batch_id)
            case "GET", ["files", file_id, "content"]:
                return Reply(body=self.files[file_id]) if file_id in self.files else Reply(404)
        return None

    def _create(self, asked: dict[str, Any]) -> Reply:
        batch_id = f"batch-{len(self.batches)}"
        self.batches[batch_id] = {"id": batch_id, "status": "validating", "polls": 0} | asked
        if self.lost_answers:
            self.lost_answers -= 1
            return Reply(cut=0)
        return _json(self.batches[batch_id])

    def _state(self, batch_id: str) -> Reply:
        batch = self.batches.get(batch_id)
        if batch is None:
            return refusal(404, "no such batch")
        batch["polls"] += 1
        if batch["polls"] >= self.polls and batch["status"] not in ("completed", self.status):
            batch["status"] = self.status
            self._answer(batch)
        return _json(batch)

    def _answer(self, batch: dict[str, Any]) -> None:
        entries = [self._result(line) for line in self.lines(batch["input_file_id"])]
        said = [orjson.dumps(entry) for entry in entries if entry]
        batch["output_file_id"] = f"out-{batch['id']}"
        self.files[batch["output_file_id"]] = b"\n".join([*said, b"{torn"])

    def _result(self, line: dict[str, Any]) -> dict[str, Any] | None:
        content = line["body"]["messages"][0]["content"]
        if content in self.results:
            result: dict[str, Any] | None = self.results[content]
            return result and {"custom_id": line["custom_id"]} | result
        body = orjson.loads(completion(f"{content}!").body)
        return {"custom_id": line["custom_id"], "response": {"status_code": 200, "body": body}}

    def lines(self, file_id: str) -> list[dict[str, Any]]:
        return [orjson.loads(x) for x in self.files[file_id].splitlines() if x.startswith(b"{")]


def _json(content: object) -> Reply:
    return Reply(body=orjson.dumps(content))


def ask(text: str, **options: Any) -> Request:
    return Request((Message(role="user", content=text),), Sampling(max_tokens=10), **options)


def engine_of(endpoint: Scripted, home: Path, **options: Any) -> OpenAIBatchEngine:
    timing = {"collect_s": 0.02, "poll_s": 0.002, "patience_s": 0.5}
    return OpenAIBatchEngine("m", endpoint.url, home=home, **(timing | options))


async def gather(engine: OpenAIBatchEngine, *texts: str) -> list[Generated]:
    return await asyncio.gather(*(engine.generate(ask(text)) for text in texts))


@pytest.fixture
def server() -> BatchServer:
    return BatchServer()


@pytest.fixture
async def endpoint(script: Script, server: BatchServer) -> Scripted:
    return await script(refusal(500, "not here"), route=server.route)


async def test_requests_travel_in_one_batch_and_each_gets_its_line(
    endpoint: Scripted, server: BatchServer, tmp_path: Path
) -> None:
    price = Price(usd_per_million_prompt_tokens=1, usd_per_million_completion_tokens=1)
    async with engine_of(endpoint, tmp_path, price=price) as engine:
        said = await gather(engine, "a", "b", "a")
    assert [answer.text for answer in said] == ["a!", "b!", "a!"]
    [batch] = server.batches.values()
    assert (batch["endpoint"], batch["completion_window"]) == (CHAT, "24h")
    assert [each["url"] for each in server.lines(batch["input_file_id"])] == [CHAT, CHAT]
    assert (engine.requests, engine.tokens) == (3, 4)
    assert engine.usd == pytest.approx(2 * 11 / 1e6)
    assert list(tmp_path.rglob("*.json")) == []


async def test_what_comes_later_travels_in_another_batch(
    endpoint: Scripted, server: BatchServer, tmp_path: Path
) -> None:
    async with engine_of(endpoint, tmp_path) as engine:
        for text in ("a", "b"):
            assert (await engine.generate(ask(text))).text == f"{text}!"
    assert len(server.batches) == 2


async def test_a_rerun_waits_for_the_same_batch(
    endpoint: Scripted, server: BatchServer, tmp_path: Path
) -> None:
    server.polls = 10**9
    async with engine_of(endpoint, tmp_path) as engine:
        asking = asyncio.create_task(gather(engine, "a", "b"))
        while not any(batch["polls"] for batch in server.batches.values()):
            await asyncio.sleep(0.005)
        asking.cancel()
    server.polls = 2
    async with engine_of(endpoint, tmp_path) as engine:
        said = await gather(engine, "b")
        said += await gather(engine, "a")
    assert [answer.text for answer in said] == ["b!", "a!"]
    assert len(server.batches) == 1


async def test_a_fetched_batch_is_fetched_again_after_a_crash(
    endpoint: Scripted, server: BatchServer, tmp_path: Path
) -> None:
    engine = await engine_of(endpoint, tmp_path).__aenter__()
    assert (await engine.generate(ask("a"))).text == "a!"
    await engine.__aexit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    async with engine_of(endpoint, tmp_path) as engine:
        assert (await engine.generate(ask("a"))).text == "a!"
    assert len(server.batches) == 1


@pytest.mark.parametrize("made", [True, False])
async def test_a_crash_before_the_batch_had_a_name_is_looked_up(
    endpoint: Scripted, server: BatchServer, tmp_path: Path, made: bool
) -> None:
    server.polls = 10**9
    async with engine_of(endpoint, tmp_path) as engine:
        asking = asyncio.create_task(engine.generate(ask("a")))
        while not any(batch["polls"] for batch in server.batches.values()):
            await asyncio.sleep(0.005)
        asking.cancel()
        [sent] = engine._batches
    engine._batches.remember(sent.model_copy(update={"batch_id": ""}))
    if not made:
        server.batches.clear()
    server.polls = 1
    async with engine_of(endpoint, tmp_path) as engine:
        assert (await engine.generate(ask("a"))).text == "a!"
    assert len(server.batches) == 1


async def test_a_batch_that_the_endpoint_has_forgotten_is_sent_again(
    endpoint: Scripted, server: BatchServer, tmp_path: Path
) -> None:
    async with engine_of(endpoint, tmp_path) as engine:
        key = ask("a").key(engine.model)
        engine._batches.remember(Sent(content="c", path="p", keys=(key,), batch_id="gone"))
    async with engine_of(endpoint, tmp_path) as engine:
        assert (await engine.generate(ask("a"))).text == "a!"
    assert len(server.batches) == 1


async def test_a_batch_whose_making_was_not_heard_of_is_not_made_twice(
    endpoint: Scripted, server: BatchServer, tmp_path: Path
) -> None:
    server.lost_answers = 1
    async with engine_of(endpoint, tmp_path) as engine:
        assert (await engine.generate(ask("a"))).text == "a!"
    assert len(server.batches) == 1


@pytest.mark.parametrize("status", ["failed", "expired", "cancelled"])
async def test_what_an_ended_batch_did_not_answer_may_be_asked_again(
    endpoint: Scripted, server: BatchServer, tmp_path: Path, status: str
) -> None:
    server.status, server.results["a"] = status, None
    async with engine_of(endpoint, tmp_path) as engine:
        failed, said = await gather(engine, "a", "b")
        assert (failed.failure_kind, status in failed.failure) == ("unavailable", True)
        assert said.text == "b!"
        server.status, server.results = "completed", {}
        assert (await engine.generate(ask("a"))).text == "a!"


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        ({"response": None, "error": {"code": "batch_expired"}}, "unavailable"),
        ({"response": {"status_code": 400, "body": {"error": "context length"}}}, "too_long"),
        ({"response": {"status_code": 400, "body": {}}}, "refused"),
        ({"response": {"status_code": 429, "body": {}}}, "unavailable"),
        ({"response": {"status_code": 401, "body": {}}}, "unavailable"),
        ({"response": {"status_code": 200, "body": {"choices": []}}}, "malformed"),
        ({"response": {"status_code": "?"}}, "malformed"),
        ({"response": {}}, "malformed"),
        (None, "unavailable"),
    ],
)
async def test_a_bad_line_is_the_failure_of_its_request(
    endpoint: Scripted, server: BatchServer, tmp_path: Path, result: Any, kind: str
) -> None:
    server.results["a"] = result
    async with engine_of(endpoint, tmp_path) as engine:
        failed, said = await gather(engine, "a", "b")
    assert (failed.failure_kind, said.text) == (kind, "b!")


async def test_a_request_that_the_api_cannot_say_fails_alone(
    endpoint: Scripted, tmp_path: Path
) -> None:
    async with engine_of(endpoint, tmp_path) as engine:
        said = await engine.generate(ask("a", structured=Structured("choice", "?")))
    assert said.failure_kind == "refused"


async def test_an_endpoint_without_batches_is_named(script: Script, tmp_path: Path) -> None:
    endpoint = await script(completion())
    async with engine_of(endpoint, tmp_path) as engine:
        with pytest.raises(ModelError, match=r"refuses the batch .HTTP 404.*use engine 'openai'"):
            await engine.generate(ask("a"))


async def test_an_endpoint_that_talks_nonsense_is_named(
    endpoint: Scripted, server: BatchServer, tmp_path: Path
) -> None:
    server.status, server.results["a"] = "failed", None
    endpoint.route = lambda asked: _nonsense(asked) or server.route(asked)
    async with engine_of(endpoint, tmp_path) as engine:
        with pytest.raises(ModelError, match="answers what no batch API would"):
            await engine.generate(ask("a"))


def _nonsense(asked: Asked) -> Reply | None:
    polled = asked.path.startswith("/v1/batches/")
    return _json({"status": "failed", "errors": ["why"]}) if polled else None


async def test_an_endpoint_that_fails_for_good_is_an_error(script: Script, tmp_path: Path) -> None:
    endpoint = await script(completion(), route=_busy)
    async with engine_of(endpoint, tmp_path, patience_s=0.1) as engine:
        with pytest.raises(ModelError, match=r"answered nothing for 0\.1 s"):
            await engine.generate(ask("a"))


def _busy(asked: Asked) -> Reply | None:
    return refusal(503, "full") if asked.method == "POST" else None


async def test_money_is_set_aside_before_it_is_sent(endpoint: Scripted, tmp_path: Path) -> None:
    price = Price(usd_per_million_prompt_tokens=0, usd_per_million_completion_tokens=1)
    limits = Limits(max_usd=9e-6)
    async with engine_of(endpoint, tmp_path, price=price, limits=limits) as engine:
        with pytest.raises(ModelError, match="is spent"):
            await engine.generate(ask("a"))


def test_a_damaged_note_of_a_batch_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(StorageError, match=r"x\.json does not say which batch"):
        list(Batches(tmp_path))


async def test_a_full_load_goes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    module = "generation.engines.openai.collecting"
    monkeypatch.setattr(f"{module}.MAX_REQUESTS", 3)
    monkeypatch.setattr(f"{module}.MAX_BYTES", 2 * (FRAME_BYTES + 10))
    loads: list[list[str]] = []
    collector = Collector(3600, loads.append)
    for key, size in (("a", 1), ("b", 1), ("c", 10), ("d", 10), ("e", 10)):
        collector.add(key, size)
    assert loads == [["a", "b"], ["c", "d"]]
    monkeypatch.setattr(f"{module}.MAX_BYTES", 10**6)
    for key in "fg":
        collector.add(key, 1)
    assert loads[2:] == [["e", "f", "g"]]
    collector.stop()
