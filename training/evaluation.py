"""pass@1 on held-out prompts: how often one draw from the model is right.

Several draws per prompt at temperature 1 estimate it with less noise than one. A draw that failed
counts neither as right nor as wrong; it is left out and counted. Both models of a comparison get
the same seeds.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ingot.engine import Engine, Request, stream
from ingot.errors import ModelError
from ingot.records import Evaluation, Sampling
from training.bootstrap import Floats
from training.progress import OnProgress, ignore_progress


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """The share of right draws for each prompt."""

    per_prompt: Floats
    """In the order of the evaluations; NaN where no draw came back."""
    domains: tuple[str, ...]
    failures: int
    """Draws without an answer."""

    @property
    def pass_at_1(self) -> float:
        """Mean over the prompts."""
        return float(np.nanmean(self.per_prompt))

    @property
    def per_domain(self) -> dict[str, float]:
        """Mean over the prompts of each domain that was answered at all."""
        labels = np.array(self.domains)
        answered = ~np.isnan(self.per_prompt)
        return {
            domain: float(self.per_prompt[mask].mean())
            for domain in sorted(set(self.domains))
            if (mask := answered & (labels == domain)).any()
        }


async def evaluate(
    engine: Engine,
    evaluations: Sequence[Evaluation],
    *,
    samples: int,
    sampling: Sampling,
    seed: int,
    is_right: Callable[[str, str], bool],
    on_progress: OnProgress = ignore_progress,
) -> Scores:
    """Draw `samples` completions of every prompt and ask `is_right(completion, reference)`.

    Raises ModelError when no draw at all came back.
    """
    right_PS = np.full((len(evaluations), samples), np.nan)
    requests = (
        Request(item.prompt, sampling, seed=_draw_seed(seed, item.id, sample))
        for item in evaluations
        for sample in range(samples)
    )
    done, failure = 0, ""
    async for index, answer in stream(engine, requests):
        prompt, sample = divmod(index, samples)
        failure = answer.failure or failure
        if not answer.failure:
            right_PS[prompt, sample] = is_right(answer.text, evaluations[prompt].reference)
        done += 1
        on_progress(done, right_PS.size, {})
    return _score(right_PS, evaluations, failure)


def _score(right_PS: Floats, evaluations: Sequence[Evaluation], failure: str) -> Scores:
    answered_P = (~np.isnan(right_PS)).sum(axis=1)
    if not answered_P.any():
        raise ModelError(f"none of {right_PS.size} evaluation draws came back; last: {failure}")
    right_P = np.nansum(right_PS, axis=1)
    per_prompt = np.divide(
        right_P, answered_P, out=np.full(len(evaluations), np.nan), where=answered_P > 0
    )
    domains = tuple(item.domain for item in evaluations)
    return Scores(per_prompt, domains, right_PS.size - int(answered_P.sum()))


def _draw_seed(seed: int, evaluation_id: str, sample: int) -> int:
    digest = hashlib.sha256(f"{seed} {evaluation_id} {sample}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1  # 31 bits: what every engine takes
