"""A reward model behind HTTP: `POST /classify` as `vllm serve MODEL --runner pooling` answers it.

The server writes the chat template itself, so control tokens in texts are made harmless by their
form alone (`judging.judges.disarm`); the tokenizer's own ones are not known here. Raw scores are
asked for: a server that answers probabilities instead squeezes all leads.
"""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import httpx

from ingot.errors import ModelError
from judging.judges.disarm import CONTROL_TOKEN
from judging.judges.disguise import blunt
from judging.rewards.base import Conversation, Reward, reward_of
from judging.rewards.name import model_name

ATTEMPTS = 4
"""Tries of a request that fails for a reason that may pass."""
PAUSE_S = 0.5
"""Before the second try; doubled before each further one."""


class EndpointRewardModel:
    """A `judging.rewards.base.RewardModel` over an HTTP server."""

    def __init__(
        self,
        url: str,
        model: str,
        *,
        weights: Sequence[float] = (),
        api_key: str = "",
        parallel: int = 64,
        timeout_s: float = 120.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`url` is the server's root, `model` the name it serves, `parallel` requests in flight."""
        self.model, self.weights = model, tuple(weights)
        self.name = model_name(f"{url.rstrip('/')}/{model}", weights, "")
        self._places = asyncio.Semaphore(parallel)
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
            timeout=timeout_s,
            limits=httpx.Limits(max_connections=parallel),
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def score(self, conversations: Sequence[Conversation]) -> list[Reward]:
        """One reward each; raises ModelError where the server cannot be reached at all."""
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(self._ask(each)) for each in conversations]
        rewards = [task.result() for task in asked]
        if rewards and all(reward.failure.startswith(_UNREACHED) for reward in rewards):
            raise ModelError(f"no reward model at {self._client.base_url}: {rewards[0].failure}")
        return rewards

    async def _ask(self, conversation: Conversation) -> Reward:
        turns = [{"role": m.role, "content": blunt(CONTROL_TOKEN, m.content)} for m in conversation]
        body = {"model": self.model, "messages": turns, "use_activation": False}
        failure = ""
        async with self._places:
            for attempt in range(ATTEMPTS):
                if attempt:
                    await asyncio.sleep(PAUSE_S * 2 ** (attempt - 1))
                try:
                    answer = await self._client.post("/classify", json=body)
                except httpx.TransportError as error:
                    failure = f"{_UNREACHED} {type(error).__name__}: {error}"
                    continue
                if answer.status_code < 400:
                    return self._read(answer)
                failure = f"the server answered {answer.status_code}: {answer.text[:300]}"
                if answer.status_code != 429 and answer.status_code < 500:
                    break
        return Reward(None, failure)

    def _read(self, answer: httpx.Response) -> Reward:
        """The logits in vLLM's answer; anything else is a failure of this item."""
        try:
            content: Any = answer.json()
            logits = [float(value) for value in content["data"][0]["probs"]]
            tokens = int(content["usage"]["prompt_tokens"])
        except (ValueError, KeyError, IndexError, TypeError):
            return Reward(None, f"the server's answer cannot be read: {answer.text[:300]}")
        return reward_of(logits, self.weights, tokens)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.aclose()


_UNREACHED = "the server was not reached:"
