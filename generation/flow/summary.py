"""What a run says of itself: how far it is, and in the end where tokens, time and money went."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Protocol, runtime_checkable

from generation.flow.lane import Lane
from generation.flow.run import Run


@runtime_checkable
class Metered(Protocol):
    """An engine that counts what its endpoint costs."""

    usd: float
    retries: int
    hedged: int


@dataclass(frozen=True, slots=True)
class Progress:
    """A run at one moment."""

    done: int
    """Items accepted, or rows decided where rows are read."""
    total: int
    failed: int
    dropped: int
    tokens: int
    """Completion tokens that the engines made."""
    tokens_per_s: float
    flying: int
    waiting: int
    """Requests that stand in line."""
    usd: float
    elapsed_s: float
    eta_s: float | None
    """None while nothing is known."""


def progress_of(run: Run) -> Progress:
    """How far a run is."""
    tallies = [portion.tally for portion in run.portions]
    done = sum(
        portion.tally.settled if portion.recipe.reads_rows else portion.tally.accepted
        for portion in run.portions
    )
    total = sum(tally.quantity for tally in tallies)
    elapsed_s = time.monotonic() - run.started_s
    tokens = sum(lane.account.completion_tokens for lane in run.all_lanes)
    return Progress(
        done=done,
        total=total,
        failed=sum(tally.failed.total() for tally in tallies),
        dropped=sum(tally.dropped.total() for tally in tallies),
        tokens=tokens,
        tokens_per_s=tokens / max(elapsed_s, 1e-6),
        flying=sum(lane.flying for lane in run.all_lanes),
        waiting=sum(lane.waiting for lane in run.all_lanes),
        usd=_usd(run),
        elapsed_s=elapsed_s,
        eta_s=elapsed_s * (total - done) / done if done else None,
    )


def summarise(run: Run) -> dict[str, object]:
    """The whole account of a run that has ended, ready for JSON."""
    progress = progress_of(run)
    return {
        "recipes": [portion.facts() for portion in run.portions],
        "models": {
            role: [_model_facts(lane) for lane in lanes] for role, lanes in run.lanes.items()
        },
        "seed": run.seed,
        "seconds": round(progress.elapsed_s, 2),
        "completion_tokens": progress.tokens,
        "tokens_per_second": round(progress.tokens_per_s, 1),
        "usd": round(progress.usd, 6),
    }


def _model_facts(lane: Lane) -> dict[str, object]:
    account, engine = lane.account, lane.engine
    facts: dict[str, object] = {"engine": engine.kind} | asdict(engine.identity)
    facts |= {
        "asked": account.asked,
        "replayed": account.replayed,
        "failed": account.failed,
        "prompt_tokens": account.prompt_tokens,
        "completion_tokens": account.completion_tokens,
    }
    if isinstance(engine, Metered):
        facts |= {"usd": engine.usd, "retries": engine.retries, "hedged": engine.hedged}
    if account.slot_s:
        facts |= {"slots": lane.slots, **efficiency_of(lane)}
    return facts


def efficiency_of(lane: Lane) -> Mapping[str, float]:
    """Share of an engine's slots that worked, and where the others were lost; the sum is 1.

    Slots are what a continuously batching engine decodes at once, so the first number estimates
    the engine efficiency (tokens per second over those of the bare engine) from below: a batch that
    is not full decodes each of its sequences a little faster.
    """
    account = lane.account
    shares = {
        "engine_efficiency": account.busy_slot_s,
        "lost_to_starved_slots": account.starved_slot_s,
        "lost_waiting_for_other_models": account.waiting_slot_s,
        "lost_in_the_tail": account.tail_slot_s,
    }
    return {name: round(value / account.slot_s, 4) for name, value in shares.items()}


def _usd(run: Run) -> float:
    return sum(lane.engine.usd for lane in run.all_lanes if isinstance(lane.engine, Metered))
