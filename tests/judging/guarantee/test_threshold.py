from itertools import pairwise
from math import sqrt

import numpy as np
import pytest

from judging.guarantee.threshold import certify
from judging.intervals import minimum_items

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


CONFIDENCES = np.sort(np.random.default_rng(19).uniform(0.5, 1, 1000))[::-1]


def draw(judge, labels, rng, ties=False):
    """Confidences of a batch, who was wrong, and a random labelled sample of it."""
    confidences = np.round(CONFIDENCES, 1) if ties else CONFIDENCES
    wrong = rng.random(1000) < JUDGES[judge](confidences)
    chosen = rng.choice(1000, labels, replace=False)
    calibration = list(zip(confidences[chosen].tolist(), (~wrong[chosen]).tolist(), strict=True))
    return confidences, wrong, calibration, np.isin(np.arange(1000), chosen)


def simulate(judge, labels=300, draws=200, ties=False):
    """Share of draws in which the rest of the batch broke the promise, and the mean coverage."""
    rng = np.random.default_rng(20)
    broken, coverage = 0, 0.0
    for _ in range(draws):
        confidences, wrong, calibration, labelled = draw(judge, labels, rng, ties)
        certificate = certify(confidences, calibration, RISK, DELTA)
        if certificate.threshold is not None:
            alone = (confidences >= certificate.threshold) & ~labelled
            broken += wrong[alone].mean() > RISK
            coverage += certificate.coverage / draws
    return broken / draws, coverage


@pytest.mark.parametrize("judge", JUDGES)
def test_the_promise_is_broken_in_at_most_delta_of_the_draws(judge):
    broken, _ = simulate(judge)
    assert broken <= DELTA + 3 * sqrt(DELTA * (1 - DELTA) / 200)


@pytest.mark.parametrize("judge", ["calibrated", "borderline"])
def test_the_promise_holds_for_confidences_with_ties(judge):
    broken, _ = simulate(judge, ties=True)
    assert broken <= DELTA + 3 * sqrt(DELTA * (1 - DELTA) / 200)


@pytest.mark.parametrize("rate", [0.10, 0.12, 0.13])
def test_the_promise_holds_in_a_small_batch_that_lies_at_the_edge_everywhere(rate):
    """Every share of the batch has nearly the same errors: the worst case for many looks."""
    rng, broken, draws = np.random.default_rng(5), 0, 200
    confidences = np.sort(rng.uniform(0.5, 1, 260))[::-1]
    for _ in range(draws):
        wrong = np.diff(np.floor(np.arange(261) * rate + rng.random())) > 0
        labelled = np.isin(np.arange(260), rng.choice(260, 130, replace=False))
        calibration = list(zip(confidences[labelled], ~wrong[labelled], strict=True))
        certificate = certify(confidences, calibration, RISK, DELTA)
        alone = (confidences >= (certificate.threshold or 2)) & ~labelled
        broken += alone.any() and wrong[alone].mean() > RISK
    assert broken / draws <= DELTA + 3 * sqrt(DELTA * (1 - DELTA) / draws)


def test_a_better_judge_decides_more():
    shares = [simulate(judge, draws=40)[1] for judge in ("useless", "calibrated", "good")]
    assert shares[0] < 0.05 < 0.15 < shares[1] < 0.95 < shares[2]


def test_a_bad_top_does_not_hide_what_lies_behind_it():
    assert simulate("cliff", labels=500, draws=40)[1] > 0.3


