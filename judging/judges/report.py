"""How a judge behaved on a set: how sure, how biased by place, how often it had nothing to say."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean

from ingot.records import Judgment, Model

CAUSE_CHARS = 80


class JudgeReport(Model):
    """Figures over the judgments of one criterion; None where nothing is known."""

    criterion: str
    judged: int
    """All items, whatever came of them."""
    decided: int
    """Items with a verdict."""
    unsure_share: float | None
    """Share of items on which the judge did not want to answer by a label."""
    failures: dict[str, int]
    """Failed items by cause, numbers in it as N."""
    verdicts: dict[str, int]
    mean_p: float | None
    mean_score: float | None
    flipped_share: float | None
    """Share of decided items whose verdict changed with the order."""
    mean_position_bias: float | None
    """In log-odds; above 0 favours what is shown first."""
    mean_label_mass: float | None
    mean_agreement: float | None
    tokens: int


def report_judgments(judgments: Iterable[Judgment]) -> list[JudgeReport]:
    """A report for each criterion, in the order in which they first come."""
    by_criterion: dict[str, list[Judgment]] = {}
    for judgment in judgments:
        by_criterion.setdefault(judgment.criterion, []).append(judgment)
    return [_report(criterion, own) for criterion, own in by_criterion.items()]


def _report(criterion: str, judgments: Sequence[Judgment]) -> JudgeReport:
    decided = [j for j in judgments if j.verdict not in ("", "unsure")]
    two_orders = [j for j in decided if j.position_bias is not None]
    failures = Counter(_cause(j.rationale) for j in judgments if not j.verdict)
    return JudgeReport(
        criterion=criterion,
        judged=len(judgments),
        decided=len(decided),
        unsure_share=_share([j.verdict == "unsure" for j in judgments]),
        failures=dict(failures.most_common()),
        verdicts=dict(Counter(j.verdict for j in decided).most_common()),
        mean_p=_mean([j.p for j in decided]),
        mean_score=_mean([j.score for j in decided]),
        flipped_share=_share([j.flipped for j in two_orders]),
        mean_position_bias=_mean([j.position_bias for j in two_orders]),
        mean_label_mass=_mean([j.label_mass for j in judgments]),
        mean_agreement=_mean([j.agreement for j in decided]),
        tokens=sum(j.cost_tokens for j in judgments),
    )


def _cause(rationale: str) -> str:
    return re.sub(r"\d[\d,.]*", "N", rationale)[:CAUSE_CHARS]


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _share(claims: Sequence[bool]) -> float | None:
    return fmean(claims) if claims else None
