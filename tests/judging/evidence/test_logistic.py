from dataclasses import replace

import numpy as np
import pytest

from judging.evidence.logistic import EQUAL, PRIOR_SCALE, Logistic, sigmoid
from judging.evidence.signals import from_columns


def loss(model, signals, first):
    odds = model.score(signals)
    return np.logaddexp(0, np.where(first, -odds, odds)).mean()


def test_without_labels_it_is_the_equal_vote_of_those_that_speak():
    signals = from_columns({"one": [0.9, 0.9], "two": [0.6, None]}, ["x", "y"])
    model = Logistic().fit(signals.take(np.array([False, False])), np.zeros(0, dtype=bool))
    nine, half_more = np.log(9), np.log(1.5)
    expected = PRIOR_SCALE * np.array([(nine + half_more) / 2, nine])
    assert model.score(signals) == pytest.approx(expected)


def test_few_labels_stay_near_the_equal_vote_and_many_learn_who_is_good(simulate):
    signals, first = simulate(4000, 1.5, 0.0)
    few, many = np.arange(4000) < 10, np.arange(4000) < 3000
    weights = [Logistic().fit(signals.take(rows), first[rows]).weights[1:] for rows in (few, many)]
    assert np.abs(weights[0]).max() < 0.1
    assert weights[1][0] > 0.2 > -0.2 > weights[1][1]


def test_equal_pull_never_learns_weights(simulate):
    signals, first = simulate(500, 1.5, 0.0)
    weights = Logistic(pull=EQUAL).fit(signals, first).weights
    assert weights == pytest.approx([PRIOR_SCALE, 0, 0], abs=1e-3)


def test_exchanged_sides_exchange_the_probability(simulate):
    signals, first = simulate(300, 1.0, 0.3, silent=0.2)
    mirrored = replace(signals, log_odds=-signals.log_odds)
    scores = Logistic().fit(signals, first).score(signals)
    assert Logistic().fit(mirrored, ~first).score(mirrored) == pytest.approx(-scores, abs=1e-9)


def test_a_model_fitted_once_prefers_no_side(simulate):
    signals, first = simulate(300, 1.0, 0.3, silent=0.2)
    covariates = np.random.default_rng(1).normal(size=(300, 1))
    signals = replace(signals, covariates=covariates, domains=("x", "y") * 150)
    mirrored = replace(signals, log_odds=-signals.log_odds, covariates=-covariates)
    model = Logistic().fit(signals, first)
    assert np.array_equal(model.score(mirrored), -model.score(signals))


def test_a_domain_where_the_judge_is_bad_gets_a_smaller_scale(simulate):
    good, first = simulate(1000, 1.5, seed=1)
    bad, other = simulate(1000, 0.0, seed=2)
    signals = from_columns(
        {"judge": sigmoid(np.vstack([good.log_odds, bad.log_odds])[:, 0]).tolist()},
        [str(i) for i in range(2000)],
        domains=["good"] * 1000 + ["bad"] * 1000,
    )
    model = Logistic().fit(signals, np.concatenate([first, other]))
    asked = from_columns({"judge": [0.9] * 3}, ["x"] * 3, domains=["good", "bad", "new"])
    in_good, in_bad, in_new = model.score(asked)
    assert in_bad < in_new < in_good
    assert in_bad < 0.5


def test_domains_with_few_labels_have_no_scale_of_their_own(simulate):
    signals, first = simulate(100, 1.0, domains=["large"] * 81 + ["small"] * 19)
    assert Logistic().fit(signals, first).domains == ()
    signals, first = simulate(100, 1.0, domains=["large"] * 80 + ["enough"] * 20)
    assert Logistic().fit(signals, first).domains == ("enough", "large")


def test_answers_may_be_right_more_often_than_not_but_pairs_may_not(simulate):
    signals, _ = simulate(400, 0.0, symmetric=False)
    first = np.arange(400) % 10 > 0
    silent = from_columns({"judge": [None]}, ["x"], symmetric=False)
    assert sigmoid(Logistic().fit(signals, first).score(silent))[0] == pytest.approx(0.9, abs=0.03)
    pairs = replace(signals, symmetric=True)
    unheard = replace(silent, symmetric=True)
    assert Logistic().fit(pairs, first).score(unheard)[0] == 0


def test_a_covariate_that_explains_people_is_learned(simulate):
    signals, first = simulate(500, 0.0)
    covariates = np.where(first, 1.0, -1.0)[:, None] * 100
    told = replace(signals, covariates=covariates)
    model = Logistic().fit(told, first)
    assert loss(model, told, first) < loss(Logistic().fit(signals, first), signals, first) - 0.1


@pytest.mark.parametrize("sources", [1, 5])
def test_judges_that_are_sure_and_guess_are_worth_a_coin(sources):
    """From there whole Newton steps shoot past the minimum, ever farther."""
    rng = np.random.default_rng(0)
    columns = {str(j): rng.choice([0.0, 1.0, 0.5], 400).tolist() for j in range(sources)}
    signals = from_columns(columns, [str(i) for i in range(400)])
    first = rng.random(400) < 0.5
    assert loss(Logistic().fit(signals, first), signals, first) <= np.log(2)


@pytest.mark.parametrize("right", [True, False])
def test_a_judge_that_is_always_right_or_always_wrong_is_believed_accordingly(right):
    first = np.arange(200) % 2 == 0
    said = np.where(first == right, 1.0, 0.0)
    signals = from_columns({"judge": said.tolist()}, [str(i) for i in range(200)])
    scores = Logistic().fit(signals, first).score(signals)
    assert np.isfinite(scores).all()
    assert ((scores > 0) == first).all()
