"""Tasks as Label Studio 1.23 imports and exports them.

Ids travel in `data.item_id`, which it keeps. It numbers tasks and annotations itself, refuses
people whom it does not know, and takes an annotation that is silent about it as the ground truth;
so ours name no `id` and no `completed_by`, and say `ground_truth`. Its own exports hold predictions
as bare numbers, which it cannot import: predictions are never read here, and ours are empty.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.database.pool import Row
from services.review.interop import answering, consensus, items
from services.review.interop.label_studio_config import is_stars, shown_at
from services.review.interop.questions import Question, questions
from services.review.interop.shapes import Incoming, Json, Queue
from services.review.kinds import AnswerFault, ItemFault

_SIDES = {"left": "-1", "right": "1"}
"""What its Pairwise tag says, which knows no strength."""


class LabelStudio:
    """One JSON array of tasks."""

    media_type = "application/json"
    array = True
    item_at = "/data"
    answers_at = "/annotations"

    def read(self, raw: Any, queue: Queue) -> Incoming:
        """A task with its annotations; cancelled ones are skips, and no answers."""
        if not isinstance(raw, dict) or not isinstance(raw.get("data"), dict):
            raise ItemFault("/data", "a task of Label Studio has an object `data`")
        data = dict(raw["data"])
        item_id = data.pop("item_id", None) or _meta(raw).get("item_id") or raw.get("id")
        item = items.read(data, queue, within=self.item_at)
        answers = [
            read_results(annotation.get("result"), queue) for annotation in _annotations(raw)
        ]
        return Incoming(str(item_id or ""), item, _priority(raw), None, answers)

    def write(self, task: Row, queue: Queue) -> Iterator[Json]:
        """A task with the answers that count; an adjudicator's is the ground truth."""
        annotations = [_annotation(each, queue) for each in consensus.counted(task)]
        if task["adjudication"] is not None:
            annotations.append(_annotation(task["adjudication"], queue, truth=True))
        about = ("item_id", "task_id", "priority", "state")
        yield {
            "data": {"item_id": task["item_id"], **items.shown(task["item"], queue)},
            "meta": {name: task[name] for name in about},
            "annotations": annotations,
            "predictions": [],
        }


def results(answer: Json, queue: Queue) -> list[Json]:
    """An answer as the `result` of an annotation."""
    asked = {question.name: question for question in questions(queue)}
    return [
        {
            "id": f"{name}_1",
            "from_name": name,
            "to_name": shown_at(queue),
            "type": (kind := _type(asked[name])),
            "value": {_KEYS[kind]: _put(kind, value)},
        }
        for name, value in answering.values(answer, queue).items()
    ]


def read_results(result: object, queue: Queue) -> Json:
    """The answer that an annotation's `result` gives; raises AnswerFault."""
    if not isinstance(result, list):
        raise AnswerFault("/annotations", "an annotation has a list `result`")
    asked = {question.name: question for question in questions(queue)}
    said: Json = {}
    for region in result:
        kind = region.get("type") if isinstance(region, dict) else None
        value = region.get("value") if isinstance(region, dict) else None
        if not isinstance(value, dict) or kind not in _KEYS or _KEYS[kind] not in value:
            raise AnswerFault("/annotations", f"a result of type {kind!r:.40} cannot be read")
        name = "preference" if kind == "pairwise" else str(region.get("from_name"))
        said[name] = _get(kind, value[_KEYS[kind]], asked.get(name))
    return answering.answer(said, queue)


_KEYS = {
    "choices": "choices",
    "rating": "rating",
    "number": "number",
    "textarea": "text",
    "pairwise": "selected",
}
"""Under what name a value stands in a result of this type."""


def _type(question: Question) -> str:
    if question.form == "text":
        return "textarea"
    return "rating" if is_stars(question) else "choices"


def _put(kind: str, value: Any) -> Any:
    if kind == "rating" or isinstance(value, list):
        return value
    return [str(value)]


def _get(kind: str, value: Any, question: Question | None) -> Any:
    if kind == "pairwise":
        return _SIDES.get(value, value) if isinstance(value, str) else value
    if isinstance(value, list) and (question is None or question.form != "many"):
        parts = [each for each in value if isinstance(each, str)]
        return "\n\n".join(parts) if kind == "textarea" else next(iter(parts), "")
    return value


def _annotation(answer: Mapping[str, Any], queue: Queue, *, truth: bool = False) -> Json:
    return {
        "result": results(answer["answer"], queue),
        "ground_truth": truth,
        "was_cancelled": False,
        "lead_time": answer["active_ms"] / 1000,
        "created_at": answer["answered_at"],
        "reviewer": answer["reviewer"],
        "simulated": answer["simulated"],
    }


def _annotations(raw: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The annotations that are answers; where some are the ground truth and some not, the former.

    Where it keeps no details, its export has bare numbers in their place.
    """
    given = raw.get("annotations") or []
    if not isinstance(given, list):
        raise ItemFault("/annotations", "give a list of annotations, or leave it out")
    answers = [each for each in given if isinstance(each, dict) and not each.get("was_cancelled")]
    return [each for each in answers if each.get("ground_truth")] or answers


def _meta(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    meta = raw.get("meta")
    return meta if isinstance(meta, dict) else {}


def _priority(raw: Mapping[str, Any]) -> Any:
    return _meta(raw).get("priority", 0.0)
