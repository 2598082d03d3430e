"""Rows of any file as the items that a kind of judge takes; rows that cannot be read, with why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from ingot.orders import order_error
from ingot.records import Completion, Instruction, Message, Pair, Trajectory, content_id
from judging.judges.base import Answered
from judging.judges.groups import Listed
from services.cli.judged_texts import (
    Turns,
    read_run,
    read_turns,
    shared_start,
    split_answer,
    without_prompt,
)
from services.cli.rows import Row, cell, column

T = TypeVar("T")
_PLAIN = (str, int, float)
_TEXT_KEYS = ("text", "content", "response", "messages")
"""Where an object in a list of answers may hold its text."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what; `a.b` reaches into nested ones."""

    prompt: str = "prompt"
    completion: str = "completion"
    completions: str = "completions"
    a: str = ""
    """'' for `chosen` where the file has it, else `a`."""
    b: str = ""
    """'' for `rejected`, else `b`."""
    messages: str = "messages"
    reference: str = ""
    """'' for `reference` where the file has it."""
    domain: str = "domain"


@dataclass(slots=True)
class Items(Generic[T]):
    """What a file holds: every row is in `rows` or in `bad`."""

    items: list[T] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    """The row of each item."""
    bad: list[Row] = field(default_factory=list)
    """Rows that are no item: {row (from 1), reason, content}."""


def read_items(rows: Sequence[Row], read: Callable[[Row], T]) -> Items[T]:
    """Each row as an item, or among the bad ones with the reason."""
    found: Items[T] = Items()
    for number, row in enumerate(rows, start=1):
        try:
            item = read(row)
        except ValidationError as error:
            found.bad.append({"row": number, "reason": str(order_error(error)), "content": row})
        except (ValueError, TypeError) as error:
            found.bad.append({"row": number, "reason": str(error), "content": row})
        else:
            found.items.append(item)
            found.rows.append(row)
    return found


def answer_reader(rows: Sequence[Row], columns: Columns) -> Callable[[Row], Answered]:
    """Reads single answers: prompt and completion, or a conversation that ends with the answer."""
    reference = _reference(rows, columns)
    name = columns.completion
    if not _has(rows, name) and _has(rows, columns.messages):
        name = columns.messages
    _require_prompt(rows, columns, column(rows, name, "--completion-column"))

    def read(row: Row) -> Answered:
        own = columns.messages if cell(row, name) is None and columns.messages in row else name
        answer = read_turns(cell(row, own), own, "assistant")
        if cell(row, columns.prompt) is None and len(answer) > 1:
            prompt, answer = split_answer(answer, own)
        else:
            prompt = _prompt(row, columns)
            answer = without_prompt(answer, prompt)
        known = reference(row)
        item = content_id("ans", [_plain(prompt), _plain(answer), known])
        return Answered(item, prompt, answer, known)

    return read


def pair_reader(rows: Sequence[Row], columns: Columns) -> Callable[[Row], tuple[Pair, str]]:
    """Reads (pair, reference): chosen and rejected, a and b, or two completions."""
    reference = _reference(rows, columns)
    names = pair_columns(rows, columns)
    _require_prompt(rows, columns, column(rows, names[0] if names else columns.completions))

    def read(row: Row) -> tuple[Pair, str]:
        if names is None:
            both = _listed(row, columns)
            if len(both) != 2:
                raise ValueError(f"{columns.completions} holds {len(both)} answers, not two")
        else:
            both = [read_turns(cell(row, name), name, "assistant") for name in names]
        if cell(row, columns.prompt) is None and max(map(len, both)) > 1:
            prompt = shared_start(both[0], both[1])
            if not prompt:
                raise ValueError(f"{columns.prompt} is missing, and the answers share no request")
        else:
            prompt = _prompt(row, columns)
        known, answers = reference(row), [without_prompt(each, prompt) for each in both]
        return _pair(prompt, answers, known, _domain(row, columns)), known

    return read


