"""What a run showed, and its audits again in other random orders."""

from typing import Any

import numpy as np

from benchmarks.deciding.audit_line import ACCURACY, GUARANTEE, KEPT, NOISY, Break, Run
from ingot.orders import SimulatedHabits
from judging.audit.betting import audit
from judging.audit.detection import items_to_detect
from judging.intervals import Booleans
from services.simulation import SimulatedReviewer, truth_of

RISK, DELTA = round(1 - GUARANTEE["agreement"], 6), round(1 - GUARANTEE["confidence"], 6)


def describe(run: Run, breaks: Break) -> dict[str, Any]:
    """One run: the realised agreement, the alarm, and the number that was stated beforehand."""
    seen, summary = run.summary["audit_agreement"], run.summary
    drift = [c["name"] for c in summary["drift"] if c["verdict"] == "drifting"]
    facts: dict[str, Any] = {
        "target_agreement": GUARANTEE["agreement"],
        "threshold": summary["threshold"],
        "accepted": len(run.accepted),
        "audited": seen["n"],
        "agreement": seen["agreement"],
        "interval": [seen["low"], seen["high"]],
        "method": seen["method"],
        "at_every_look": seen["at_every_look"],
        "alarm": summary["audit_alarm"],
        "judge_revoked": summary.get("judge_revoked", ""),
        "alarm_after_items": run.alarm["items"] if run.alarm else None,
        "sent_to_people_after_alarm": run.asked_after_alarm,
        "drifting": drift,
        "seconds": round(run.seconds),
    }
    if breaks and run.accepted:
        after = run.alarm["items"] - run.kept if run.alarm else None
        stated = stated_items(run, breaks)
        facts |= {"audited_before_break": run.kept, "alarm_after_break": after}
        facts |= {"stated_items": stated}
        facts["within_stated"] = after is not None and stated is not None and after <= stated
    return facts


def stated_items(run: Run, breaks: Break) -> int | None:
    """Items within which 90 % of audits stop, from the rates before and after the break."""
    good, bad = float(disagreements(run, ACCURACY).mean()), broken_rate(run, breaks)
    kept = {"kept": run.kept, "kept_rate": good} if breaks == "people" else {}
    return items_to_detect(bad, RISK, DELTA, **kept)


def broken_rate(run: Run, breaks: Break) -> float:
    """Share of the accepted items on which judge and reviewers disagree after the break."""
    return float(disagreements(run, NOISY if breaks == "people" else ACCURACY).mean())


def disagreements(run: Run, accuracy: float) -> Booleans:
    """Whether a reviewer of this accuracy disagrees with the judge, for each accepted item."""
    truth = truth_of(run.spec)
    habits = SimulatedHabits(accuracy=accuracy)
    person = SimulatedReviewer(None, truth, habits, seed=run.spec.seed)  # type: ignore[arg-type]
    pairs = {pair.id: pair for pair in run.judged.pairs}
    said = {judgment.subject_id: judgment.verdict for judgment in run.judged.judgments}
    tasks = (
        {
            part: [{"content": turn.content} for turn in getattr(pairs[item], part)]
            for part in ("prompt", "a", "b")
        }
        for item in run.accepted
    )
    verdicts = [person.decide(task) for task in tasks]
    return np.array([v != said[i] for v, i in zip(verdicts, run.accepted, strict=True)])


def replay(run: Run, breaks: Break, rounds: int) -> dict[str, Any]:
    """Audit the run's accepted items in random orders, the break after the same number of them."""
    good = disagreements(run, ACCURACY)
    bad = disagreements(run, NOISY) if breaks == "people" else good
    kept, random = KEPT if breaks == "people" else 0, np.random.default_rng(0)
    delays, early = [], 0
    for _ in range(rounds):
        order = random.permutation(len(good))[: round(GUARANTEE["audit_share"] * len(good))]
        errors = np.concatenate([good[order[:kept]], bad[order[kept:]]])
        at = audit(errors.tolist(), RISK, DELTA).alarm_at
        early += at is not None and at <= kept
        delays.append(np.inf if at is None else at - kept)
    facts: dict[str, Any] = {
        "audits": rounds,
        "disagreement_before": round(float(good.mean()), 4),
        "alarms": round(float(np.isfinite(delays).mean()), 4),
    }
    if breaks:
        stated = stated_items(run, breaks)
        facts |= {
            "disagreement_after": round(float(bad.mean()), 4),
            "stated_items": stated,
            "within_stated": round(float(np.mean(np.array(delays) <= (stated or 0))), 4),
            "median_items": float(np.median(delays)),
            "alarms_before_break": round(early / rounds, 4),
        }
    return facts
