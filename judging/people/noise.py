"""What a judge's disagreement with people says of its error, people being wrong at times too.

Two labels, wrong with chances r (the judge) and q (a person), independently: they disagree with
chance d = r (1 - q) + (1 - r) q. Two people agree with chance a = q^2 + (1 - q)^2. So overlap gives
q, and q gives r = (d - q) / (1 - 2 q).

**No promise is ever above the human ceiling 1 - q**: against single answers even a judge that is
never wrong reaches no more. A promise of agreement is one about what can be observed, and stays so;
the corrected rate is an estimate beside it, never a reason to promise more.

The formulas hold for two labels (drop the ties before). Where judge and people err on the same
items, the corrected rate is too low; that cannot be seen from their answers alone.
"""

from dataclasses import dataclass
from math import sqrt

from judging.intervals import Interval, clopper_pearson

NEAR_CHANCE = 0.4
"""Human error from which on nothing is corrected: at q = 0.4 each error of d counts five times."""


@dataclass(frozen=True, slots=True)
class HumanError:
    """How often one answer of a person is wrong."""

    rate: float
    interval: Interval
    """Conservative range of the rate, at most 1/2."""
    pairs: int
    """Pairs of answers to one item that it rests on."""
    delta: float

    @property
    def ceiling(self) -> float:
        """Highest agreement with single answers that anything can reach."""
        return 1 - self.rate


@dataclass(frozen=True, slots=True)
class Corrected:
    """The judge's own error rate, or why none can be told."""

    observed: float
    """Rate of disagreement with single answers."""
    rate: float | None
    interval: Interval | None
    """With confidence 1 - delta, of the disagreement and of the human error together."""
    refusal: str = ""


def human_error(agreeing: int, pairs: int, delta: float) -> HumanError | None:
    """The error of single answers, from pairs of answers by two people to one item.

    None where people agree no more often than by chance, so that no error below 1/2 explains them.
    One pair per item, or the interval is too narrow. Raises ValueError for impossible counts.
    """
    if not 0 <= agreeing <= pairs or not 0 < delta < 1:
        raise ValueError(f"{agreeing} of {pairs} pairs at delta {delta}: give 0 <= k <= n")
    if 2 * agreeing <= pairs:
        return None
    agreement = clopper_pearson(agreeing, pairs, delta)
    interval = Interval(low=_error_of(agreement.high), high=_error_of(agreement.low))
    return HumanError(_error_of(agreeing / pairs), interval, pairs, delta)


def correct_disagreement(
    disagreements: int, items: int, error: HumanError | None, delta: float
) -> Corrected:
    """The judge's own error behind its disagreement with single answers, or a refusal.

    The interval spends delta / 2 on the disagreement, so `error` is to be made with delta / 2 too.
    The rate rises with the disagreement, and moves one way with the human error, so that its bounds
    lie at the corners of both intervals. Raises ValueError for impossible counts.
    """
    if not 0 <= disagreements <= items or items == 0:
        raise ValueError(f"{disagreements} of {items} items: give 0 <= k <= n and n > 0")
    observed = disagreements / items
    if error is None:
        return Corrected(observed, None, None, "people agree no more often than by chance")
    if error.interval.high > NEAR_CHANCE:
        reason = (
            f"human error {error.rate:.3f} may be as high as {error.interval.high:.3f}, too near "
            f"1/2 (limit {NEAR_CHANCE}): collect more double answers than {error.pairs}"
        )
        return Corrected(observed, None, None, reason)
    rate = judge_error(observed, error.rate)
    if not 0 <= rate <= 1:
        reason = (
            f"disagreement {observed:.3f} lies outside {error.rate:.3f} to {error.ceiling:.3f}, "
            "which independent errors allow: judge and people err together, or too few items"
        )
        return Corrected(observed, None, None, reason)
    seen = clopper_pearson(disagreements, items, delta / 2)
    corners = [judge_error(d, q) for d in _ends(seen) for q in _ends(error.interval)]
    interval = Interval(low=max(0.0, min(corners)), high=min(1.0, max(corners)))
    return Corrected(observed, rate, interval)


def judge_error(observed: float, human: float) -> float:
    """The r of d = r (1 - q) + (1 - r) q; outside [0, 1] where errors are not independent."""
    return (observed - human) / (1 - 2 * human)


def exceeds_ceiling(agreement: float, error: HumanError) -> str:
    """Why an agreement with single answers cannot be promised, '' where it can be."""
    if agreement <= error.ceiling:
        return ""
    return (
        f"an agreement of {agreement:.3f} is above the human ceiling of {error.ceiling:.3f}: "
        "ask for less, or have each item answered by several people"
    )


def _error_of(agreement: float) -> float:
    return (1 - sqrt(max(0.0, 2 * agreement - 1))) / 2


def _ends(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high
