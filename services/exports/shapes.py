"""An item of any product as conversations: what all formats are written from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Turn = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """A prompt with what follows it. Turns are {role, content}."""

    item_id: str
    prompt: list[Turn]
    good: list[Turn]
    """Chosen, completion or reference; empty where the item has none."""
    bad: list[Turn]
    """Rejected; empty but for preferences."""
    content: Mapping[str, Any]
    """The item as it is kept."""


def shape(item_id: str, content: Mapping[str, Any]) -> Shape:
    """Read an item's content: its texts may be texts, or lists of turns."""
    prompt, good = content.get("prompt", ""), ""
    for name in ("chosen", "completion", "reference"):
        good = good or content.get(name) or ""
    if messages := content.get("messages"):
        prompt, good = messages[:-1], messages[-1:]
    return Shape(
        item_id,
        _turns(prompt, "user"),
        _turns(good, "assistant"),
        _turns(content.get("rejected") or "", "assistant"),
        content,
    )


def text(turns: list[Turn]) -> str:
    """The content of turns, as one text."""
    return "\n".join(str(turn.get("content") or "") for turn in turns)


def _turns(value: Any, role: str) -> list[Turn]:
    if isinstance(value, list):
        return [dict(turn) for turn in value]
    return [{"role": role, "content": str(value)}] if value else []