def list_reader(rows: Sequence[Row], columns: Columns) -> Callable[[Row], Listed]:
    """Reads lists of completions."""
    reference = _reference(rows, columns)
    column(rows, columns.completions, "--completions-column")
    column(rows, columns.prompt, "--prompt-column")

    def read(row: Row) -> Listed:
        prompt = _prompt(row, columns)
        texts = tuple(without_prompt(each, prompt)[-1].content for each in _listed(row, columns))
        if len(texts) < 2:
            raise ValueError(f"{columns.completions} holds {len(texts)} answers; two at least")
        known, name = reference(row), content_id("lst", [_plain(prompt), texts, reference(row)])
        return Listed(name, prompt, texts, (), known, _domain(row, columns))

    return read


def run_reader(rows: Sequence[Row], columns: Columns) -> Callable[[Row], Trajectory]:
    """Reads agents' runs: a column of turns with their tool calls."""
    column(rows, columns.messages, "--messages-column")

    def read(row: Row) -> Trajectory:
        tools, environment = cell(row, "tools"), cell(row, "environment")
        return Trajectory(
            messages=read_run(cell(row, columns.messages), columns.messages),
            tools=tools if isinstance(tools, str) else "[]",
            environment=environment if isinstance(environment, str) else "",
            success=bool(cell(row, "success")),
        )

    return read


def pair_columns(rows: Sequence[Row], columns: Columns) -> tuple[str, str] | None:
    """The columns of both answers; None where they are the two completions of one column.

    Raises OrderError where there is no pair.
    """
    preferred = _has(rows, "chosen") and _has(rows, "rejected")
    first = columns.a or ("chosen" if preferred else "a")
    second = columns.b or ("rejected" if preferred else "b")
    if (
        not columns.a
        and not columns.b
        and not _has(rows, first)
        and _has(rows, columns.completions)
    ):
        return None
    column(rows, first, "--a-column")
    column(rows, second, "--b-column")
    return first, second


def _pair(prompt: Turns, answers: Sequence[Turns], reference: str, domain: str) -> Pair:
    instruction = Instruction(messages=prompt, reference=reference)
    first, second = (
        Completion(instruction_id=instruction.id, messages=answer, sample=place)
        for place, answer in enumerate(answers)
    )
    return Pair(
        instruction_id=instruction.id,
        a_id=first.id,
        b_id=second.id,
        prompt=prompt,
        a=first.messages,
        b=second.messages,
        domain=domain,
    )


def _require_prompt(rows: Sequence[Row], columns: Columns, answers: Sequence[Any]) -> None:
    """Raise an OrderError where there is no prompt, and the answers are no conversations either."""
    if all(value is None or isinstance(value, str) for value in answers):
        column(rows, columns.prompt, "--prompt-column")


def _prompt(row: Row, columns: Columns) -> Turns:
    return read_turns(cell(row, columns.prompt), columns.prompt, "user")


def _domain(row: Row, columns: Columns) -> str:
    value = cell(row, columns.domain)
    return value if isinstance(value, str) else ""


def _listed(row: Row, columns: Columns) -> list[Turns]:
    """The answers of a list: texts, conversations, or objects that hold a text."""
    value = cell(row, columns.completions)
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise ValueError(f"{columns.completions} is no list of answers")
    found = []
    for place, each in enumerate(value):
        what = f"{columns.completions}[{place}]"
        if isinstance(each, Mapping):
            each = next((each[key] for key in _TEXT_KEYS if key in each), None)
        found.append(read_turns(each, what, "assistant"))
    return found


def _reference(rows: Sequence[Row], columns: Columns) -> Callable[[Row], str]:
    """Reads a row's reference; one that is asked for by name must be there."""
    if columns.reference:
        column(rows, columns.reference, "--reference-column")
    name = columns.reference or "reference"

    def read(row: Row) -> str:
        value: Any = cell(row, name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, _PLAIN)):
            raise ValueError(f"{name} is of type {type(value).__name__}, not a text or a number")
        return "" if value is None else str(value).strip()

    return read


def _has(rows: Sequence[Row], name: str) -> bool:
    return any(cell(row, name) is not None for row in rows)


def _plain(turns: tuple[Message, ...]) -> list[dict[str, object]]:
    return [turn.model_dump(mode="json") for turn in turns]
