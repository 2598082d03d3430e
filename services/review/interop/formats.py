"""The forms in which tasks come and go, by their names."""

from typing import Literal

from services.review.interop.argilla import Argilla
from services.review.interop.argilla_settings import dataset
from services.review.interop.jsonl import Jsonl
from services.review.interop.label_studio import LabelStudio
from services.review.interop.label_studio_config import label_config
from services.review.interop.shapes import Format, Json, Queue
from services.review.interop.trl import Trl
from services.review.kinds.delivered import Form

ImportName = Literal["jsonl", "label_studio", "argilla"]
ExportName = Literal["jsonl", "label_studio", "argilla", "trl"]
ToolName = Literal["label_studio", "argilla"]
IMPORTS: dict[ImportName, Format] = {
    "jsonl": Jsonl(),
    "label_studio": LabelStudio(),
    "argilla": Argilla(),
}


def export_format(name: ExportName, form: Form | None) -> Format:
    """The format of an export; `form` chooses among the rows of trl."""
    return Trl(form) if name == "trl" else IMPORTS[name]


def tool_settings(tool: ToolName, queue: Queue) -> Json:
    """How another tool has to be set up for the queue's tasks; raises InteropFault."""
    if tool == "argilla":
        return dataset(queue)
    return {"title": queue.name, "label_config": label_config(queue)}
