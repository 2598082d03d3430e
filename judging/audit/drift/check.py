"""Checks for drift, and when one counts: not by chance, and large enough to matter.

Many checks are made, again for every batch. Within one comparison Holm's method shares the level
among them; comparison j of an order gets the share 1 / (j (j + 1)) of the order's level, and these
shares add up to 1. So an order in which nothing drifts is told of a drift with probability at most
1 %, however many batches and checks it has. With many items any trifle is significant, so a change
must also reach a size that matters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ingot.records import Model

LEVEL = 0.01
"""Chance of a false drift over a whole order."""
MIN_ITEMS = 20
"""Items on each side below which nothing is said."""

Subject = Literal["prompts", "judge", "people"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One comparison of before and after, not yet judged."""

    subject: Subject
    name: str
    statistic: float
    """Size of the change, in the unit that `said` names."""
    material: float
    """Size from which it matters."""
    p_value: float
    """Chance of a change this large or larger where nothing has changed."""
    before: int
    """Items before."""
    after: int
    said: str
    """The change in words."""


class DriftCheck(Model):
    """The outcome of one comparison."""

    subject: Subject
    name: str
    statistic: float
    material: float
    p_value: float
    threshold: float
    """What the p-value had to reach, all checks and comparisons taken into account."""
    before: int
    after: int
    verdict: Literal["stable", "drifting"]
    reason: str


def settle(
    findings: Sequence[Finding], *, comparison: int = 1, level: float = LEVEL
) -> list[DriftCheck]:
    """Judge the findings of one comparison together; `comparison` counts those of an order."""
    share = level / (comparison * (comparison + 1))
    left, rejecting = len(findings), True
    checks: dict[str, DriftCheck] = {}
    for finding in sorted(findings, key=lambda f: (f.p_value, f.name)):
        threshold = share / left
        rejecting = rejecting and finding.p_value <= threshold
        checks[finding.name] = _check(finding, threshold, significant=rejecting)
        left -= 1
    return [checks[finding.name] for finding in findings]


def drifting(checks: Sequence[DriftCheck]) -> list[DriftCheck]:
    """Those that found a drift."""
    return [check for check in checks if check.verdict == "drifting"]


def _check(finding: Finding, threshold: float, *, significant: bool) -> DriftCheck:
    large = abs(finding.statistic) >= finding.material
    few = min(finding.before, finding.after) < MIN_ITEMS
    if few:
        why = f"{finding.before} and {finding.after} items are too few to tell"
    elif significant:
        why = "more than chance" + ("" if large else ", but too small to matter")
    else:
        why = "no more than chance"
    drifts = significant and large and not few
    return DriftCheck(
        subject=finding.subject,
        name=finding.name,
        statistic=finding.statistic,
        material=finding.material,
        p_value=finding.p_value,
        threshold=threshold,
        before=finding.before,
        after=finding.after,
        verdict="drifting" if drifts else "stable",
        reason=f"{finding.said}: {why}",
    )
