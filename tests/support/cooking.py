"""Run a recipe for real in a test and see all that came of it."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self, TypeVar

import orjson
import pyarrow.parquet as pq

from generation.flow.feed import Feed
from generation.flow.generate import generate
from generation.flow.item import Aids, Row
from generation.flow.recipe import Recipe
from generation.flow.run import Wanted
from generation.recipes.registry import find_recipe
from ingot.datasets import DatasetStore
from ingot.engine import Engine
from ingot.records import Record, Sampling

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Cooked:
    """What a run has laid down."""

    folder: Path
    summary: dict[str, Any]

    def records(self, kind: type[R]) -> list[R]:
        """The records of a type; none where there is no such dataset."""
        store = DatasetStore(self.folder.parent.as_uri())
        name = f"{self.folder.name}/{kind.__name__}"
        return list(store.read(name, kind)) if store.exists(name) else []

    @property
    def draws(self) -> list[dict[str, Any]]:
        """Every request with its answer."""
        shards = sorted((self.folder / "draws").glob("*.parquet"))
        return [row for shard in shards for row in pq.read_table(shard).to_pylist()]

    @property
    def failed(self) -> list[dict[str, Any]]:
        """The lines of failed.jsonl."""
        return self._lines("failed")

    @property
    def dropped(self) -> list[dict[str, Any]]:
        """The lines of dropped.jsonl."""
        return self._lines("dropped")

    @property
    def facts(self) -> dict[str, Any]:
        """The counts of the first recipe."""
        facts: dict[str, Any] = self.summary["recipes"][0]
        return facts

    def _lines(self, name: str) -> list[dict[str, Any]]:
        lines = (self.folder / f"{name}.jsonl").read_bytes().splitlines()
        return [orjson.loads(line) for line in lines]


async def cook(
    recipe: str | Recipe,
    engines: Engine | Mapping[str, Sequence[Engine]],
    folder: Path,
    *,
    quantity: int = 4,
    rows: Iterable[Row] | None = None,
    pool: Sequence[Row] = (),
    parameters: Mapping[str, object] | None = None,
    seed: int = 1,
    sampling: Sampling | None = None,
    aids: Aids | None = None,
) -> Cooked:
    """Run one recipe; a single engine plays the writer."""
    found = find_recipe(recipe) if isinstance(recipe, str) else recipe
    given = rows if rows is None or isinstance(rows, Feed) else iter(rows)
    wanted = Wanted(found, found.read_terms(parameters or {}), quantity, given, pool)
    roles = engines if isinstance(engines, Mapping) else {"writer": [engines]}
    summary = await generate(
        [wanted],
        roles,
        DatasetStore(folder.as_uri()),
        "run",
        folder / "journal.log",
        seed=seed,
        sampling=sampling or Sampling(max_tokens=64),
        aids=aids,
    )
    return Cooked(folder / "run", summary)


Reply = Callable[[dict[str, Any]], str | dict[str, Any]]
"""From a request's body to the completion's text, or to a whole choice (finish_reason, message)."""


POLL_S = 0.02


class _Server(ThreadingHTTPServer):
    """With a backlog for a whole window of new connections."""

    request_queue_size = 256


class ScriptedModel:
    """An OpenAI-compatible server that says what a test wrote; a context manager giving itself.

    `asked` holds the bodies in order of arrival. It serves the models 'm', 'm2' and 'm3'.
    """

    def __init__(self, reply: Reply) -> None:
        self.reply, self.asked = reply, list[dict[str, Any]]()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        model = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                data = [{"id": name} for name in ("m", "m2", "m3")]
                known = self.path.endswith("/models")
                self._send(200 if known else 404, {"data": data} if known else {})

            def do_POST(self) -> None:
                body = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
                model.asked.append(body)
                said = model.reply(body)
                raw = self.path.endswith("/chat/completions") is False
                self._send(200, _answer(body, said, raw=raw))

            def _send(self, status: int, content: object) -> None:
                payload = orjson.dumps(content)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, *arguments: object) -> None: ...

        return Handler

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(POLL_S,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _answer(body: dict[str, Any], said: str | dict[str, Any], *, raw: bool) -> dict[str, Any]:
    """A response in OpenAI's words."""
    if isinstance(said, str):
        content = {"text": said} if raw else {"message": {"role": "assistant", "content": said}}
        said = {"index": 0, "finish_reason": "stop", **content}
    return {
        "id": "x",
        "model": body["model"],
        "choices": [said],
        "usage": {"prompt_tokens": 9, "completion_tokens": 5},
    }


def last_text(body: dict[str, Any]) -> str:
    """The last message of a request, or its raw prompt."""
    text: str = body["messages"][-1]["content"] if "messages" in body else body["prompt"]
    return text
