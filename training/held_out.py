"""The evaluation prompts of an order: the ones that ship with Ingot, or the lab's own."""

from typing import Any

from ingot.datasets import read_rows
from ingot.errors import OrderError
from ingot.records import Evaluation, Message
from ingot.settings import HELD_OUT


def read_evaluations(name: str, options: dict[str, object] | None = None) -> list[Evaluation]:
    """Read 'held_out', or a JSONL or Parquet file of `prompt` and `reference`.

    A prompt is a text or a list of messages; `family` or `domain` labels it. A prompt that comes
    twice is read once.
    """
    uri = str(HELD_OUT) if name == "held_out" else name
    rows = read_rows(uri, options)
    read = [_parse_row(row, f"{uri} row {number}") for number, row in enumerate(rows, start=1)]
    if not read:
        raise OrderError(f"{uri} holds no evaluation prompt", "training.held_out")
    return list({item.id: item for item in read}.values())


def _parse_row(row: dict[str, Any], where: str) -> Evaluation:
    prompt, reference = row.get("prompt"), row.get("reference")
    if not prompt or not isinstance(reference, str) or not reference:
        raise OrderError(f"{where} needs a prompt and a reference", "training.held_out")
    turns = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
    return Evaluation(
        prompt=tuple(Message.model_validate(turn) for turn in turns),
        reference=reference,
        domain=str(row.get("domain") or row.get("family") or ""),
    )
