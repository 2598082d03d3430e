"""Between items and the named fields of other tools."""

from collections.abc import Mapping
from typing import Any

from services.review.interop.questions import fields
from services.review.interop.shapes import Json, Queue
from services.review.kinds import ItemFault


def shown(item: Mapping[str, Any], queue: Queue) -> Json:
    """All fields of an item, empty ones too: other tools want every field that they show."""
    empty: Mapping[str, Any] = {"chat": [], "text": ""}
    return {field.name: item.get(field.name) or empty[field.form] for field in fields(queue)}


def read(raw: object, queue: Queue, *, within: str) -> Json:
    """The item in a tool's fields; raises ItemFault that points `within`.

    Empty fields are left out where an item need not have them. A plain text where turns are wanted
    is one turn: the user's in a prompt, else the assistant's.
    """
    if not isinstance(raw, dict):
        raise ItemFault(within, "this is no JSON object: give one with the fields of the item")
    known = fields(queue)
    strange = set(raw) - {field.name for field in known}
    if strange:
        names = ", ".join(field.name for field in known)
        raise ItemFault(within, f"unknown field {min(strange)[:80]!r}: name them {names}")
    optional = {field.name for field in known if not field.always}
    chats = {field.name for field in known if field.form == "chat"}
    return {
        name: _turns(name, value) if name in chats else value
        for name, value in raw.items()
        if value not in ("", [], None) or name not in optional
    }


def _turns(name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    return [{"role": "user" if name == "prompt" else "assistant", "content": value}]
