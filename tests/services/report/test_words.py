import pytest

from services.report.facts import CertificateFacts, Facts
from services.report.words import (
    audit_words,
    drift_words,
    known_right_words,
    lift_words,
    promise_words,
    simulation_words,
    verdict,
)


def read(facts, **changes):
    return Facts.model_validate(facts | changes)


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        ([0.001, 0.02], "became better"),
        ([0.0, 0.02], "No improvement is shown"),
        ([-0.02, 0.0], "No improvement is shown"),
        ([-0.02, -0.001], "became worse"),
    ],
)
def test_the_verdict_follows_the_interval(facts, interval, said):
    assert said in verdict(read(facts, lift_interval=interval))


def test_a_batch_without_training_is_not_praised(facts):
    del facts["lift"]
    assert verdict(read(facts)) == "953 preference pairs delivered; no training was measured."
    assert "No training round" in lift_words(read(facts))


def test_the_lift_comes_with_its_interval(facts):
    assert "+11.7 points, 95 % interval +9.1 to +14.3" in lift_words(read(facts))


def test_the_promise_names_its_terms_and_grounds(facts, certificate):
    said = " ".join(promise_words(read(facts), CertificateFacts.model_validate(certificate)))
    assert "with 90\u202f% confidence" in said
    assert "at least 85\u202f% of the verdicts" in said
    assert "90 of them reached the threshold, and on 4 of these" in said


def test_no_certificate_says_how_many_labels_would_help(facts):
    said = " ".join(promise_words(read(facts, threshold=None, labels_needed=420), None))
    assert "certified for nothing" in said
    assert "about 420 labels in all" in said


def test_no_certificate_says_so_where_no_number_would_help(facts):
    said = " ".join(promise_words(read(facts, threshold=None, labels_needed=None), None))
    assert "no number of labels" in said


def test_nothing_is_promised_where_nothing_was_routed(facts):
    del facts["threshold"]
    assert "nothing is promised" in promise_words(read(facts), None)[0]


def test_the_audit_comes_with_its_interval_and_confidence(facts, certificate):
    said = audit_words(read(facts), CertificateFacts.model_validate(certificate))
    assert "random 40 pairs" in said
    assert "2 disagreements; exact 90\u202f% interval 86.0\u202f% to 99.0\u202f%" in said
    assert "No alarm was raised" in said


def test_an_alarm_is_said(facts):
    said = audit_words(read(facts, audit_alarm=True), None)
    assert "broke the promise" in said
    assert "No alarm" not in said


def test_an_alarm_says_after_how_many_items(facts):
    said = audit_words(read(facts, audit_alarm=True, audit_alarm_items=31), None)
    assert "broke the promise after 31 audited pairs" in said


def test_the_stated_delay_and_the_method_are_said(facts):
    audit = {**facts["audit_agreement"], "method": "prediction_powered", "at_every_look": [0.8, 1]}
    delays = [{"disagreement": 0.25, "items": 190}, {"disagreement": 0.16, "items": None}]
    said = audit_words(read(facts, audit_agreement=audit, audit_detects=delays), None)
    assert "prediction-powered interval" in said
    assert "at every look 80.0\u202f% to 100.0\u202f%" in said
    assert "25\u202f% disagreement within 190 audited pairs, in 90 % of the cases" in said
    assert "16\u202f%" not in said


def test_drift_is_said_and_what_follows_from_it(facts):
    check = {
        "subject": "judge",
        "name": "flips",
        "verdict": "drifting",
        "reason": "more than chance",
    }
    stable = {**check, "verdict": "stable"}
    assert drift_words(read(facts)) == []
    assert "none in 1 checks" in drift_words(read(facts, drift=[stable]))[0]
    said = drift_words(read(facts, drift=[check, stable], judge_revoked="drift"))
    assert said[0] == "Drift of the judge, flips: more than chance."
    assert "was not used" in said[1]


def test_an_empty_audit_gives_no_agreement(facts):
    empty = {"agreement": None, "low": 0.0, "high": 1.0, "n": 0, "errors": 0}
    assert audit_words(read(facts, audit_agreement=empty), None) == "Nothing was audited (n = 0)."
    stopped = audit_words(read(facts, audit_agreement=empty, audit_alarm=True), None)
    assert stopped.startswith("Nothing was audited (n = 0). The audit broke the promise")


@pytest.mark.parametrize(
    ("simulated", "said"),
    [(True, "The reviewers."), (False, "Nothing:"), (None, "not recorded")],
)
def test_what_is_simulated_is_said(facts, simulated, said):
    (sentence,) = simulation_words(read(facts, simulated_reviewers=simulated))
    assert said in sentence


@pytest.mark.parametrize(("model", "sentences"), [("embedded", 2), ("/models/other", 1)])
def test_a_lift_of_the_embedded_model_is_put_in_its_place(facts, model, sentences):
    said = simulation_words(read(facts, model=model))
    assert len(said) == sentences
    assert ("partly wrong on purpose" in said[-1]) == (model == "embedded")


def test_the_labs_own_key_is_quoted_where_it_brought_one(facts):
    assert known_right_words(read(facts)) == ""
    said = known_right_words(read(facts, known_right={"right": 9, "total": 10}))
    assert "9 of 10 delivered pairs (90.0\u202f%)" in said
    assert "0 of 0" in known_right_words(read(facts, known_right={"right": 0, "total": 0}))
