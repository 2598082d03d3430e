"""A judge as labs name it: one scorer, or several, of which the first decides or all together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import exp, log

from judging.guarantee.threshold import Certificate
from services.rewards.scorer import Question, Scored, Scorer

_LEAST_P = 1e-4


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a judge."""

    pick: Callable[[Question], Scorer]
    """The scorer of a question; raises OrderError where there is none."""
    arity: frozenset[int]
    certificate: Certificate | None = None
    """Above which confidence this step may decide; None where it always may."""


@dataclass(frozen=True, slots=True)
class Combination:
    """How the probabilities of several judges become one: log-odds = bias + sum of w times theirs.

    A judge that is silent says nothing either way. With weights and a bias that were fitted to
    labels (logistic regression; of one judge alone, Platt 1999) the result is calibrated.
    """

    weights: tuple[float, ...] = ()
    """One for each judge; () takes the mean of those that are not silent."""
    bias: float = 0.0
    certificate: Certificate | None = None


@dataclass(frozen=True, slots=True)
class Judge:
    """Steps in their order."""

    name: str
    kind: str
    stages: tuple[Stage, ...]
    verifier: str = ""
    """The verifier of all its questions; '' takes the item's own."""
    combination: Combination | None = None
    """All steps are asked and put together; None asks the next one only where one cannot tell."""

    @property
    def arity(self) -> frozenset[int]:
        """How many answers a question may have: what every step can take."""
        return frozenset.intersection(*(stage.arity for stage in self.stages))

    @property
    def calibration_ids(self) -> list[str]:
        """The calibrations whose certificates bound it."""
        parts = self.stages if self.combination is None else (self.combination,)
        return [p.certificate.calibration_id for p in parts if p.certificate is not None]


def certified(scored: Scored, certificate: Certificate | None) -> Scored:
    """Take the score away where the certificate does not cover its confidence.

    The probability stays: it tells how sure the judge was.
    """
    if certificate is None or scored.score is None:
        return scored
    if certificate.threshold is None:
        reason = "its calibration allows this judge to decide nothing"
        return replace(scored, score=None, because="no_certificate", reason=reason)
    if certificate.accepts(scored.confidence):
        return scored
    known = "unknown" if scored.confidence is None else f"{scored.confidence:.4f}"
    reason = f"confidence {known} is below the certified {certificate.threshold:.4f}"
    return replace(scored, score=None, because="below_threshold", reason=reason)


def combined(steps: Sequence[Scored], combination: Combination, answers: int) -> Scored:
    """One probability from those of all steps, whether each may decide alone or not."""
    tokens = sum(step.tokens for step in steps)
    told = [(n, s.probability) for n, s in enumerate(steps) if s.probability is not None]
    if not told:
        lacking = next((step for step in steps if step.because), steps[-1])
        return replace(lacking, tokens=tokens)
    weights = combination.weights or (1 / len(told),) * len(steps)
    log_odds = combination.bias + sum(weights[n] * _log_odds(p) for n, p in told)
    p = 1 / (1 + exp(-max(-700.0, min(700.0, log_odds))))
    verdict = ("AB" if answers == 2 else ("right", "wrong"))[p < 0.5]
    return Scored(
        score=p,
        probability=p,
        verdict=verdict,
        reason=f"{len(told)} of {len(steps)} judges together",
        tokens=tokens,
        flipped=any(step.flipped for step in steps),
        confidence=max(p, 1 - p),
    )


def total(steps: Sequence[Scored]) -> Scored:
    """The last step's result with the tokens of all."""
    return replace(steps[-1], tokens=sum(step.tokens for step in steps))


def _log_odds(p: float) -> float:
    """As in `judging.evidence`, no judge is surer than .9999, whatever it says."""
    held = min(max(p, _LEAST_P), 1 - _LEAST_P)
    return log(held) - log(1 - held)
