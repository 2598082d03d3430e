"""The one place that knows both judging and engines: from a configuration to judges at work.

Torch is loaded here only where an engine of kind 'transformers' is configured; vLLM runs in a child
and an HTTP engine needs none.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from generation.engines.choose import choose_engine
from ingot.engine import Engine
from ingot.errors import ModelError
from ingot.orders.engines import EngineTerms
from ingot.settings import Settings, resolve_model
from judging.rewards.base import RewardModel
from judging.sandbox.bubblewrap import Sandbox
from judging.verifiers.workers.pool import WorkerPool
from services.rewards.building import Builder, engine_lane, model_lane
from services.rewards.config import RewardModelTerms, RewardsConfig
from services.rewards.desk import Desk
from services.rewards.judge import Judge
from services.rewards.scorers import reward_model
from services.rewards.scorers.verifier import PORTION
from services.rewards.window import Window

WORKERS = 4
"""Answers at once at verifiers that bring processes of their own: twice as many as processes."""
_OWN = frozenset(("verifiers", "programs", "workers"))
"""Windows with no model behind them."""
Choose = Callable[[EngineTerms], Engine]


@dataclass(frozen=True, slots=True)
class Bench:
    """The judges at work."""

    judges: Mapping[str, Judge]
    desk: Desk
    pool: WorkerPool

    @property
    def broken(self) -> dict[str, str]:
        """Engines and models that are out of order; a missing sandbox fails its questions alone."""
        windows = self.desk.windows.items()
        return {name: w.broken for name, w in windows if name not in _OWN and w.broken}


@asynccontextmanager
async def open_bench(
    config: RewardsConfig, settings: Settings, choose: Choose | None = None
) -> AsyncIterator[Bench]:
    """Start engines and processes, and stop them at the end of the block."""
    choose = choose or partial(choose_engine, device=settings.device, home=settings.home)
    async with AsyncExitStack() as stack:
        pool = WorkerPool(config.verifier_processes)
        stack.callback(pool.close)
        engines = {
            name: await stack.enter_async_context(choose(terms))
            for name, terms in config.engines.items()
        }
        models = {
            name: await stack.enter_async_context(choose_reward_model(terms, settings.device))
            for name, terms in config.judges.items()
            if isinstance(terms, RewardModelTerms)
        }
        windows = _windows(config, engines, models)
        for window in windows.values():
            stack.push_async_callback(window.close)
        sandbox = Sandbox(max_parallel=config.sandboxes)
        stack.callback(sandbox.close)
        judges = Builder(config, engines, models, pool, sandbox).judges()
        yield Bench(judges, _desk(config, windows), pool)


def choose_reward_model(terms: RewardModelTerms, device: str) -> RewardModel:
    """The reward model of these terms, not started yet; raises ModelError with the remedy."""
    model, weights = resolve_model(terms.model), terms.weights
    try:
        if terms.engine == "endpoint":
            from judging.rewards.endpoint import EndpointRewardModel

            return EndpointRewardModel(terms.endpoint, model, weights=weights)
        if terms.engine == "vllm":
            from judging.rewards.vllm import VllmRewardModel

            return VllmRewardModel(model, weights=weights, device=device, dtype=terms.dtype)
        from judging.rewards.transformers import TransformersRewardModel

        return TransformersRewardModel(model, weights=weights, device=device, dtype=terms.dtype)
    except ImportError as error:
        raise ModelError(
            f"engine '{terms.engine}' is not installed ({error.name}): pip install "
            '"ingot[rewards]" or choose another engine'
        ) from error


def _windows(
    config: RewardsConfig, engines: Mapping[str, Engine], models: Mapping[str, RewardModel]
) -> dict[str, Window]:
    """A reward model has one portion at work and forms the next one meanwhile."""
    places = {
        "verifiers": 2 * PORTION * config.verifier_processes,
        "programs": config.sandboxes,
        "workers": WORKERS,
        **{model_lane(name): reward_model.PORTION for name in models},
    }
    windows = {name: Window(partial(int, count)) for name, count in places.items()}
    for name, engine in engines.items():
        windows[engine_lane(name)] = Window(partial(_capacity, engine))
    return windows


def _capacity(engine: Engine) -> int:
    return engine.capacity


def _desk(config: RewardsConfig, windows: Mapping[str, Window]) -> Desk:
    limits = config.limits
    return Desk(
        windows,
        places=limits.open,
        places_per_tenant=limits.open_per_tenant,
        cache=config.cache,
    )
