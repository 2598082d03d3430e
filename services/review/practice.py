"""A first training queue, so that a new platform has something to try the page on."""

from pathlib import Path

import orjson

from services.accounts.keys import Principal
from services.database.pool import Connection
from services.review.quality.gold import NewGold, add_gold
from services.review.quality.queue_repository import find_queue
from services.review.queue.queue_schemas import NewQueue
from services.review.queue.queues import make
from services.review.queue.queues_repository import of_tenant

CONTENT = Path(__file__).with_suffix(".json")


async def offer_practice(conn: Connection, tenant: str) -> None:
    """Make the queue of practice.json in a tenant, unless it has a queue."""
    if await of_tenant(conn, tenant):
        return
    content = orjson.loads(CONTENT.read_bytes())
    items = content.pop("items")
    platform = Principal("operator", tenant, "", False, "platform", frozenset({"admin"}))
    made = await make(conn, platform, NewQueue.model_validate(content))
    queue = await find_queue(conn, tenant, made["id"])
    for item in items:
        await add_gold(conn, platform.name, queue, _gold(item))


def _gold(item: dict[str, str]) -> NewGold:
    return NewGold(
        item={
            "prompt": [{"role": "user", "content": item["prompt"]}],
            "a": [{"role": "assistant", "content": item["a"]}],
            "b": [{"role": "assistant", "content": item["b"]}],
        },
        expected={"preference": item["preference"]},
        why=item["why"],
    )
