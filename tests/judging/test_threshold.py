from math import sqrt

import numpy as np
import pytest

from judging.intervals import minimum_items, upper_bound
from judging.threshold import certify, plan_sequences

RISK, DELTA = 0.15, 0.1

JUDGES = {
    "calibrated": lambda c: 1 - c,
    "good": lambda c: 0.3 * (1 - c),
    "overconfident": lambda c: 0.25 + 0.5 * (1 - c),
    "useless": lambda c: np.full_like(c, 0.35),
    "borderline": lambda c: np.full_like(c, 0.155),
    "cliff": lambda c: np.where(c > 0.95, 0.4, 0.08),
}
"""Rate of disagreement at a confidence; uniform confidences in [0.5, 1]."""


def draw(judge, labels, rng, ties=False):
    """Confidences of a batch, who was wrong, and a random labelled sample of it."""
    confidences = rng.uniform(0.5, 1, 1000)
    if ties:
        confidences = np.round(confidences, 1)
    wrong = rng.random(1000) < JUDGES[judge](confidences)
    chosen = rng.choice(1000, labels, replace=False)
    calibration = list(zip(confidences[chosen].tolist(), (~wrong[chosen]).tolist(), strict=True))
    return confidences, wrong, calibration


def simulate(judge, labels=300, draws=1000, ties=False):
    """Share of draws in which the promise was broken, and the mean coverage."""
    rng = np.random.default_rng(20)
    broken, coverage = 0, 0.0
    for _ in range(draws):
        confidences, wrong, calibration = draw(judge, labels, rng, ties)
        certificate = certify(confidences, calibration, RISK, DELTA)
        if certificate.threshold is not None:
            accepted = confidences >= certificate.threshold
            broken += wrong[accepted].mean() > RISK
            coverage += accepted.mean() / draws
    return broken / draws, coverage


@pytest.mark.parametrize("judge", JUDGES)
def test_the_promise_is_broken_in_at_most_delta_of_the_draws(judge):
    broken, _ = simulate(judge)
    assert broken <= DELTA + 3 * sqrt(DELTA * (1 - DELTA) / 1000)


@pytest.mark.parametrize("judge", ["calibrated", "borderline"])
def test_the_promise_holds_for_confidences_with_ties(judge):
    broken, _ = simulate(judge, ties=True)
    assert broken <= DELTA + 3 * sqrt(DELTA * (1 - DELTA) / 1000)


def test_a_better_judge_decides_more():
    shares = [simulate(judge, draws=100)[1] for judge in ("useless", "calibrated", "good")]
    assert shares[0] < 0.05 < 0.15 < shares[1] < 0.95 < shares[2]


def test_the_grid_finds_what_lies_behind_a_bad_top():
    assert simulate("cliff", labels=500, draws=100)[1] > 0.3


def flat(labels, errors, confidence=0.9):
    """A batch of one confidence with a labelled sample."""
    return [confidence] * 500, [(confidence, i >= errors) for i in range(labels)]


def test_abstains_where_nothing_passes():
    certificate = certify(*flat(100, 30), RISK, DELTA)
    assert (certificate.threshold, certificate.coverage) == (None, 0.0)
    assert not certificate.accepts(1.0)
    assert certificate.labels_needed is None  # 30 % stay 30 %
    assert all(not step.passed for step in certificate.path)


def test_says_how_many_labels_would_change_an_abstention():
    certificate = certify(*flat(60, 6), RISK, DELTA)
    assert certificate.threshold is None
    needed = certificate.labels_needed
    assert 60 < needed < 600
    assert certify(*flat(needed, round(6 / 60 * needed)), RISK, DELTA).threshold == 0.9


@pytest.mark.parametrize("labels", [0, minimum_items(RISK, DELTA / 2) - 1])
def test_too_few_labels_to_pass_at_all_are_not_tested(labels):
    certificate = certify(*flat(labels, 0), RISK, DELTA)
    assert (certificate.threshold, certificate.path) == (None, ())
    assert certificate.labels_needed == minimum_items(RISK, DELTA / 2)


def test_passes_at_exactly_the_bound_and_not_below():
    labels = minimum_items(RISK, DELTA / 2)  # one walk and one grid point, delta / 2 each
    assert certify(*flat(labels, 0), RISK, DELTA).threshold == 0.9
    assert certify(*flat(labels, 1), RISK, DELTA).threshold is None