def test_items_of_one_group_count_less_than_items_drawn_alone():
    calibration = [(0.9, i >= 12) for i in range(200)]
    alone = certify([0.9] * 1000, calibration, RISK, DELTA)
    groups = [str(i // 12) for i in range(200)]  # all errors stand in one prompt
    grouped = certify([0.9] * 1000, calibration, RISK, DELTA, groups=groups)
    assert alone.threshold == 0.9
    assert alone.design_effect == 1
    assert grouped.threshold is None


def test_the_promise_about_the_population_is_the_binomial_one():
    least = minimum_items(RISK, DELTA)
    batch = certify([0.9] * 40, [(0.9, True)] * least, RISK, DELTA)
    population = certify([0.9] * 40, [(0.9, True)] * least, RISK, DELTA, promise="population")
    assert batch.threshold is None  # the luck of 26 others is not covered
    assert population.threshold == 0.9


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


@pytest.mark.parametrize("labels", [0, minimum_items(RISK, DELTA) - 1])
def test_too_few_labels_to_pass_at_all_are_not_tested(labels):
    certificate = certify(*flat(labels, 0), RISK, DELTA)
    assert (certificate.threshold, certificate.path) == (None, ())
    assert certificate.labels_needed == minimum_items(RISK, DELTA)


def test_passes_at_exactly_the_bound_and_not_below():
    labels = minimum_items(RISK, DELTA)
    terms = {"promise": "population"}
    assert certify(*flat(labels, 0), RISK, DELTA, **terms).threshold == 0.9
    assert certify(*flat(labels, 1), RISK, DELTA, **terms).threshold is None


def test_a_certificate_states_what_was_tested():
    confidences = np.linspace(0.5, 1, 1000)
    calibration = [(float(c), c > 0.7 or i % 2 == 0) for i, c in enumerate(confidences[::4])]
    certificate = certify(confidences, calibration, RISK, DELTA)
    accepted = [agrees for c, agrees in calibration if c >= certificate.threshold]
    assert (certificate.n, certificate.k) == (len(accepted), accepted.count(False))
    assert certificate.coverage == np.mean(confidences >= certificate.threshold)
    assert certificate.upper_bound <= RISK + 1e-9
    assert certificate.threshold == min(s.threshold for s in certificate.path if s.passed)
    for step in certificate.path:
        assert step.passed == (step.p_value <= step.level)
        assert step.level <= DELTA + 1e-12


def test_testing_goes_down_and_a_failure_ends_what_was_handed_on():
    for seed in range(20):
        confidences, _, calibration, _ = draw("calibrated", 300, np.random.default_rng(seed))
        path = certify(confidences, calibration, RISK, DELTA).path
        thresholds = [step.threshold for step in path]
        assert thresholds == sorted(thresholds, reverse=True)
        for before, after in pairwise(path):
            if not before.passed:
                assert after.level < DELTA


def test_tie_groups_are_accepted_and_counted_whole():
    confidences = [0.95] * 300 + [0.6] * 100
    calibration = [(0.95, True)] * 90 + [(0.6, i % 2 > 0) for i in range(60)]
    certificate = certify(confidences, calibration, RISK, DELTA)
    assert (certificate.threshold, certificate.n, certificate.k) == (0.95, 90, 0)
    assert certificate.coverage == 0.75
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
    """All pairs are the batch; 130 of them, drawn anew 200 times, are labelled."""
    data = shared_data("1_judge_human/trust_or_escalate_calibration")
    first = np.array(data[f"probs_{judge}"].to_list())[:, 0]
    confidences = np.maximum(first, 1 - first)
    agrees = (first > 0.5) == (data["human_preference"].to_numpy() == 1)
    rng, broken = np.random.default_rng(3), 0
    for _ in range(200):
        chosen = rng.choice(len(agrees), 130, replace=False)
        labelled = list(zip(confidences[chosen].tolist(), agrees[chosen].tolist(), strict=True))
        certificate = certify(confidences, labelled, risk, DELTA)
        rest = np.setdiff1d(np.arange(len(agrees)), chosen)
        alone = [agrees[i] for i in rest if certificate.accepts(confidences[i])]
        broken += 1 - np.mean(alone or [True]) > risk
    assert broken / 200 <= DELTA + 3 * sqrt(DELTA * (1 - DELTA) / 200)
