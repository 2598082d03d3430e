import pytest

from ingot.records import JudgeKind
from judging.guarantee.threshold import Certificate
from judging.people.aggregate import decide
from judging.preferences import Undecided, build_preferences
from judging.routing import route

CERTIFICATE = Certificate(
    threshold=0.8, calibration_id="cal_1", target_risk=0.15, delta=0.1, labels=100
)


def settle(pair, judgments=(), answers=()):
    routed = route([pair], judgments, CERTIFICATE, audit_share=0, seed=0)
    decisions = [decide(pair, answers)]
    return build_preferences([pair], routed, judgments, decisions, CERTIFICATE)


@pytest.mark.parametrize(("verified", "chosen"), [("A", "right"), ("B", "wrong")])
def test_the_verifier_decides_verified_pairs(make_pair, answer, verified, chosen):
    pair = make_pair(verified=verified)
    other = "B" if verified == "A" else "A"
    (preference,) = settle(pair, answers=[answer(pair, other)]).preferences
    assert preference.chosen[-1].content == chosen
    assert preference.rejected[-1].content != chosen
    assert (preference.source, preference.confidence) == (JudgeKind.VERIFIER, 1.0)
    assert {preference.chosen_id, preference.rejected_id} == {pair.a_id, pair.b_id}


def test_a_verified_tie_is_no_preference(make_pair):
    (left,) = settle(make_pair(verified="tie")).undecided
    assert left.reason is Undecided.NO_PREFERENCE


def test_the_judge_decides_what_it_was_trusted_with(make_pair, make_judgment):
    pair = make_pair()
    judgment = make_judgment(pair, "B", 0.93)
    (preference,) = settle(pair, [judgment]).preferences
    assert (preference.source, preference.confidence) == (JudgeKind.JUDGE, 0.93)
    assert (preference.chosen, preference.chosen_id) == (pair.b, pair.b_id)
    marks = preference.provenance
    assert (marks.judge, marks.calibration_id, marks.people) == ("judge-1", "cal_1", ())
    assert marks.parents == ("ins_1", pair.id, judgment.id)


def test_a_person_beats_the_judge(make_pair, make_judgment, answer):
    pair = make_pair()
    said = answer(pair, "A", "ada", simulated=True)
    (preference,) = settle(pair, [make_judgment(pair, "B", 0.99)], [said]).preferences
    assert (preference.source, preference.chosen) == (JudgeKind.PERSON, pair.a)
    marks = preference.provenance
    assert (marks.people, marks.simulated, marks.judge) == (("ada",), True, "")
    assert marks.parents == ("ins_1", pair.id, said.id)
    assert marks.order_id == "ord_1"


def test_the_guideline_that_people_followed_is_named(make_pair, answer):
    pair, given = make_pair(), []
    for name, version in (("ada", 2), ("bob", 3), ("cem", None)):
        said = answer(pair, "A", name)
        marks = said.provenance.model_copy(update={"guideline_version": version})
        given.append(said.model_copy(update={"provenance": marks}))
    (preference,) = settle(pair, answers=given).preferences
    assert preference.provenance.guideline_version == 3


@pytest.mark.parametrize(
    ("verdicts", "reason"),
    [
        (("tie",), Undecided.NO_PREFERENCE),
        (("A", "B"), Undecided.NO_MAJORITY),
        (("skip",), Undecided.NO_ANSWER),
        ((), Undecided.NO_ANSWER),
    ],
)
def test_what_people_leave_open_is_named(make_pair, make_judgment, answer, verdicts, reason):
    pair = make_pair()
    answers = [answer(pair, verdict, f"person-{i}") for i, verdict in enumerate(verdicts)]
    outcome = settle(pair, [make_judgment(pair, p=0.6)], answers)
    assert outcome.preferences == ()
    assert [(left.pair_id, left.reason) for left in outcome.undecided] == [(pair.id, reason)]


def test_the_judge_stands_where_an_auditor_skipped(make_pair, make_judgment, answer):
    pair = make_pair()
    outcome = settle(pair, [make_judgment(pair, p=0.9)], [answer(pair, "skip")])
    assert outcome.preferences[0].source is JudgeKind.JUDGE


def test_failed_judgments_decide_nothing(make_pair, make_judgment):
    pair = make_pair()
    (left,) = settle(pair, [make_judgment(pair, "", None)]).undecided
    assert left.reason is Undecided.NO_ANSWER
