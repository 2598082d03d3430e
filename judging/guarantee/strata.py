"""A promise for each stratum: a bad domain cannot hide behind a good one.

Delta is split evenly over the strata (Bonferroni), so that with probability at least 1 - delta the
promise holds in all of them at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from judging.guarantee.promise import Promise
from judging.guarantee.threshold import Certificate, certify


@dataclass(frozen=True, slots=True)
class Stratum:
    """One stratum: what `certify` takes."""

    confidences: Sequence[float]
    calibration: Sequence[tuple[float, bool]]
    groups: Sequence[str] = ()


def certify_strata(
    strata: Mapping[str, Stratum],
    target_risk: float,
    delta: float,
    *,
    promise: Promise = "batch",
    learned: bool = False,
) -> dict[str, Certificate]:
    """One certificate for each stratum, each at its share of delta."""
    share = delta / max(len(strata), 1)
    return {
        name: certify(
            stratum.confidences,
            stratum.calibration,
            target_risk,
            share,
            groups=stratum.groups,
            promise=promise,
            learned=learned,
        )
        for name, stratum in strata.items()
    }
