"""A lab that rehearses: orders under contract, brought over REST into any state."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

REQUEST: dict[str, Any] = {
    "spec": {"name": "rehearsed", "quantity": 6, "source": {"recipe": "write_instructions"}},
    "schedule": {
        "batches": 2,
        "cadence_days": 7,
        "first_due_days": 7,
        "calibration_items": 4,
    },
    "terms": {"reuse": "exclusive", "min_alpha": 0.5, "pause_days": 7},
}
CREDENTIAL = {"name": "ours", "endpoint": "https://lab.example.org/v1", "api_key": "sk-secret"}
GUIDELINE = {"body": "# Prefer what is right", "change_note": "first", "change": "breaking"}


def wanted(**terms: Any) -> dict[str, Any]:
    """The usual request with some terms changed."""
    return REQUEST | {"terms": REQUEST["terms"] | terms}


class Rehearsal:
    """Acts of a lab; `ask` sends a request that goes well and gives what it answers."""

    def __init__(self, ask: Callable[..., Any]) -> None:
        self._ask = ask

    def get(self, path: str) -> Any:
        """What stands there."""
        return self._ask("GET", f"/v1{path}")

    def post(self, path: str, body: Any = None) -> Any:
        """An act, under a key of its own."""
        headers = {"Idempotency-Key": uuid4().hex}
        return self._ask("POST", f"/v1{path}", json=body, headers=headers)

    def advance(self, days: float) -> list[dict[str, Any]]:
        """Move the clock."""
        done: list[dict[str, Any]] = self.post("/test/clock/advance", {"days": days})["done"]
        return done

    def credential(self) -> str:
        """A key of an endpoint of the lab's own."""
        return str(self.post("/credentials", CREDENTIAL)["id"])

    def quote(self, request: dict[str, Any] | None = None) -> str:
        """A quote that can be accepted."""
        return str(self.post("/quotes", request or REQUEST)["id"])

    def placed(
        self, request: dict[str, Any] | None = None, scenario: dict[str, Any] | None = None
    ) -> str:
        """An order that was just placed."""
        order = str(self.post(f"/quotes/{self.quote(request)}/accept")["order_id"])
        if scenario is not None:
            self._ask("PUT", f"/v1/test/orders/{order}/scenario", json=scenario)
        return order

    def reviewed(self, *given: Any) -> str:
        """An order with a first version of its guidelines."""
        order = self.placed(*given)
        self.post(f"/orders/{order}/guidelines", GUIDELINE)
        return order

    def calibrating(self, *given: Any) -> str:
        """An order whose calibration batch is there."""
        order = self.reviewed(*given)
        self.post(f"/orders/{order}/guidelines/versions/1/approve")
        self.advance(7)
        return order

    def active(self, *given: Any) -> str:
        """An order in production."""
        order = self.calibrating(*given)
        self.post(f"/batches/{self.batches(order)[0]['id']}/accept")
        return order

    def delivered(self, *given: Any) -> str:
        """A batch of production that the lab has to decide on."""
        order = self.active(*given)
        self.advance(7)
        return str(self.batches(order)[1]["id"])

    def with_delivery(self) -> str:
        """An order of which a batch is delivered."""
        return str(self.get(f"/batches/{self.delivered()}")["order_id"])

    def file(self) -> str:
        """A file that was sent in."""
        headers = {"Content-Type": "application/x-ndjson"}
        body = f'{{"prompt": "{uuid4()}"}}'.encode()
        return str(self._ask("POST", "/v1/files", content=body, headers=headers)["id"])

    def export(self) -> str:
        """An export that was asked for."""
        return str(self.post("/exports", {"order_id": self.with_delivery()})["id"])

    def invoiced(self, *given: Any) -> str:
        """An open invoice."""
        batch = self.delivered(*given)
        order = self.post(f"/batches/{batch}/accept")["order_id"]
        return str(self.get(f"/invoices?order_id={order}")["data"][0]["id"])

    def batches(self, order: str) -> list[dict[str, Any]]:
        """The batches of an order, in their order."""
        found: list[dict[str, Any]] = self.get(f"/orders/{order}/contract")["batches"]
        return found

    def state(self, order: str) -> str:
        """Where an order stands."""
        return str(self.get(f"/orders/{order}/contract")["state"])


@dataclass(frozen=True, slots=True)
class Lab:
    """A lab's client, and what it does with it."""

    http: httpx.Client
    rehearsal: Rehearsal

    def ask(self, method: str, path: str, **fields: Any) -> httpx.Response:
        """Any request, whatever comes of it."""
        return self.http.request(method, path, **fields)


def lab_at(url: str, key: str) -> Lab:
    """A lab with a key."""
    headers = {"Authorization": f"Bearer {key}"}
    http = httpx.Client(base_url=url, headers=headers, timeout=60, verify=False)

    def ask(method: str, path: str, **fields: Any) -> Any:
        response = http.request(method, path, **fields)
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return response.json()

    return Lab(http, Rehearsal(ask))
