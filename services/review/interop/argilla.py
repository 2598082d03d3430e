"""Records as the REST of Argilla 2.8 takes and gives them (`records/bulk`, `records`).

Ids travel as `external_id`. A record names nobody who answered: Argilla takes responses only of
users it knows, by its own ids, so ours stand in `responses` with the reviewer beside `values`.
Its chat fields hold roles and texts only and no empty text; an item that has more travels whole in
`metadata.item`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from services.database.pool import Row
from services.review.interop import answering, consensus, items
from services.review.interop.argilla_settings import rated
from services.review.interop.questions import fields, questions
from services.review.interop.shapes import Incoming, Json, Queue
from services.review.kinds import AnswerFault, ItemFault


class Argilla:
    """One JSON array of records."""

    media_type = "application/json"
    array = True
    item_at = "/fields"
    answers_at = "/responses"

    def read(self, raw: Any, queue: Queue) -> Incoming:
        """A record with its submitted responses."""
        if not isinstance(raw, dict) or not isinstance(raw.get("fields"), dict):
            raise ItemFault("/fields", "a record of Argilla has an object `fields`")
        metadata = raw.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        answers = [read_values(response.get("values"), queue) for response in _responses(raw)]
        item_id = raw.get("external_id") or raw.get("id") or ""
        priority = metadata.get("priority", 0.0)
        return Incoming(
            str(item_id), _item(raw["fields"], metadata, queue), priority, None, answers
        )

    def write(self, task: Row, queue: Queue) -> Iterator[Json]:
        """A record with the answers that count, or the adjudicator's."""
        decided = task["adjudication"]
        said = [decided] if decided is not None else consensus.counted(task)
        shown, whole = _fields(task["item"], queue)
        about = {name: task[name] for name in ("task_id", "priority", "state")}
        yield {
            "external_id": task["item_id"],
            "fields": shown,
            "metadata": about if whole else {**about, "item": orjson.dumps(task["item"]).decode()},
            "responses": [_response(each, queue) for each in said],
        }


def values(answer: Json, queue: Queue) -> Json:
    """An answer as the `values` of a response."""
    as_text = {each.name for each in questions(queue) if each.form == "score" and not rated(each)}
    return {
        name: {"value": str(value) if name in as_text else value}
        for name, value in answering.values(answer, queue).items()
    }


def read_values(raw: object, queue: Queue) -> Json:
    """The answer that a response's `values` give; raises AnswerFault."""
    if not isinstance(raw, dict) or not all(isinstance(each, dict) for each in raw.values()):
        raise AnswerFault("/responses", "a response has `values`, each an object with `value`")
    return answering.answer({name: each.get("value") for name, each in raw.items()}, queue)


def _item(given: Json, metadata: Mapping[str, Any], queue: Queue) -> Any:
    whole = metadata.get("item")
    if not isinstance(whole, str):
        return items.read(given, queue, within="/fields")
    try:
        return orjson.loads(whole)
    except orjson.JSONDecodeError as error:
        raise ItemFault("/metadata/item", f"this is not JSON: {error}; leave it out") from error


def _fields(item: Mapping[str, Any], queue: Queue) -> tuple[Json, bool]:
    """The fields of an item that it has, and whether they hold all of it."""
    shown: Json = {}
    whole = True
    for field in fields(queue):
        value = item.get(field.name)
        if value and field.form == "chat":
            shown[field.name] = [_turn(turn) for turn in value]
            whole = whole and shown[field.name] == value
        elif value or field.always:
            shown[field.name] = value
    return shown, whole


def _turn(turn: Mapping[str, Any]) -> Json:
    """A turn as a chat field holds it: calls of tools are told as text."""
    calls = turn.get("tool_calls")
    content = turn["content"] or (orjson.dumps(calls).decode() if calls else "(empty)")
    return {"role": turn["role"], "content": content}


def _response(answer: Mapping[str, Any], queue: Queue) -> Json:
    return {
        "values": values(answer["answer"], queue),
        "status": "submitted",
        "reviewer": answer["reviewer"],
        "simulated": answer["simulated"],
    }


def _responses(raw: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The responses that are answers: drafts and discarded ones are none."""
    given = raw.get("responses") or []
    if not isinstance(given, list):
        raise ItemFault("/responses", "give a list of responses, or leave it out")
    return [each for each in given if isinstance(each, dict) and each.get("status") == "submitted"]
