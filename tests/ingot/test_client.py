"""The client against the real API."""

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fixtures_postgres import Api
from reviewing import query

from ingot import client as client_module
from ingot.client import Client, is_over, order_key
from ingot.errors import IngotError, OrderError, StateError, StorageError
from ingot.orders import BatchState, OrderSpec, parse_order
from ingot.records import Message
from services.database.pool import Pool, transaction
from services.ordering import batches
from services.review.tasks import NewTask, create_tasks


@pytest.fixture
def lab(api: Api) -> Iterator[Client]:
    """The client of the lab 'acme'."""
    with Client(api.url, api.lab.headers["Authorization"].removeprefix("Bearer ")) as client:
        yield client


@pytest.fixture
def reviewer(api: Api) -> Iterator[Client]:
    """The client of the reviewer 'ada'."""
    with Client(api.url, api.reviewer_key) as client:
        yield client


def order(**fields: Any) -> OrderSpec:
    source = {"recipe": "write_instructions"}
    return parse_order({"name": "first", "quantity": 10, "source": source, **fields})


async def pass_through(pool: Pool, batch_id: str, *states: BatchState) -> None:
    async with transaction(pool) as conn:
        for state in states:
            await batches.transition(conn, batch_id, state, actor="test")


async def save(pool: Pool, batch_id: str, facts: dict[str, Any]) -> None:
    async with transaction(pool) as conn:
        await batches.save_summary(conn, batch_id, facts)


async def deliver(pool: Pool, batch_id: str, folder: Path) -> None:
    async with transaction(pool) as conn:
        await batches.set_delivery(conn, batch_id, folder.as_uri())
    steps = (BatchState.GENERATING, BatchState.JUDGING, BatchState.ASSEMBLING, BatchState.DELIVERED)
    await pass_through(pool, batch_id, *steps)


@pytest.fixture
async def delivered(lab: Client, pool: Pool, tmp_path: Path) -> tuple[str, Path]:
    """(batch id, folder) of a delivery of two files."""
    folder = tmp_path / "delivered"
    (folder / "data").mkdir(parents=True)
    (folder / "README.md").write_text("card")
    (folder / "data" / "part 1.jsonl").write_text("{}\n")
    batch_id: str = lab.place_order(order())["batches"][0]["id"]
    await deliver(pool, batch_id, folder)
    return batch_id, folder


def test_the_same_order_is_placed_once(lab: Client) -> None:
    assert lab.place_order(order())["id"] == lab.place_order(order())["id"]
    assert lab.place_order(order(seed=1))["id"] != lab.place_order(order())["id"]
    assert lab.place_order(order(), idempotency_key="two")["id"] != lab.place_order(order())["id"]


def test_the_key_of_an_order_follows_its_content() -> None:
    assert order_key(order()) == order_key(order())
    assert order_key(order()) != order_key(order(seed=1))


def test_an_order_comes_back_as_it_was_placed(lab: Client) -> None:
    placed = lab.place_order(order(seed=7))
    assert OrderSpec.model_validate(lab.order(placed["id"])["spec"]) == order(seed=7)


async def test_watching_ends_with_the_proof(lab: Client, pool: Pool, tmp_path: Path) -> None:
    placed = lab.place_order(order())
    seen = lab.watch(placed["id"], interval_s=0)
    assert next(seen)["state"] == "planned"
    await deliver(pool, placed["batches"][0]["id"], tmp_path)
    assert next(seen)["state"] == "delivered"
    await save(pool, placed["batches"][0]["id"], {"proof": {"lift": 0.1}})
    assert [batch["summary"] for batch in seen] == [{"proof": {"lift": 0.1}}]


@pytest.mark.parametrize(
    ("state", "summary", "over"),
    [
        ("in_review", {}, False),
        ("delivered", {}, False),
        ("delivered", {"proof": {}}, True),
        ("delivered", {"proof_error": "x"}, True),
        ("failed", {}, True),
    ],
)
def test_a_batch_is_over_when_nothing_more_happens_by_itself(
    state: str, summary: dict[str, Any], over: bool
) -> None:
    assert is_over({"state": state, "summary": summary}) is over


async def test_a_failed_order_goes_on(lab: Client, pool: Pool) -> None:
    placed = lab.place_order(order())
    batch_id = placed["batches"][0]["id"]
    async with transaction(pool) as conn:
        await batches.fail(conn, batch_id, "the model is gone")
    assert [batch["error"] for batch in lab.watch(placed["id"])] == ["the model is gone"]
    assert lab.resume(placed["id"])["batches"][0]["state"] == "planned"


def test_what_did_not_fail_is_not_resumed(lab: Client) -> None:
    with pytest.raises(StateError):
        lab.resume(lab.place_order(order())["id"])


def test_a_delivery_is_pulled_whole(
    lab: Client, delivered: tuple[str, Path], tmp_path: Path
) -> None:
    pulled = list(lab.pull(delivered[0], tmp_path / "here"))
    assert [path.relative_to(tmp_path).as_posix() for path in pulled] == [
        "here/README.md",
        "here/data/part 1.jsonl",
    ]
    assert [path.read_text() for path in pulled] == ["card", "{}\n"]


