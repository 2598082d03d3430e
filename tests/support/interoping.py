"""A queue that tasks come into in bulk, with items and answers that other tools can show."""

from typing import Any

import httpx
import orjson
from fixtures_postgres import Api

from services.review.interop.shapes import Queue
from services.review.kinds import KINDS

PROMPT = [{"role": "user", "content": "Is basil a weed?"}]
NDJSON = {"Content-Type": "application/x-ndjson"}
JSON = {"Content-Type": "application/json"}
SCORES = {"helpfulness": 4, "correctness": 3, "coherence": 2, "complexity": 1, "verbosity": 0}
ANSWERS: dict[str, dict[str, Any]] = {
    "pairwise": {"preference": -2, "reasons": ["correct", "clear"]},
    "attributes": {"scores": SCORES},
    "rating": {"score": 5, "flags": ["unsafe"]},
    "accept": {"accept": False, "reason": "It shows no working."},
    "rewrite": {"text": "No.\n\nIt is a *herb*."},
    "write": {"text": "A herb."},
}


def says(text: str) -> list[dict[str, Any]]:
    """One turn of the assistant."""
    return [{"role": "assistant", "content": text}]


def item(kind: str, text: str = "No.") -> dict[str, Any]:
    """An item of a kind."""
    if kind == "pairwise":
        return {"prompt": PROMPT, "a": says(text), "b": says("Yes.")}
    if kind == "write":
        return {"wanted": "answer", "brief": text, "prompt": PROMPT}
    return {"prompt": PROMPT, "completion": says(text)}


def queue_of(kind: str, rubric: dict[str, Any] | None = None, *, training: bool = False) -> Queue:
    """A queue without a database."""
    read = KINDS[kind].read_rubric(rubric or {})
    return Queue("que_0", "queue", KINDS[kind], read, training, 1, "")


def lines(rows: list[dict[str, Any]]) -> bytes:
    """One JSON object a line."""
    return b"\n".join(map(orjson.dumps, rows))


async def new_queue(api: Api, kind: str = "pairwise", name: str = "imported", **terms: Any) -> str:
    """A queue of the lab 'acme'."""
    response = await api.operator.post("/v1/queues", json={"name": name, "kind": kind, **terms})
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def send(
    api: Api, queue_id: str, body: bytes | list[dict[str, Any]], **query: str
) -> httpx.Response:
    """Import lines, or with another format an array."""
    array = query.get("format", "jsonl") != "jsonl"
    content = body if isinstance(body, bytes) else orjson.dumps(body) if array else lines(body)
    path = f"/v1/queues/{queue_id}/tasks"
    headers = JSON if array else NDJSON
    return await api.operator.post(path, params=query, content=content, headers=headers)


async def fetch(api: Api, queue_id: str, **query: str) -> list[dict[str, Any]]:
    """Export all tasks, unless another state is asked for."""
    path = f"/v1/queues/{queue_id}/export"
    response = await api.operator.get(path, params={"state": "all", **query})
    assert response.status_code == 200, response.text
    if response.headers["content-type"] == "application/json":
        return list(response.json())
    return [orjson.loads(line) for line in response.content.splitlines()]
