"""Drawing one token per row from logits, with vLLM's meaning of every sampling setting.

The order is vLLM's: penalties, temperature, min_p, top_k, top_p, draw. A row draws by inverse CDF
over the vocabulary in its own order, so its token depends on its own uniform and settings alone,
not on the rows beside it. Axes: B rows, V vocabulary.
"""

from collections.abc import Sequence

import torch

from ingot.records import Sampling


class Penalties:
    """Counts what each row has read and written, and penalises it."""

    def __init__(
        self,
        samplings: Sequence[Sampling],
        prompts: Sequence[Sequence[int]],
        like_BV: torch.Tensor,
    ) -> None:
        self._written_BV = torch.zeros_like(like_BV)
        self._read_BV = torch.zeros_like(like_BV, dtype=torch.bool)
        for row, prompt in enumerate(prompts):
            self._read_BV[row, torch.tensor(prompt, device=like_BV.device)] = True
        self._presence_B1 = _column(like_BV, [s.presence_penalty for s in samplings])[:, None]
        self._frequency_B1 = _column(like_BV, [s.frequency_penalty for s in samplings])[:, None]
        self._repetition_B1 = _column(like_BV, [s.repetition_penalty for s in samplings])[:, None]

    def note(self, drawn_B: torch.Tensor) -> None:
        """Count the drawn tokens."""
        ones_B1 = torch.ones_like(drawn_B, dtype=self._written_BV.dtype)[:, None]
        self._written_BV.scatter_add_(1, drawn_B[:, None], ones_B1)

    def apply(self, logits_BV: torch.Tensor) -> torch.Tensor:
        """Repetition shrinks what was read or written; presence and frequency what was written."""
        said_BV = self._written_BV > 0
        rate_B1 = self._repetition_B1
        shrunk_BV = torch.where(logits_BV > 0, logits_BV / rate_B1, logits_BV * rate_B1)
        logits_BV = torch.where(said_BV | self._read_BV, shrunk_BV, logits_BV)
        return logits_BV - self._frequency_B1 * self._written_BV - self._presence_B1 * said_BV


def penalises(sampling: Sampling) -> bool:
    """Whether these settings look at what was written."""
    neutral = (0.0, 0.0, 1.0)
    asked = (sampling.presence_penalty, sampling.frequency_penalty, sampling.repetition_penalty)
    return asked != neutral


def draw(
    logits_BV: torch.Tensor, samplings: Sequence[Sampling], uniform_B: torch.Tensor
) -> torch.Tensor:
    """One token per row: the argmax at temperature 0, else by inverse CDF among those kept."""
    temperature_B = _column(logits_BV, [sampling.temperature for sampling in samplings])
    scaled_BV = logits_BV / temperature_B.clamp(min=1e-6)[:, None]
    if any(sampling.min_p for sampling in samplings):
        min_p_B = _column(logits_BV, [sampling.min_p for sampling in samplings])
        # p >= min_p * p_max, in logarithms
        least_B = scaled_BV.max(-1).values + min_p_B.log()
        scaled_BV = scaled_BV.masked_fill(scaled_BV < least_B[:, None], -torch.inf)
    if any(sampling.top_k or sampling.top_p < 1 for sampling in samplings):
        scaled_BV = _keep_top(scaled_BV, samplings)
    sampled_B = _invert(torch.softmax(scaled_BV, -1), uniform_B)
    return torch.where(temperature_B == 0, logits_BV.argmax(-1), sampled_B)


def _keep_top(logits_BV: torch.Tensor, samplings: Sequence[Sampling]) -> torch.Tensor:
    """Forbid what lies outside of the top k, and then outside of the nucleus of what is left."""
    vocabulary = logits_BV.shape[-1]
    top_k_B = _column(logits_BV, [sampling.top_k or vocabulary for sampling in samplings])
    top_p_B = _column(logits_BV, [sampling.top_p for sampling in samplings])
    sorted_BV, order_BV = torch.sort(logits_BV, dim=-1, descending=True, stable=True)
    rank_V = torch.arange(vocabulary, device=logits_BV.device)
    sorted_BV = sorted_BV.masked_fill(rank_V >= top_k_B[:, None], -torch.inf)
    probs_BV = torch.softmax(sorted_BV, -1)
    # Rounding must not cut a row that wants everything.
    cut_BV = (probs_BV.cumsum(-1) - probs_BV >= top_p_B[:, None]) & (top_p_B < 1)[:, None]
    sorted_BV = sorted_BV.masked_fill(cut_BV, -torch.inf)
    return torch.empty_like(sorted_BV).scatter_(1, order_BV, sorted_BV)


def _invert(weights_BV: torch.Tensor, uniform_B: torch.Tensor) -> torch.Tensor:
    """Where the cumulated weights pass the uniform share of their sum."""
    cumulative_BV = weights_BV.cumsum(-1)
    total_B = cumulative_BV[:, -1]
    target_B = uniform_B.to(cumulative_BV) * total_B
    # A uniform that rounds up to 1 must still fall on a token of positive weight.
    target_B = torch.minimum(target_B, total_B.nextafter(torch.zeros_like(total_B)))
    return torch.searchsorted(cumulative_BV, target_B[:, None], right=True)[:, 0]


def _column(like: torch.Tensor, values: Sequence[float]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float32, device=like.device)
