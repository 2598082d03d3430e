"""The labelling interface of Label Studio for a queue."""

import re
from collections.abc import Callable, Mapping
from xml.etree import ElementTree as ET

from services.review.interop.questions import Question, ShownField, fields, questions
from services.review.interop.shapes import Queue

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def label_config(queue: Queue) -> str:
    """Its XML; raises InteropFault for a kind that it cannot show."""
    view = ET.Element("View")
    sides = [field for field in fields(queue) if field.name in ("a", "b")]
    for field in fields(queue):
        if field not in sides:
            _show(view, field)
    if sides:
        row = ET.SubElement(view, "View", style="display: flex; gap: 2em")
        for field in sides:
            _show(ET.SubElement(row, "View", style="flex: 1 1 0"), field)
    for question in questions(queue):
        _ask(view, question, shown_at(queue))
    ET.indent(view)
    return ET.tostring(view, encoding="unicode")


def shown_at(queue: Queue) -> str:
    """The name of the object that all controls belong to."""
    return "brief" if queue.kind.name == "write" else "prompt"


def is_stars(question: Question) -> bool:
    """Whether a score is given in stars, which count from 1."""
    return question.form == "score" and question.options[0].value == "1"


def _show(view: ET.Element, field: ShownField) -> None:
    _add(view, "Header", value=field.title)
    if field.form == "text":
        _add(view, "Text", name=field.name, value=f"${field.name}")
        return
    _add(
        view,
        "Paragraphs",
        name=field.name,
        value=f"${field.name}",
        layout="dialogue",
        nameKey="role",
        textKey="content",
    )


def _ask(view: ET.Element, question: Question, to_name: str) -> None:
    # A header that begins with $ would be taken for the name of a field.
    _add(view, "Header", value=question.title.lstrip("$ ") or question.name)
    required = {"required": "true"} if question.required else {}
    names = {"name": question.name, "toName": to_name, **required}
    if is_stars(question):
        _add(view, "Rating", maxRating=question.options[-1].value, **names)
    else:
        _CONTROLS[question.form](view, question, names)


def _choices(view: ET.Element, question: Question, names: Mapping[str, str]) -> None:
    how = "multiple" if question.form == "many" else "single"
    choices = _add(view, "Choices", choice=how, showInline="true", **names)
    for option in question.options:
        _add(choices, "Choice", value=option.text, alias=option.value)


def _textarea(view: ET.Element, question: Question, names: Mapping[str, str]) -> None:
    _add(view, "TextArea", rows="8", editable="true", maxSubmissions="1", **names)


_CONTROLS: Mapping[str, Callable[[ET.Element, Question, Mapping[str, str]], None]] = {
    "one": _choices,
    "many": _choices,
    "score": _choices,
    "text": _textarea,
}


def _add(parent: ET.Element, tag: str, **attributes: str) -> ET.Element:
    clean = {
        name: _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text) for name, text in attributes.items()
    }
    return ET.SubElement(parent, tag, clean)
