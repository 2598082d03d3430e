"""The settings of an Argilla dataset for a queue, as its REST takes them."""

from services.review.interop.questions import Question, fields, questions
from services.review.interop.shapes import Json, Queue

_STARS = range(11)
"""The scores that a rating of Argilla may have."""


def dataset(queue: Queue) -> Json:
    """The dataset, its fields and its questions; raises InteropFault."""
    return {
        "dataset": {
            "name": queue.name,
            "guidelines": queue.body or None,
            "allow_extra_metadata": True,
            "distribution": {"strategy": "overlap", "min_submitted": queue.overlap},
        },
        "fields": [
            {
                "name": field.name,
                "title": field.title,
                "required": field.always,
                "settings": {"type": field.form, "use_markdown": field.form == "chat"},
            }
            for field in fields(queue)
        ],
        "questions": [_question(question) for question in questions(queue)],
    }


def _question(question: Question) -> Json:
    return {
        "name": question.name,
        "title": question.title[:500],
        "required": question.required,
        "settings": _settings(question),
    }


def _settings(question: Question) -> Json:
    if question.form == "text":
        return {"type": "text", "use_markdown": False}
    if rated(question):
        options = [{"value": int(option.value)} for option in question.options]
        return {"type": "rating", "options": options}
    kind = "multi_label_selection" if question.form == "many" else "label_selection"
    texts = [{"value": each.value, "text": each.text[:500]} for each in question.options]
    return {"type": kind, "options": texts}


def rated(question: Question) -> bool:
    """Whether a score is asked as a rating, whose values are numbers and no texts."""
    return question.form == "score" and all(int(each.value) in _STARS for each in question.options)
