"""An endpoint's answer, checked field by field: what it says is never trusted."""

from dataclasses import dataclass
from typing import Any

import orjson

from generation.engines.openai.bodies import CHAT
from generation.engines.openai.problems import SHOWN_CHARS, Broken, Rejected
from ingot.engine import Generated, Request
from ingot.records import ToolCall

_UNREADABLE = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and from which model."""

    generated: Generated
    model: str


def read_answer(body: bytes, path: str, request: Request) -> Answer:
    """Check and translate; raises Broken where it is malformed, Rejected where it is filtered."""
    try:
        payload = orjson.loads(body)
        choice, usage = payload["choices"][0], payload.get("usage") or {}
        read = _read_chat if path == CHAT else _read_text
        generated = read(choice, request, _count(usage, "prompt"), _count(usage, "completion"))
        refusal = (choice.get("message") or {}).get("refusal")
        model = str(payload.get("model") or "")
    except _UNREADABLE as error:
        raise Broken(f"malformed answer: {error!r}"[:SHOWN_CHARS], "malformed") from error
    if generated.finish_reason == "content_filter" or refusal:
        why = str(refusal or "its content filter")[:SHOWN_CHARS]
        raise Rejected(f"the endpoint withholds the answer: {why}", "refused")
    return Answer(generated, model)


def _count(usage: dict[str, Any], what: str) -> int:
    return max(int(usage.get(f"{what}_tokens") or 0), 0)


def _read_chat(
    choice: dict[str, Any], request: Request, prompt_tokens: int, completion_tokens: int
) -> Generated:
    message = choice["message"]
    calls = tuple(_read_calls(message.get("tool_calls") or []))
    entries = (choice.get("logprobs") or {}).get("content") or []
    top = (entries[0].get("top_logprobs") or []) if entries and request.labels else []
    return Generated(
        text=_text(message.get("content") if calls else message["content"]),
        finish_reason=str(choice.get("finish_reason") or ""),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        mean_logprob=_mean([entry["logprob"] for entry in entries], request),
        label_logprobs=_labels({str(e["token"]): e["logprob"] for e in top}, request),
        tool_calls=calls,
    )


def _read_text(
    choice: dict[str, Any], request: Request, prompt_tokens: int, completion_tokens: int
) -> Generated:
    logprobs = choice.get("logprobs") or {}
    top = (logprobs.get("top_logprobs") or []) if request.labels else []
    return Generated(
        text=_text(choice["text"]),
        finish_reason=str(choice.get("finish_reason") or ""),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        mean_logprob=_mean(logprobs.get("token_logprobs") or [], request),
        label_logprobs=_labels(dict(top[0] or {}) if top else {}, request),
    )


def _text(content: Any) -> str:
    """A text, or the texts of a list of parts; None is no text."""
    if isinstance(content, list):
        return "".join(str(part["text"]) for part in content)
    if content is not None and not isinstance(content, str):
        raise TypeError(f"content is a {type(content).__name__}")
    return content or ""


def _mean(logprobs: list[Any], request: Request) -> float | None:
    if not request.logprobs or not logprobs:
        return None
    return min(sum(float(each) for each in logprobs) / len(logprobs), 0.0)


def _labels(seen: dict[str, Any], request: Request) -> dict[str, float]:
    """The asked labels among the likeliest first tokens."""
    return {label: float(seen[label]) for label in request.labels if label in seen}


def _read_calls(calls: list[Any]) -> "list[ToolCall]":
    """The wished tool calls; an id that is missing or there twice is replaced by its place."""
    read: dict[str, ToolCall] = {}
    for place, call in enumerate(calls):
        function, name = call["function"], call.get("id")
        arguments = function.get("arguments") or "{}"
        if not isinstance(arguments, str):
            arguments = orjson.dumps(arguments).decode()
        if not isinstance(name, str) or not name or name in read:
            name = f"call_{place}"
        if not isinstance(function["name"], str):
            raise TypeError("a tool without a name")
        read[name] = ToolCall(id=name, name=function["name"], arguments=arguments)
    return list(read.values())
