"""The recipes for what a lab brings: prompts, or prompts with completions, from JSONL or Parquet.

Every row is checked before anything is made of it; a fault names row, column and remedy.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from ingot.errors import OrderError
from ingot.orders import Columns
from ingot.records import Completion, Instruction, Message, Provenance

MAX_TEXT_CHARS = 1_000_000
_MARKED_ANSWER = re.compile(r"^(?:####|A:|Answer:)\s*(.+?)\s*$", re.MULTILINE)
"""How worked solutions mark their answer: GSM8K's '#### 42', or a line 'A: 42'."""


@dataclass(slots=True)
class Brought:
    """What a file held."""

    instructions: list[Instruction] = field(default_factory=list)
    completions: list[Completion] = field(default_factory=list)
    known_right: dict[str, bool] = field(default_factory=dict)
    """Completion id -> the lab's own knowledge, for the report only."""


def bring(
    rows: list[dict[str, object]],
    columns: Columns,
    *,
    verifier: str,
    with_completions: bool,
    quantity: int,
    provenance: Provenance,
) -> Brought:
    """Turn at most `quantity` rows into records; rows of one prompt become one instruction."""
    brought, seen = Brought(), set[str]()
    for number, row in enumerate(rows[:quantity], start=1):
        instruction = _instruction(row, columns, verifier, number, provenance)
        if instruction.id in seen:
            continue
        seen.add(instruction.id)
        brought.instructions.append(instruction)
        if with_completions:
            _add_completions(brought, row, columns, instruction, number)
    return brought


def _instruction(
    row: dict[str, object], columns: Columns, verifier: str, number: int, provenance: Provenance
) -> Instruction:
    reference = _field(row, columns.reference)
    known = _canonical_reference(reference) if isinstance(reference, str | int | float) else ""
    return Instruction(
        messages=_messages(_field(row, columns.prompt), "user", columns.prompt, number),
        verifier=verifier if known else "",
        reference=known if verifier else "",
        provenance=provenance,
    )


def _add_completions(
    brought: Brought,
    row: dict[str, object],
    columns: Columns,
    instruction: Instruction,
    number: int,
) -> None:
    known = [_field(row, name) for name in columns.correct]
    for sample, (name, text) in enumerate(_completion_texts(row, columns, number)):
        completion = Completion(
            instruction_id=instruction.id,
            messages=_messages(text, "assistant", name, number),
            sample=sample,
            finish_reason="stop",
            provenance=Provenance(
                order_id=instruction.provenance.order_id,
                batch_id=instruction.provenance.batch_id,
                recipe="completions",
                model=name.split(".")[0],
                parents=(instruction.id,),
            ),
        )
        brought.completions.append(completion)
        if sample < len(known):
            brought.known_right[completion.id] = bool(known[sample])


def _completion_texts(
    row: dict[str, object], columns: Columns, number: int
) -> Iterator[tuple[str, object]]:
    """(column, completion) of one row, from one list column or several text columns."""
    for name in columns.completions:
        value = _field(row, name)
        if isinstance(value, list):
            yield from ((name, entry) for entry in value)
        elif value is None:
            raise OrderError(
                f"row {number} has no column '{name}': correct source.columns.completions",
                "source.columns.completions",
            )
        else:
            yield name, value


def _messages(value: object, role: str, column: str, number: int) -> tuple[Message, ...]:
    """A text as one turn, or a list of messages as it is."""
    if isinstance(value, str) and value.strip():
        if len(value) > MAX_TEXT_CHARS:
            raise OrderError(f"row {number}: '{column}' is longer than {MAX_TEXT_CHARS} characters")
        return (Message.model_validate({"role": role, "content": value}),)
    if isinstance(value, list) and value:
        try:
            return tuple(Message.model_validate(entry) for entry in value)
        except ValidationError as error:
            raise OrderError(f"row {number}: '{column}' holds a broken message: {error}") from error
    raise OrderError(
        f"row {number} has no text in column '{column}' (got {type(value).__name__}): "
        "correct source.columns or the row"
    )


def _field(row: dict[str, object], dotted: str) -> object:
    """Reach into nested columns: 'a.b' is row['a']['b']; None where a step is missing."""
    if dotted in row:
        return row[dotted]
    value: Any = row
    for part in dotted.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _canonical_reference(value: str | int | float) -> str:
    """The marked answer where a worked solution is given, else the text."""
    text = str(value).strip()
    marked = _MARKED_ANSWER.findall(text)
    return marked[-1] if marked else text
