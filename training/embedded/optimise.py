"""Muon for the hidden matrices, AdamW for the embeddings and norms, one pass over the examples."""

import logging
import time
from dataclasses import dataclass
from random import Random

import torch
from torch.nn.functional import cross_entropy
from transformers import LlamaForCausalLM

from training.embedded.examples import Batch, Example, collate, cut_batches

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Schedule:
    """How fast to learn, and when to slow down."""

    peak: float = 0.006
    """Muon's rate."""
    embedding_peak: float = 0.002
    """AdamW's rate."""
    warmup: int = 100
    """Steps until the peak."""
    decay: float = 0.4
    """Last share of the steps, over which the rates fall to a twentieth; 0 keeps them up."""
    tokens: int = 2_048
    """Tokens a step, padding included: larger batches fall out of the CPU's cache."""

    def scale(self, step: int, steps: int) -> float:
        """The share of the peak rates at a step."""
        left = (steps - step) / max(1.0, self.decay * steps) if self.decay else 1.0
        return min(1.0, (step + 1) / self.warmup, max(0.05, left))


class Optimisers:
    """The two optimisers as one."""

    def __init__(self, model: LlamaForCausalLM, schedule: Schedule) -> None:
        """Share out the parameters: matrices inside the layers to Muon, the rest to AdamW."""
        inner = [p for p in model.model.layers.parameters() if p.ndim == 2]
        known = {id(parameter) for parameter in inner}
        outer = [p for p in model.parameters() if id(p) not in known]
        self._schedule = schedule
        self._muon = torch.optim.Muon(inner, lr=schedule.peak, momentum=0.95, weight_decay=0.01)
        self._adam = torch.optim.AdamW(
            outer, lr=schedule.embedding_peak, betas=(0.9, 0.95), weight_decay=0.0
        )

    def step(self, scale: float) -> None:
        """Move the parameters at a share of the peak rates and forget the gradients."""
        rates = (self._schedule.peak, self._schedule.embedding_peak)
        for optimiser, peak in zip((self._muon, self._adam), rates, strict=True):
            for group in optimiser.param_groups:
                group["lr"] = peak * scale
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)


def optimise(
    model: LlamaForCausalLM,
    examples: list[Example],
    schedule: Schedule,
    *,
    seed: int,
    name: str,
) -> list[float]:
    """Train in place, one pass; returns the loss of every step and logs rate and ETA."""
    batches = cut_batches(examples, schedule.tokens, Random(seed))
    optimisers, losses = Optimisers(model, schedule), list[float]()
    started, seen = time.monotonic(), 0
    model.train()
    for step, rows in enumerate(batches):
        batch = collate(rows)
        loss = _weighted_loss(model, batch)
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it unannotated
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimisers.step(schedule.scale(step, len(batches)))
        losses.append(loss.item())
        seen += batch.ids_BT.numel()
        if step % 50 == 49 or step + 1 == len(batches):
            _log_progress(name, losses, len(batches), seen / (time.monotonic() - started))
    model.train(False)
    return losses


def _weighted_loss(model: LlamaForCausalLM, batch: Batch) -> torch.Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits_BTV = model(input_ids=batch.ids_BT[:, :-1], use_cache=False).logits
    losses = cross_entropy(
        logits_BTV.float().flatten(0, 1), batch.ids_BT[:, 1:].flatten(), reduction="none"
    )
    weights = batch.weights_BT[:, 1:].flatten()
    return (losses * weights).sum() / weights.sum()


def _log_progress(name: str, losses: list[float], steps: int, rate: float) -> None:
    recent = losses[-50:]
    done = len(losses)
    tokens_left = (steps - done) * 2_048
    logger.info(
        "%s step=%d/%d loss=%.3f tokens_per_s=%.0f eta_s=%.0f",
        name,
        done,
        steps,
        sum(recent) / len(recent),
        rate,
        tokens_left / rate,
    )