def test_a_certificate_states_what_was_tested():
    confidences = np.linspace(0.5, 1, 1000)
    calibration = [(float(c), c > 0.7 or i % 2 == 0) for i, c in enumerate(confidences[::4])]
    certificate = certify(confidences, calibration, RISK, DELTA)
    accepted = [agrees for c, agrees in calibration if c >= certificate.threshold]
    assert (certificate.n, certificate.k) == (len(accepted), accepted.count(False))
    assert certificate.coverage == np.mean(confidences >= certificate.threshold)
    assert certificate.upper_bound <= RISK
    assert certificate.threshold == min(s.threshold for s in certificate.path if s.passed)
    for step in certificate.path:
        assert step.upper_bound >= upper_bound(step.k, step.n, DELTA)


def test_a_sequence_ends_at_its_first_failure():
    rng = np.random.default_rng(1)
    confidences, _, calibration = draw("calibrated", 300, rng)
    path = certify(confidences, calibration, RISK, DELTA).path
    for name in {step.sequence for step in path if step.sequence != "grid"}:
        walk = [step for step in path if step.sequence == name]
        assert [s.threshold for s in walk] == sorted((s.threshold for s in walk), reverse=True)
        assert all(step.passed for step in walk[:-1])


def test_shares_of_delta_add_up_and_do_not_depend_on_labels():
    confidences = np.sort(np.random.default_rng(2).uniform(0.5, 1, 500))[::-1]
    for labels in (20, 60, 150, 500):
        plan = plan_sequences(confidences, labels, RISK, DELTA)
        assert sum(s.delta for s in plan) == pytest.approx(DELTA)
    assert [s.name for s in plan] == ["from 30", "from 60", "from 120", "from 240"] + ["grid"] * 5


def test_tie_groups_are_accepted_and_counted_whole():
    confidences = [0.95] * 100 + [0.8] * 300
    calibration = [(0.95, True)] * 40 + [(0.8, i % 4 > 0) for i in range(120)]
    certificate = certify(confidences, calibration, RISK, DELTA)
    assert (certificate.threshold, certificate.n, certificate.k) == (0.95, 40, 0)
    assert certificate.coverage == 0.25
    assert (certificate.accepts(0.95), certificate.accepts(0.9499)) == (True, False)
    assert not certificate.accepts(None)


def test_the_calibration_is_named_by_all_it_rests_on():
    batch, labelled = flat(60, 0)
    ids = [
        certify(batch, labelled, RISK, DELTA).calibration_id,
        certify(batch, labelled[::-1], RISK, DELTA).calibration_id,
        certify(batch, labelled, 0.2, DELTA).calibration_id,
        certify(batch, [(0.9, False), *labelled[1:]], RISK, DELTA).calibration_id,
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


@pytest.mark.parametrize("bad", [float("nan"), 1.1, -0.1])
def test_a_confidence_outside_its_range_is_refused(bad):
    with pytest.raises(ValueError, match="outside"):
        certify([bad], [(0.9, True)], RISK, DELTA)
    with pytest.raises(ValueError, match="outside"):
        certify([0.9], [(bad, True)], RISK, DELTA)


@pytest.mark.parametrize(("risk", "delta"), [(0, 0.1), (1, 0.1), (0.1, 0), (0.1, 1)])
def test_impossible_terms_are_refused(risk, delta):
    with pytest.raises(ValueError, match="between 0 and 1"):
        certify([0.9], [(0.9, True)], risk, delta)


@pytest.mark.parametrize("judge", ["mistral-7b-instruct", "gpt-3.5-turbo", "gpt-4-turbo"])
@pytest.mark.parametrize("risk", [0.1, 0.15, 0.2])
def test_the_promise_holds_on_pairs_judged_by_people(shared_data, judge, risk):
    """All labelled pairs are the batch; 150 of them, drawn anew 200 times, are calibration."""
    data = shared_data("1_judge_human/trust_or_escalate_calibration")
    first = np.array(data[f"probs_{judge}"].to_list())[:, 0]
    confidences = np.maximum(first, 1 - first)
    agrees = (first > 0.5) == (data["human_preference"].to_numpy() == 1)
    rng, broken = np.random.default_rng(3), 0
    for _ in range(200):
        chosen = rng.choice(len(agrees), 150, replace=False)
        labelled = list(zip(confidences[chosen].tolist(), agrees[chosen].tolist(), strict=True))
        certificate = certify(confidences, labelled, risk, DELTA)
        accepted = [a for a, c in zip(agrees, confidences, strict=True) if certificate.accepts(c)]
        broken += 1 - np.mean(accepted or [True]) > risk
    assert broken / 200 <= DELTA + 3 * sqrt(DELTA * (1 - DELTA) / 200)
