"""The forms in which items leave: what trainers and annotation tools read.

TRL: https://huggingface.co/docs/trl/dataset_formats (conversational). OpenAI: fine-tuning guides,
supervised and preference. HelpSteer: the columns of nvidia/HelpSteer3. Label Studio: basic JSON
tasks. Argilla: records with fields and metadata.
"""

from collections.abc import Callable
from typing import Any, Literal, get_args

import orjson

from services.exports.shapes import Shape, text

Format = Literal[
    "jsonl", "trl_dpo", "trl_sft", "openai", "helpsteer", "parquet", "labelstudio", "argilla"
]
FORMATS: tuple[Format, ...] = get_args(Format)
Row = dict[str, Any]


def check(form: Format, kind: str) -> str:
    """Why a product cannot be written in a format; '' where it can."""
    if form in ("trl_dpo", "helpsteer") and kind != "preference":
        return f"format {form} holds preferences, and this order is of kind {kind}: use trl_sft"
    if form in ("trl_sft", "openai") and kind == "evaluation":
        return f"format {form} is for training, and evaluations are kept out of that: use jsonl"
    return ""


def row(form: Format, item: Shape) -> Row:
    """An item in a format."""
    return _ROWS[form](item)


def _plain(item: Shape) -> Row:
    return {"item_id": item.item_id, **item.content}


def _trl_dpo(item: Shape) -> Row:
    return {"prompt": item.prompt, "chosen": item.good, "rejected": item.bad}


def _trl_sft(item: Shape) -> Row:
    return {"messages": [*item.prompt, *item.good]}


def _openai(item: Shape) -> Row:
    if not item.bad:
        return {"messages": [*item.prompt, *item.good]}
    return {
        "input": {"messages": item.prompt, "tools": [], "parallel_tool_calls": True},
        "preferred_output": item.good,
        "non_preferred_output": item.bad,
    }


def _helpsteer(item: Shape) -> Row:
    margin = abs(float(item.content.get("margin") or 0))
    return {
        "domain": item.content.get("domain") or "general",
        "language": item.content.get("language") or "english",
        "context": item.prompt,
        "response1": text(item.good),
        "response2": text(item.bad),
        "overall_preference": -max(1, min(3, round(margin * 3))),
    }


def _columns(item: Shape) -> Row:
    return {
        "item_id": item.item_id,
        "prompt": _pairs(item.prompt),
        "completion": _pairs(item.good),
        "rejected": _pairs(item.bad),
        "content": orjson.dumps(dict(item.content)).decode(),
    }


def _pairs(turns: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [
        {"role": str(turn.get("role", "")), "content": str(turn.get("content") or "")}
        for turn in turns
    ]


def _label_studio(item: Shape) -> Row:
    texts = {"prompt": text(item.prompt), "completion": text(item.good), "rejected": text(item.bad)}
    return {"data": {"item_id": item.item_id, **texts}}


def _argilla(item: Shape) -> Row:
    fields = {"prompt": item.prompt, "completion": text(item.good)}
    if item.bad:
        fields["rejected"] = text(item.bad)
    return {"id": item.item_id, "fields": fields, "metadata": {}}


_ROWS: dict[Format, Callable[[Shape], Row]] = {
    "jsonl": _plain,
    "trl_dpo": _trl_dpo,
    "trl_sft": _trl_sft,
    "openai": _openai,
    "helpsteer": _helpsteer,
    "parquet": _columns,
    "labelstudio": _label_studio,
    "argilla": _argilla,
}
