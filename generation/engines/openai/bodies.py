"""A request in OpenAI's words, and in vLLM's where OpenAI has none.

What requests of one kind have in common is put into JSON once; `Call.body` is that and the rest.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from ingot.engine import Request, Structured
from ingot.records import Message, Sampling, Turn

TOP_LOGPROBS = 20
"""The most that the protocol allows; a label outside them is reported as missing."""
CHAT, TEXT = "chat/completions", "completions"

_DEFAULTS = Sampling()
_EXTRAS = ("top_k", "min_p", "repetition_penalty")
_PENALTIES = ("presence_penalty", "frequency_penalty")


class Impossible(ValueError):
    """The API has no way to say this; the request fails alone."""


@dataclass(frozen=True, slots=True)
class Call:
    """What is sent where."""

    path: str
    model: str
    """The name asked for: the model's, or an adapter's."""
    body: bytes
    max_tokens: int


class Writer:
    """Writes calls for one model."""

    def __init__(self, model: str) -> None:
        self._model = model
        self.vllm = False
        """Whether the endpoint is vLLM: then it is told all, or its own defaults would count."""

    def write(self, request: Request) -> Call:
        """Put a request into words; raises Impossible."""
        _check(request)
        model = request.lora or self._model
        if request.prompt:
            path, key, content = TEXT, b'"prompt":', orjson.dumps(request.prompt + request.prefill)
        else:
            path, key, content = CHAT, b'"messages":', orjson.dumps(_messages(request))
        common = _common(
            path,
            model,
            request.sampling,
            bool(request.prefill),
            bool(request.labels),
            request.logprobs,
            request.structured,
            request.tools,
            self.vllm,
        )
        seed = b',"seed":%d}' % request.seed
        body = b"".join((common, b",", key, content, seed))
        return Call(path, model, body, request.sampling.max_tokens)


def _check(request: Request) -> None:
    if request.turn == "user" and not request.prompt:
        raise Impossible(
            "a chat API cannot write the user's turn: give the prompt as raw text, template "
            "included, or use engine 'vllm'"
        )
    if request.prompt and request.tools:
        raise Impossible("tools do not go with a raw prompt: send messages, or no tools")


def _messages(request: Request) -> list[dict[str, Any]]:
    messages = [_message(message) for message in request.messages]
    if request.prefill:
        messages.append({"role": "assistant", "content": request.prefill})
    return messages


def _message(message: Message) -> dict[str, Any]:
    plain: dict[str, Any] = {"role": message.role, "content": message.content}
    if isinstance(message, Turn):
        if message.tool_call_id:
            plain["tool_call_id"] = message.tool_call_id
        if message.tool_calls:
            plain["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments},
                }
                for call in message.tool_calls
            ]
    return plain


@lru_cache(maxsize=256)
def _common(
    path: str,
    model: str,
    sampling: Sampling,
    prefill: bool,
    labels: bool,
    logprobs: bool,
    structured: Structured | None,
    tools: str,
    vllm: bool,
) -> bytes:
    """The fields that many requests share, as JSON without the closing brace."""
    fields: dict[str, Any] = {"model": model} | _sampling(sampling, vllm)
    if path == CHAT:
        if prefill:
            fields |= {"continue_final_message": True, "add_generation_prompt": False}
        if labels or logprobs:
            fields["logprobs"] = True
        if labels:
            fields["top_logprobs"] = TOP_LOGPROBS
        if tools:
            fields["tools"] = _parse(tools, "tools")
    else:
        if labels or logprobs:
            fields["logprobs"] = TOP_LOGPROBS if labels else 0
        if vllm:
            fields["add_special_tokens"] = False  # the prompt has them already
    if structured is not None:
        fields |= _form(structured, vllm)
    return orjson.dumps(fields)[:-1]


def _sampling(sampling: Sampling, vllm: bool) -> dict[str, Any]:
    """Without what is at its default: hosted APIs refuse fields that they do not know."""
    fields: dict[str, Any] = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
    }
    if sampling.stop:
        fields["stop"] = list(sampling.stop)
    for name in (*_EXTRAS, *_PENALTIES):
        value = getattr(sampling, name)
        if vllm or value != getattr(_DEFAULTS, name):
            fields[name] = value
    return fields


def _form(structured: Structured, vllm: bool) -> dict[str, Any]:
    """The wanted form: OpenAI's field for a schema, vLLM's for all else.

    vLLM is told to leave no spaces in JSON: a weak model would go on writing them for ever.
    """
    if structured.kind == "json_schema":
        schema = _parse(structured.value, "JSON schema")
        if vllm:
            return {"structured_outputs": {"json": schema, "disable_any_whitespace": True}}
        named = {"name": "answer", "schema": schema, "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": named}}
    value: Any = structured.value
    if structured.kind == "choice":
        value = _parse(structured.value, "choice")
    return {"structured_outputs": {structured.kind: value}}


def _parse(text: str, what: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError as error:
        raise Impossible(f"the {what} is no JSON ({error}): {text[:100]!r}") from error
