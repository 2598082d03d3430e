"""Requests a second of the service over those of bare FastAPI and SQLAlchemy, taking turns."""

import asyncio
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson

from benchmarks.buying import stage
from benchmarks.buying.load import Ask, Client

ROUNDS, ROUND_S, WARM_UP_S = 7, 2.0, 1.0
ORDER = {"name": "bench", "quantity": 100, "source": {"recipe": "write_instructions"}}


def measure() -> dict[str, Any]:
    """`rps_*` of the service, `bare_*`, and of their ratios the smallest, `rps_ratio`."""
    figures: dict[str, Any] = {}
    with _asks() as asks, _client() as client:
        for pair in asks.values():
            for ask in pair:
                client.per_second(ask, WARM_UP_S)
        for name, (ours, bare) in asks.items():
            rounds = [
                (client.per_second(ours, ROUND_S), client.per_second(bare, ROUND_S))
                for _ in range(ROUNDS)
            ]
            figures[f"rps_{name}"] = round(statistics.median(a for a, _ in rounds))
            figures[f"bare_{name}"] = round(statistics.median(b for _, b in rounds))
            ratios = sorted(a / b for a, b in rounds)
            figures[f"ratio_{name}"] = round(statistics.median(ratios), 3)
            figures[f"ratio_{name}_range"] = [round(ratios[0], 3), round(ratios[-1], 3)]
    smallest = min(figures[f"ratio_{name}"] for name in asks)
    return {"rps_ratio": smallest, **figures, "rest_rounds": ROUNDS}


@contextmanager
def _asks() -> Iterator[dict[str, tuple[Ask, Ask]]]:
    with stage.database() as url:
        key, batch = asyncio.run(stage.key(url)), asyncio.run(stage.add_batch(url))
        with stage.serve(url) as (ours, _), stage.serve_bare(url) as (bare, _):
            yield asks(key, batch, ours, bare)


def asks(key: str, batch: str, ours: int, bare: int) -> dict[str, tuple[Ask, Ask]]:
    """The same three requests to the service's port and to the bare endpoints'."""
    known, json = f"Authorization: Bearer {key}\r\n", "Content-Type: application/json\r\n"
    once, order = "Idempotency-Key: {unique}\r\n", orjson.dumps(ORDER)
    items = f"/batches/{batch}/items?limit=50"
    return {
        "create_order": (
            Ask(ours, "POST", "/v1/orders", known + json + once, order),
            Ask(bare, "POST", "/orders", json, order),
        ),
        "get_batch": (
            Ask(ours, "GET", f"/v1/batches/{batch}", known),
            Ask(bare, "GET", f"/batches/{batch}"),
        ),
        "list_items": (Ask(ours, "GET", f"/v1{items}", known), Ask(bare, "GET", items)),
    }


@contextmanager
def _client() -> Iterator[Client]:
    client = Client()
    try:
        yield client
    finally:
        client.close()
