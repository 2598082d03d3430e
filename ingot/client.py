"""The Python client of a lab (and of programs that review): the REST API in a few methods."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
import orjson

from ingot.errors import IngotError, OrderError, StateError, StorageError, boundary
from ingot.orders import BatchState, OrderSpec

ENDED = frozenset({BatchState.DELIVERED, BatchState.FAILED})
_ATTEMPTS = 4
"""A repeated request is safe: reads change nothing, orders and answers carry their own key."""


class Client:
    """A connection to a platform with one API key."""

    def __init__(self, url: str, api_key: str, *, timeout_s: float = 60) -> None:
        headers = {"Authorization": f"Bearer {api_key}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout_s)
        self.url = url

    def place_order(self, spec: OrderSpec, *, idempotency_key: str = "") -> dict[str, Any]:
        """Place an order; the same key (by default: the same content) gives the same order."""
        key = idempotency_key or order_key(spec)
        body = spec.model_dump_json().encode()
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        return self._json("POST", "/v1/orders", content=body, headers=headers)

    def order(self, order_id: str) -> dict[str, Any]:
        """An order with its batches, their states, progress and figures."""
        return self._json("GET", f"/v1/orders/{quote(order_id)}")

    def resume(self, order_id: str) -> dict[str, Any]:
        """Have failed batches go on."""
        return self._json("POST", f"/v1/orders/{quote(order_id)}/resume")

    def watch(self, order_id: str, *, interval_s: float = 1.0) -> Iterator[dict[str, Any]]:
        """Yield the first batch again and again until it has ended and any proof is in."""
        while True:
            batch: dict[str, Any] = self.order(order_id)["batches"][0]
            yield batch
            if is_over(batch):
                return
            time.sleep(interval_s)

    def files(self, batch_id: str) -> list[dict[str, Any]]:
        """Names, sizes and hashes of a delivery."""
        listed: list[dict[str, Any]] = self._json("GET", f"/v1/batches/{batch_id}/files")["files"]
        return listed

    def pull(self, batch_id: str, folder: Path) -> Iterator[Path]:
        """Download a delivery file by file, checking each hash; yields what is there."""
        for entry in self.files(batch_id):
            target = (folder / entry["name"]).resolve()
            if not target.is_relative_to(folder.resolve()):
                raise StorageError(f"the delivery names a file outside its folder: {entry['name']}")
            with boundary(StorageError, f"{entry['name']} did not arrive, pull again"):
                path = f"/v1/batches/{batch_id}/files/{quote(entry['name'])}"
                self._download(path, target, entry)
            yield target

    def _download(self, path: str, target: Path, entry: dict[str, Any]) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary, digest = target.with_name(target.name + ".part"), hashlib.sha256()
        with self._http.stream("GET", path) as response, temporary.open("wb") as file:
            if response.status_code != 200:
                response.read()
                raise error_of(response)
            for chunk in response.iter_bytes():
                digest.update(chunk)
                file.write(chunk)
        if digest.hexdigest() != entry["sha256"]:
            temporary.unlink()
            raise StorageError(f"{entry['name']} arrived damaged: pull again")
        temporary.replace(target)

    def lease(self, count: int, queue_id: str = "") -> list[dict[str, Any]]:
        """Take up to five review tasks, of one queue or of all; empty where there are none."""
        path = f"/v1/queues/{quote(queue_id)}/leases" if queue_id else "/v1/leases"
        response = self._send("POST", path, json={"max": count})
        if response.status_code == 204:
            return []
        leased: list[dict[str, Any]] = orjson.loads(response.content)["assignments"]
        return leased

    def answer(
        self, assignment_id: str, answer: dict[str, Any], *, comment: str = "", active_ms: int = 0
    ) -> dict[str, Any]:
        """Answer a task by its kind, as it stands on the screen; again is the same answer."""
        body = {
            "answer": answer,
            "comment": comment,
            "client_event_id": f"answer:{assignment_id}"[:64],
            "active_ms": active_ms,
        }
        return self._json("PUT", f"{_of(assignment_id)}/answer", json=body)

    def release(self, assignment_id: str) -> None:
        """Give a task back unanswered."""
        self._send("POST", f"{_of(assignment_id)}/release")

    def skip(self, assignment_id: str, reason: str, note: str = "") -> None:
        """Leave a task to others for good: 'unsafe', 'unclear', 'expertise', 'broken', 'other'."""
        self._send("POST", f"{_of(assignment_id)}/skip", json={"reason": reason, "note": note})

    def _json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        response = self._send(method, path, **options)
        with boundary(IngotError, f"{self.url} is no Ingot platform, correct the address"):
            answer: dict[str, Any] = orjson.loads(response.content)
        return answer

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send, repeating what a lost connection may have swallowed."""
        problem: Exception | None = None
        for attempt in range(_ATTEMPTS):
            if attempt:
                time.sleep(0.1 * 2**attempt)
            try:
                response = self._http.request(method, path, **options)
            except httpx.TransportError as error:
                problem = error
                continue
            if response.is_success:
                return response
            raise error_of(response)
        raise IngotError(f"no platform answers at {self.url} ({problem}): start it with `ingot up`")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._http.close()


def _of(assignment_id: str) -> str:
    return f"/v1/assignments/{quote(assignment_id)}"


def order_key(spec: OrderSpec) -> str:
    """The idempotency key that an order's content gives it."""
    return "order-" + hashlib.sha256(spec.model_dump_json().encode()).hexdigest()[:40]


def is_over(batch: dict[str, Any]) -> bool:
    """Whether nothing more will happen to a batch by itself."""
    if batch["state"] == BatchState.DELIVERED:
        return "proof" in batch["summary"] or "proof_error" in batch["summary"]
    return batch["state"] in ENDED


def error_of(response: httpx.Response) -> IngotError:
    """Turn problem+json into our error; its `detail` is written for people."""
    try:
        problem = response.json()
        detail = str(problem.get("detail") or problem.get("title") or response.text)
        pointer = str((problem.get("errors") or [{}])[0].get("pointer", ""))
    except (ValueError, AttributeError):  # not from Ingot, but from something before it
        detail, pointer = response.text[:500], ""
    if response.status_code in (400, 413, 415, 422):
        return OrderError(detail, pointer.strip("#/").replace("/", "."))
    if response.status_code in (404, 409):
        return StateError(detail)
    return IngotError(f"{response.status_code} from {response.url.path}: {detail}")
