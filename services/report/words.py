"""The report's sentences: what the figures mean, also where they are missing or disappoint."""

from services.report.facts import AuditFacts, CertificateFacts, Facts
from services.report.formats import count, counted, percent, points


def verdict(facts: Facts) -> str:
    """The first line: did the data make the model better?"""
    if facts.lift is None or facts.lift_interval is None:
        if facts.delivered is None:
            return "Nothing is delivered yet."
        return f"{counted(facts.delivered, 'preference pair')} delivered; no training was measured."
    low, high = facts.lift_interval
    if low > 0:
        return "Trained on this batch, the model became better."
    if high < 0:
        return "Trained on this batch, the model became worse."
    return "No improvement is shown: the interval of the lift includes zero."


def lift_words(facts: Facts) -> str:
    """The lift with its interval."""
    if facts.lift is None or facts.lift_interval is None:
        return "No training round was ordered or measured for this batch."
    low, high = facts.lift_interval
    return (
        f"On held-out prompts, pass@1 went from {percent(facts.pass_at_1_before)} to "
        f"{percent(facts.pass_at_1_after)}: {points(facts.lift)} points, 95 % interval "
        f"{points(low)} to {points(high)} (paired bootstrap over the prompts)."
    )


def promise_words(facts: Facts, certificate: CertificateFacts | None) -> list[str]:
    """The guarantee, or why there is none."""
    if not facts.routed:
        return ["No routing is recorded for this batch, so nothing is promised."]
    if facts.threshold is None:
        return _no_promise(facts)
    agreement = None if facts.guaranteed_risk is None else 1 - facts.guaranteed_risk
    sure = f"with {percent(1 - certificate.delta, 0)} confidence, " if certificate else ""
    said = [
        f"Promised: {sure}people agree with at least {percent(agreement, 0)} of the verdicts that "
        f"the judge gives alone, which it does from a confidence of {facts.threshold:.3f}. The "
        "promise is about the batch as a whole; a single domain can be worse."
    ]
    return said + ([_grounds(certificate)] if certificate else [])


def _grounds(certificate: CertificateFacts) -> str:
    """What the promise rests on."""
    return (
        f"It rests on {counted(certificate.labels, 'randomly drawn pair')} that people answered "
        f"first: {count(certificate.n)} of them reached the threshold, and on "
        f"{count(certificate.k)} of these people disagreed with the judge. "
        f"{percent(certificate.coverage)} of the pairs that the judge scored reach it."
    )


def _no_promise(facts: Facts) -> list[str]:
    """The judge was trusted with nothing; what would change that."""
    said = [
        "The judge was certified for nothing and decided no pair alone: whatever no program could "
        "verify went to people."
    ]
    labels = count(facts.calibration_labels)
    if facts.labels_needed is None:
        said.append(
            f"With the disagreement seen on {labels} labels, no number of labels would certify it."
        )
    else:
        said.append(
            f"It had {labels} labels. If the disagreement stays as it was, about "
            f"{count(facts.labels_needed)} labels in all would certify it for something."
        )
    return said


def audit_words(facts: Facts, certificate: CertificateFacts | None) -> str:
    """Whether the promise was kept, by labels that did not make it."""
    audit = facts.audit_agreement
    if audit is None:
        return "No audit is recorded."
    if not audit.n or audit.agreement is None:
        return "Nothing was audited (n = 0)." + (
            f" {_alarm_words(facts)}" if facts.audit_alarm else ""
        )
    sure = f"{percent(1 - certificate.delta, 0)} interval" if certificate else "interval"
    method = "prediction-powered" if audit.method == "prediction_powered" else "exact"
    return (
        f"Kept? People answered a random {counted(audit.n, 'pair')} of those that the judge had "
        f"accepted, without seeing its verdict, and agreed on {percent(audit.agreement)} "
        f"({counted(audit.errors, 'disagreement')}; {method} {sure} {percent(audit.low)} to "
        f"{percent(audit.high)}{_every_look(audit)}). {_alarm_words(facts)}"
    )


def _every_look(audit: AuditFacts) -> str:
    if audit.at_every_look is None:
        return ""
    low, high = audit.at_every_look
    return f"; at every look {percent(low)} to {percent(high)}"


def _alarm_words(facts: Facts) -> str:
    """Whether the audit stopped the judge, and how soon it would have."""
    if facts.audit_alarm:
        after = facts.audit_alarm_items
        when = f" after {counted(after, 'audited pair')}" if after else ""
        return (
            f"The audit broke the promise{when}: every pair that the judge had accepted went to "
            "people."
        )
    delays = [
        f"{percent(delay.disagreement, 0)} disagreement within {count(delay.items)} audited pairs"
        for delay in facts.audit_detects
        if delay.items
    ]
    found = f" It finds {' and '.join(delays)}, in 90 % of the cases." if delays else ""
    return f"No alarm was raised.{found}"


def drift_words(facts: Facts) -> list[str]:
    """What has changed on the way; [] where nobody looked."""
    if not facts.drift:
        return []
    found = [check for check in facts.drift if check.verdict == "drifting"]
    if not found:
        return [f"Drift: none in {len(facts.drift)} checks of prompts, judge and people."]
    said = [f"Drift of the {check.subject}, {check.name}: {check.reason}." for check in found]
    if facts.judge_revoked == "drift":
        said.append("So the certificate was not used, and people decided what it would cover.")
    return said


def people_word(facts: Facts) -> str:
    """What to call those who answered."""
    return "simulated reviewers" if facts.simulated_reviewers else "people"


def simulation_words(facts: Facts) -> list[str]:
    """What is simulated, said plainly."""
    said = [_reviewer_words(facts)]
    if facts.model == "embedded":
        said.append(
            "The model is the embedded one: about a million parameters, and partly wrong on "
            "purpose. Its lift shows that the line works, not what a larger model would gain."
        )
    return said


def _reviewer_words(facts: Facts) -> str:
    if facts.simulated_reviewers is None:
        return "Whether people or programs answered the review tasks is not recorded."
    if not facts.simulated_reviewers:
        return "Nothing: people answered the review tasks, and everything else really ran."
    return (
        "The reviewers. Programs that know the right answers and err at a set rate answered the "
        "review tasks, through the same API and queue as people do. Wherever this page says "
        "people, it was these programs. Every record that rests on their answers is marked as "
        "simulated. Everything else really ran: generation, judging, calibration, routing, "
        "curation, delivery and training."
    )


def known_right_words(facts: Facts) -> str:
    """What the lab's own answer key says of the delivery; '' where it brought none."""
    known = facts.known_right
    if known is None:
        return ""
    share = percent(known.right / known.total) if known.total else "–"
    return (
        f"The lab's own answer key confirms {count(known.right)} of {count(known.total)} delivered "
        f"pairs ({share}). No judge, router or filter saw it."
    )
