"""Any OpenAI-compatible server (vllm serve first) as an engine.

Retries what may pass (429, 5xx, time-outs) with jittered back-off inside the same window; a 4xx is
the request's own fault and fails it alone. What the server says is checked, never trusted: sizes,
types, missing fields.
"""

import asyncio
import random
from types import TracebackType
from typing import Any, Literal, Self

import httpx

from ingot.engine import Generated, Request
from ingot.errors import ModelError

ATTEMPTS = 5
MAX_ANSWER_BYTES = 16 * 2**20
TOP_LOGPROBS = 20
"""The most that the protocol allows; a label outside them is reported as missing."""


class OpenAIEngine:
    """An `ingot.engine.Engine` over HTTP."""

    kind: Literal["openai"] = "openai"

    def __init__(
        self,
        model: str,
        endpoint: str,
        *,
        api_key: str = "",
        window: int = 64,
        timeout_s: float = 300,
    ) -> None:
        self.model, self.endpoint, self.capacity = model, endpoint.rstrip("/"), window
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.AsyncClient(
            headers=headers,
            timeout=httpx.Timeout(timeout_s, connect=10),
            limits=httpx.Limits(max_connections=window),
            follow_redirects=False,
        )

    async def __aenter__(self) -> Self:
        """Ask for the models once, so that a wrong address is named before the work starts."""
        try:
            response = await self._client.get(f"{self.endpoint}/models")
            response.raise_for_status()
            names = [entry["id"] for entry in response.json()["data"]]
        except (httpx.HTTPError, KeyError, TypeError, ValueError) as error:
            await self._client.aclose()
            raise ModelError(
                f"no OpenAI-compatible server answers at {self.endpoint} ({error}); start it or "
                "correct the endpoint"
            ) from error
        if self.model not in names:
            await self._client.aclose()
            raise ModelError(
                f"{self.endpoint} serves {names}, not {self.model!r}: correct the model"
            )
        return self

    async def generate(self, request: Request) -> Generated:
        """Send one chat completion, retrying what may pass."""
        body = self._body(request)
        problem = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(random.uniform(0.5, 1.0) * 2**attempt / 4)
            try:
                response = await self._client.post(f"{self.endpoint}/chat/completions", json=body)
            except httpx.HTTPError as error:
                problem = f"{type(error).__name__}: {error}"
                continue
            if response.status_code == 200:
                return _read(response, request)
            problem = f"HTTP {response.status_code}: {response.text[:300]}"
            if response.status_code < 500 and response.status_code != 429:
                return Generated(finish_reason="error", failure=problem)
        raise ModelError(f"{self.endpoint} did not answer in {ATTEMPTS} attempts ({problem})")

    def _body(self, request: Request) -> dict[str, Any]:
        """The request in OpenAI's words, with vLLM's extension for a prefilled assistant turn."""
        messages = [message.model_dump() for message in request.messages]
        body: dict[str, Any] = {
            "model": self.model,
            "messages": messages,
            "temperature": request.sampling.temperature,
            "top_p": request.sampling.top_p,
            "max_tokens": request.sampling.max_tokens,
            "seed": request.seed,
        }
        if request.sampling.stop:
            body["stop"] = list(request.sampling.stop)
        if request.prefill:
            messages.append({"role": "assistant", "content": request.prefill})
            body |= {"continue_final_message": True, "add_generation_prompt": False}
        if request.labels:
            body |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
        elif request.logprobs:
            body["logprobs"] = True
        return body

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.aclose()


def _read(response: httpx.Response, request: Request) -> Generated:
    """Check and translate an answer; a malformed one is a failure of this request."""
    if len(response.content) > MAX_ANSWER_BYTES:
        return Generated(finish_reason="error", failure=f"answer over {MAX_ANSWER_BYTES} bytes")
    try:
        payload = response.json()
        choice, usage = payload["choices"][0], payload.get("usage") or {}
        tokens = (choice.get("logprobs") or {}).get("content") or []
        mean = sum(float(t["logprob"]) for t in tokens) / len(tokens) if tokens else None
        return Generated(
            text=str(choice["message"]["content"] or ""),
            finish_reason=str(choice.get("finish_reason") or ""),
            prompt_tokens=int(usage.get("prompt_tokens", 0)),
            completion_tokens=int(usage.get("completion_tokens", 0)),
            mean_logprob=min(mean, 0.0) if mean is not None and request.logprobs else None,
            label_logprobs=_label_logprobs(tokens, request.labels),
        )
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        return Generated(finish_reason="error", failure=f"malformed answer: {error!r}")


def _label_logprobs(tokens: list[Any], labels: tuple[str, ...]) -> dict[str, float]:
    """The asked labels among the top tokens of the first position."""
    top = tokens[0].get("top_logprobs") or [] if tokens else []
    seen = {str(entry["token"]): float(entry["logprob"]) for entry in top}
    return {label: seen[label] for label in labels if label in seen}
