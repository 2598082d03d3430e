"""What of an answer and of its task is text."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.review.evidence.behaviour import MIN_CHARS

_FROM_SCRATCH = ("write", "rewrite")
_ANSWERS = ("completion", "a", "b", "answers")


def text_of(kind: str, answer: Mapping[str, Any], comment: str) -> str:
    """What the reviewer wrote: a text where that is the work, else reason and comment."""
    if kind in _FROM_SCRATCH:
        return str(answer.get("text", ""))
    return f"{answer.get('reason', '')}\n{comment}".strip()


def has_text(kind: str, answer: Mapping[str, Any], comment: str) -> bool:
    """Whether there is enough text to look at; where not, `after_answer` would find nothing."""
    return len(text_of(kind, answer, comment)) >= MIN_CHARS


def prompt_answered(kind: str, item: Mapping[str, Any]) -> str:
    """The last turn of the prompt that the text answers; '' where it answers none.

    Also '' where that holds a NUL character, which PostgreSQL cannot look for.
    """
    if kind != "rewrite" and not (kind == "write" and item.get("wanted") == "answer"):
        return ""
    prompt = str(item["prompt"][-1]["content"])
    return "" if "\x00" in prompt else prompt


def task_text(item: object) -> str:
    """All text of a task, which may be quoted."""
    return "\n".join(_strings(item))


def model_answers(item: Mapping[str, Any]) -> list[str]:
    """The models' answers that a task shows, at most nine."""
    conversations: list[Any] = []
    for name in _ANSWERS:
        value = item.get(name) or []
        conversations += value if name == "answers" else [value]
    return [text for turns in conversations if (text := _said(turns))]


def _said(turns: list[Mapping[str, Any]]) -> str:
    said = [turn["content"] for turn in turns if turn.get("role") == "assistant"]
    return "\n".join(content for content in said if content)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _strings(part)
