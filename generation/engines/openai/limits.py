"""What an order allows: requests and tokens per minute, and money.

Each request is weighed before it is sent, with its prompt at CHARS_PER_TOKEN and as many completion
tokens as it may get, and corrected by what the endpoint counts. So a limit is never passed, except
by hedged duplicates (`hedging.HEDGED_SHARE` at most), which the endpoint may bill.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from ingot.errors import ModelError
from ingot.orders import Limits, Price

CHARS_PER_TOKEN = 4


class Bucket:
    """So many units a minute, spread evenly; one second's worth may go at once."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self._per_s = per_minute / 60
        self._clock = clock
        self._level = self._burst = max(self._per_s, 1.0)
        self._filled_s = clock()
        self._turn = asyncio.Lock()
        self._returned = asyncio.Event()

    async def take(self, units: float) -> None:
        """Wait until there are so many, in order of arrival."""
        async with self._turn:
            while (missing := min(units, self._burst) - self._fill()) > 0:
                self._returned.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._returned.wait(), missing / self._per_s)
            self._level -= units

    def give_back(self, units: float) -> None:
        """Correct what was taken; negative where it was too little."""
        self._level = min(self._level + units, self._burst)
        self._returned.set()

    def _fill(self) -> float:
        now_s = self._clock()
        self._level += (now_s - self._filled_s) * self._per_s
        self._level = min(self._level, self._burst)
        self._filled_s = now_s
        return self._level


class Budget:
    """Money: nothing is sent that could cost more than is left."""

    def __init__(self, price: Price | None, max_usd: float | None) -> None:
        self._price, self._max_usd = price, max_usd
        self.usd = 0.0
        """Spent so far."""
        self._reserved_usd = 0.0
        self._settled = asyncio.Event()

    def cost(self, prompt_tokens: float, completion_tokens: float) -> float:
        """In US dollars; 0 without a price."""
        if self._price is None:
            return 0.0
        return (
            prompt_tokens * self._price.usd_per_million_prompt_tokens
            + completion_tokens * self._price.usd_per_million_completion_tokens
        ) / 1e6

    async def reserve(self, usd: float) -> None:
        """Set money aside; waits while what others set aside and may not need could do.

        Raises ModelError when the budget is spent.
        """
        if self._max_usd is not None:
            while self.usd + self._reserved_usd + usd > self._max_usd:
                if self._reserved_usd <= 0:
                    raise ModelError(
                        f"the budget of ${self._max_usd:g} is spent (${self.usd:.4f} so far, the "
                        f"next request may cost ${usd:.4f}): raise it and run again"
                    )
                self._settled.clear()
                await self._settled.wait()
        self._reserved_usd += usd

    def settle(self, reserved_usd: float, spent_usd: float) -> None:
        """Replace what was set aside by what it cost."""
        self._reserved_usd = max(self._reserved_usd - reserved_usd, 0.0)
        if self._reserved_usd < 1e-12:
            self._reserved_usd = 0.0
        self.usd += spent_usd
        self._settled.set()


class Allowance:
    """All limits of one engine."""

    def __init__(self, limits: Limits | None, price: Price | None) -> None:
        limits = limits or Limits()
        self.budget = Budget(price, limits.max_usd)
        per_minute = limits.requests_per_minute
        self._requests = Bucket(per_minute) if per_minute else None
        per_minute = limits.tokens_per_minute
        self._tokens = Bucket(per_minute) if per_minute else None

    async def take(self, chars: int, max_tokens: int) -> None:
        """Wait until a request of this size may go; `settle` must follow."""
        prompt_tokens = chars / CHARS_PER_TOKEN
        await self.budget.reserve(self.budget.cost(prompt_tokens, max_tokens))
        try:
            if self._requests is not None:
                await self._requests.take(1)
            if self._tokens is not None:
                await self._tokens.take(prompt_tokens + max_tokens)
        except BaseException:
            self.budget.settle(self.budget.cost(prompt_tokens, max_tokens), 0.0)
            raise

    def settle(self, chars: int, max_tokens: int, prompt_tokens: int, completed: int) -> None:
        """Correct the estimate by what was used, which is nothing where no answer came."""
        estimated = chars / CHARS_PER_TOKEN
        spent_usd = self.budget.cost(prompt_tokens, completed)
        self.budget.settle(self.budget.cost(estimated, max_tokens), spent_usd)
        if self._tokens is not None:
            self._tokens.give_back(estimated + max_tokens - prompt_tokens - completed)
