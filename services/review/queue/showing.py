"""An assignment as its reviewer sees it: sides as drawn for them, no sign of why it is asked."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from services.database.pool import Row
from services.review.kinds import KINDS, Rubric
from services.review.kinds.rendering import with_html


@dataclass(frozen=True, slots=True)
class Rules:
    """A rubric with its presets filled in."""

    rubric: Rubric
    dumped: dict[str, Any]


@lru_cache(maxsize=512)
def rules(kind: str, rubric: str) -> Rules:
    """Read the rubric of a guideline; it never changes, so it is read once."""
    read = KINDS[kind].read_rubric(orjson.loads(rubric))
    return Rules(read, read.model_dump(mode="json"))


def shown(row: Row, *, html: bool = False) -> dict[str, Any]:
    """The object that the page gets."""
    kind = KINDS[row["kind"]]
    item = {name: row["payload"][name] for name in kind.Item.model_fields if name in row["payload"]}
    instructions = item.pop("instructions", "")
    item = kind.shown(item, row["presented"])
    written = {"client_seq": row.get("client_seq"), "body": row.get("draft")}
    answer = row.get("answer")
    return {
        "id": row["id"],
        "task_id": row["task_id"],
        "queue": {
            "id": row["queue_id"],
            "name": row["queue_name"],
            "kind": row["kind"],
            "purpose": row["purpose"],
        },
        "state": row["state"],
        "expires_at": row["expires_at"],
        "guideline": {"n": row["guideline_n"]},
        "item": with_html(item) if html else item,
        "rubric": rules(row["kind"], row["rubric"]).dumped,
        "instructions": instructions,
        "draft": written if row.get("client_seq") is not None else None,
        "answer": answer and kind.on_screen(answer, row["payload"], row["presented"]),
    }
