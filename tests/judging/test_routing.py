import pytest

from judging.guarantee.threshold import Certificate
from judging.routing import Reason, route

TERMS = {"calibration_id": "cal_1", "target_risk": 0.15, "delta": 0.1, "labels": 100}
CERTIFIED = Certificate(threshold=0.8, **TERMS)
ABSTAINING = Certificate(threshold=None, **TERMS)


def reason_of(pair, judgments, certificate=CERTIFIED):
    routed = route([pair], judgments, certificate, audit_share=0, seed=0)
    (only,) = (*routed.auto_accepted, *routed.to_people)
    assert only.pair_id == pair.id
    return only.reason, bool(routed.auto_accepted)


@pytest.mark.parametrize(
    ("p", "reason", "auto"),
    [(0.8, Reason.ABOVE_THRESHOLD, True), (0.7999, Reason.BELOW_THRESHOLD, False)],
)
def test_the_threshold_parts_judge_and_people(make_pair, make_judgment, p, reason, auto):
    pair = make_pair()
    assert reason_of(pair, [make_judgment(pair, p=p)]) == (reason, auto)


def test_verified_pairs_need_nobody(make_pair):
    assert reason_of(make_pair(verified="B"), [], ABSTAINING) == (Reason.VERIFIED, True)


@pytest.mark.parametrize(
    ("verdict", "p", "reason"),
    [("", None, Reason.JUDGE_FAILED), ("unsure", None, Reason.JUDGE_UNSURE)],
)
def test_judgments_without_a_score_go_to_people(make_pair, make_judgment, verdict, p, reason):
    pair = make_pair()
    assert reason_of(pair, [make_judgment(pair, verdict, p)]) == (reason, False)


def test_pairs_that_were_not_judged_go_to_people(make_pair, make_judgment):
    other = make_judgment(make_pair(a="other"))
    assert reason_of(make_pair(), [other]) == (Reason.NOT_JUDGED, False)


def test_without_a_certificate_everything_goes_to_people(make_pair, make_judgment):
    pair = make_pair()
    judged = [make_judgment(pair, p=1.0)]
    assert reason_of(pair, judged, ABSTAINING) == (Reason.NO_CERTIFICATE, False)


def test_the_audit_is_a_random_part_of_what_the_judge_accepted(make_pair, make_judgment):
    pairs = [make_pair(a=f"{i}") for i in range(600)] + [make_pair(verified="A")]
    judgments = [make_judgment(p, p=0.9 if i % 2 else 0.6) for i, p in enumerate(pairs)]
    routed = route(pairs, judgments, CERTIFIED, audit_share=0.2, seed=3)
    accepted = {r.pair_id for r in routed.auto_accepted if r.reason is Reason.ABOVE_THRESHOLD}
    assert {r.pair_id for r in routed.audit} < accepted
    assert {r.reason for r in routed.audit} == {Reason.AUDIT}
    assert 30 < len(routed.audit) < 90
    assert len(routed.auto_accepted) + len(routed.to_people) == 601
    assert route(pairs, judgments, CERTIFIED, audit_share=0.2, seed=3) == routed
