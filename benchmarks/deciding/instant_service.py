"""The reward service with engines that cost nothing: `... instant_service PORT`."""

import asyncio
import sys
import time
from dataclasses import dataclass, field
from math import log
from typing import Literal, Self
from zlib import crc32

import uvicorn

from ingot.engine import Generated, ModelIdentity, Request
from ingot.orders.engines import EngineTerms
from ingot.settings import load_settings
from services.rewards.app import create_app
from services.rewards.config import RewardsConfig

CAPACITY = 512
"""Of a vLLM engine with its defaults."""
DELAY_S = 0.25
"""Of the slow engine, on the mean; each answer takes half to one and a half of it."""
_CONFIG = {
    "engines": {
        name: {"model": f"{name} embedded-judge", "engine": "openai", "endpoint": "http://x/v1"}
        for name in ("instant", "slow")
    },
    "judges": {name: {"kind": "pairwise", "engine": name} for name in ("instant", "slow")},
    "limits": {"items_per_minute": 100_000_000, "tokens_per_minute": 10_000_000_000},
    "cache": 0,
}


class Occupancy:
    """Requests in flight over time, from the first one's start to the last one's."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self.in_flight, self.area, self.at_s = 0, 0.0, 0.0
        self.first_s, self.last_s, self.area_at_last = 0.0, 0.0, 0.0

    def change(self, by: int) -> None:
        """One begins or ends."""
        now_s = time.perf_counter()
        self.area += self.in_flight * (now_s - self.at_s) if self.at_s else 0.0
        self.in_flight, self.at_s = self.in_flight + by, now_s
        if by > 0:
            self.first_s = self.first_s or now_s
            self.last_s, self.area_at_last = now_s, self.area

    def share(self) -> float:
        """Of the window, on the mean over time; the end, when nothing waits, is left out."""
        seconds = self.last_s - self.first_s
        return self.area_at_last / (CAPACITY * seconds) if seconds else 0.0


@dataclass
class InstantEngine:
    """Gives every label the same verdict, after its time."""

    delay_s: float
    capacity: int = CAPACITY
    kind: Literal["openai"] = "openai"
    identity: ModelIdentity = field(default_factory=lambda: ModelIdentity("instant"))
    occupancy: "Occupancy" = field(default_factory=lambda: Occupancy())

    @property
    def model(self) -> str:
        """The name."""
        return self.identity.key

    async def generate(self, request: Request) -> Generated:
        """Reason in no time; decide after the delay."""
        if not request.labels:
            return Generated("because", "stop", 100, 1)
        if self.delay_s:
            share = crc32(request.messages[-1].content.encode()) % 1_000 / 1_000
            self.occupancy.change(+1)
            await asyncio.sleep(self.delay_s * (0.5 + share))
            self.occupancy.change(-1)
        first, *others = request.labels
        values = {first: log(0.9), **dict.fromkeys(others, log(0.1))}
        return Generated("", "stop", 100, 1, label_logprobs=values)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


def main() -> None:
    """Serve on the given port; GET /occupancy tells of the slow engine and forgets."""
    config = RewardsConfig.model_validate(_CONFIG)
    engines = {"slow": InstantEngine(DELAY_S), "instant": InstantEngine(0.0)}

    def choose(terms: EngineTerms) -> InstantEngine:
        return engines[terms.model.split()[0]]

    async def occupancy() -> dict[str, float]:
        share = engines["slow"].occupancy.share()
        engines["slow"].occupancy.reset()
        return {"share": share}

    app = create_app(None, load_settings(), config, choose)
    app.add_api_route("/occupancy", occupancy)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