def test_a_file_that_changed_on_the_way_is_refused(
    lab: Client, delivered: tuple[str, Path], tmp_path: Path
) -> None:
    lab.files(delivered[0])  # the platform hashes a delivery once
    (delivered[1] / "README.md").write_text("cure")
    with pytest.raises(StorageError, match=r"README\.md arrived damaged: pull again"):
        list(lab.pull(delivered[0], tmp_path / "here"))
    assert not list((tmp_path / "here").iterdir())


def test_a_file_that_vanished_is_named(
    lab: Client, delivered: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = lab.files(delivered[0])
    (delivered[1] / "README.md").unlink()
    monkeypatch.setattr(lab, "files", lambda batch_id: listed)
    with pytest.raises(StateError, match=r"'README\.md'"):
        list(lab.pull(delivered[0], tmp_path / "here"))


def test_a_folder_that_cannot_be_written_is_a_storage_error(
    lab: Client, delivered: tuple[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "here").write_text("a file")
    with pytest.raises(StorageError, match=r"README\.md did not arrive"):
        list(lab.pull(delivered[0], tmp_path / "here"))


@pytest.mark.parametrize("name", ["../secret", "/etc/secret", "data/../../secret"])
def test_no_name_leads_out_of_the_folder(
    lab: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(lab, "files", lambda batch_id: [{"name": name, "sha256": ""}])
    with pytest.raises(StorageError, match="names a file outside its folder"):
        list(lab.pull("bat_x", tmp_path / "here"))
    assert not (tmp_path / "here").exists()


def test_an_undelivered_batch_has_no_files(lab: Client) -> None:
    batch_id = lab.place_order(order())["batches"][0]["id"]
    with pytest.raises(StateError, match="is planned, not delivered"):
        lab.files(batch_id)


async def ask(pool: Pool, batch_id: str, count: int) -> None:
    """Ask people so many things."""
    await pass_through(pool, batch_id, BatchState.GENERATING, BatchState.JUDGING)
    said = (Message(role="assistant", content="x"),)
    async with transaction(pool) as conn:
        tasks = [NewTask(f"par_{n}", "unsure", said, said, said) for n in range(count)]
        await batches.transition(conn, batch_id, BatchState.IN_REVIEW, actor="test")
        await create_tasks(conn, batch_id, tasks)


async def only_queue(pool: Pool) -> str:
    (row,) = await query(pool, "SELECT id FROM queue")
    return str(row["id"])


async def test_tasks_are_leased_and_answered(lab: Client, reviewer: Client, pool: Pool) -> None:
    batch_id = lab.place_order(order())["batches"][0]["id"]
    await ask(pool, batch_id, 3)
    while leased := reviewer.lease(2):
        for task in leased:
            given = reviewer.answer(task["id"], {"preference": 0}, active_ms=5)
            again = reviewer.answer(task["id"], {"preference": 0}, active_ms=5)  # a lost response
            assert given == again
            assert given["counted"]
    assert len(await query(pool, "SELECT 1 FROM response WHERE label = 'tie'")) == 3


async def test_tasks_are_given_back_and_skipped(lab: Client, reviewer: Client, pool: Pool) -> None:
    batch_id = lab.place_order(order())["batches"][0]["id"]
    await ask(pool, batch_id, 2)
    first, second = reviewer.lease(2, await only_queue(pool))
    reviewer.release(first["id"])
    reviewer.skip(second["id"], "unclear", "what is asked?")
    states = await query(pool, "SELECT state, reason FROM assignment ORDER BY state")
    assert [tuple(row.values()) for row in states] == [("released", ""), ("skipped", "unclear")]
    assert reviewer.lease(2) == []


def test_an_empty_queue_is_an_empty_list(reviewer: Client) -> None:
    assert reviewer.lease(5) == []


def test_a_fault_in_an_order_names_its_field(lab: Client) -> None:
    spec = order(source={"recipe": "prompts", "path": "/etc/passwd"})
    with pytest.raises(OrderError, match="is not a file of yours") as caught:
        lab.place_order(spec)
    assert caught.value.field == "source.path"


def test_an_unknown_order_is_a_state_error(lab: Client) -> None:
    with pytest.raises(StateError, match="check the name"):
        lab.order("ord_" + "0" * 32)


def test_a_wrong_key_is_named(api: Api) -> None:
    with Client(api.url, "ing_wrong") as client, pytest.raises(IngotError, match="401 from /v1"):
        client.place_order(order())


def test_a_platform_that_does_not_answer_is_named_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(client_module.time, "sleep", waits.append)
    with (
        Client("http://127.0.0.1:9", "key") as client,
        pytest.raises(IngotError, match=r"http://127\.0\.0\.1:9 .*start it with `ingot up`"),
    ):
        client.lease(1)
    assert len(waits) == 3


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (200, b"<html>", "is no Ingot platform, correct the address"),
        (502, b"<html>bad gateway", "502 from /v1/orders/ord_1: <html>bad gateway"),
        (502, b'["bad"]', r'502 from /v1/orders/ord_1: \["bad"\]'),
    ],
)
async def test_what_stands_before_the_platform_may_say_anything(
    status: int, body: bytes, message: str
) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with (
            Client(f"http://127.0.0.1:{server.server_port}", "key") as client,
            pytest.raises(IngotError, match=message),
        ):
            await asyncio.to_thread(client.order, "ord_1")
        server.shutdown()
