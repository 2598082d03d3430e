"""vLLM's pooling models as reward models, in a child process of its own.

The child is `vllm_child`. A reward has no length, so nothing has to be handed over as it is done,
unlike with the engine of `generation`: a portion goes down the pipe, its rewards come back, and
vLLM forms its own batches.
"""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Literal, Self

from ingot.engine.process import LOAD_TIMEOUT_S, ModelProcess
from ingot.errors import ModelError
from judging.rewards.base import Conversation, Reward
from judging.rewards.name import model_name

PORTION = 1_024
"""Conversations that travel together: enough for vLLM's batches, and a bound to what waits."""


class VllmRewardModel:
    """A `judging.rewards.base.RewardModel` over vLLM."""

    def __init__(
        self,
        model: str,
        *,
        weights: Sequence[float] = (),
        device: str = "cpu",
        dtype: Literal["float32", "bfloat16"] = "float32",
        max_model_len: int | None = None,
    ) -> None:
        """`weights` is explained at `reward_of`."""
        self.path = model
        self.name = model_name(model, weights, dtype)
        self._options = {
            "model": model,
            "weights": tuple(weights),
            "device": device,
            "dtype": dtype,
            "max_model_len": max_model_len,
        }
        self._turn = asyncio.Lock()
        self._process = ModelProcess("judging.rewards.vllm_child", device)

    async def __aenter__(self) -> Self:
        self._process.start()
        try:
            await asyncio.wait_for(self._exchange(self._options), LOAD_TIMEOUT_S)
        except BaseException as error:
            await self._process.stop()
            if isinstance(error, TimeoutError):
                message = f"vLLM did not load {self.path} in {LOAD_TIMEOUT_S:.0f} s"
                raise ModelError(message) from error
            raise
        return self

    async def score(self, conversations: Sequence[Conversation]) -> list[Reward]:
        """One reward each, portion by portion."""
        rewards: list[Reward] = []
        for start in range(0, len(conversations), PORTION):
            portion = [tuple(each) for each in conversations[start : start + PORTION]]
            # Shielded, so that whoever is cancelled leaves no answer in the pipe for the next.
            answer = await asyncio.shield(self._exchange(portion))
            assert isinstance(answer, list)
            rewards += answer
        return rewards

    async def _exchange(self, message: object) -> object:
        """Say something to the child and hear its answer; one at a time."""
        async with self._turn:
            return await asyncio.to_thread(self._say, message)

    def _say(self, message: object) -> object:
        pipe = self._process.pipe
        if pipe is None:
            raise ModelError("vLLM is not started: use `async with`")
        try:
            pipe.send(message)
            return pipe.recv()
        except (EOFError, OSError) as error:
            why = f"vLLM stopped while serving {self.path}: {self._process.last_words()}"
            raise ModelError(why) from error

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._process.stop()
