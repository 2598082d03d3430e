import numpy as np
import pytest

from judging.people.answers import collect
from judging.people.kappa import bootstrap_cohen, bootstrap_fleiss, cohen_kappa, fleiss_kappa

# The table of https://en.wikipedia.org/wiki/Fleiss%27_kappa: 10 items, 14 people, 5 labels.
TABLE = """0 0 0 0 14
0 2 6 4 2
0 0 3 5 6
0 3 9 2 0
2 2 8 1 1
7 7 0 0 0
3 2 6 3 0
2 5 3 2 2
6 5 2 1 0
0 2 2 3 7"""


def test_fleiss_of_a_known_table():
    rows = []
    for item, line in enumerate(TABLE.splitlines()):
        said = [k for k, count in enumerate(map(int, line.split())) for _ in range(count)]
        rows += [(str(item), f"w{n}", str(label)) for n, label in enumerate(said)]
    assert fleiss_kappa(collect(rows)) == pytest.approx(0.210, abs=5e-4)


def test_cohen_of_a_known_table():
    """20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: observed 0.7, by chance 0.5."""
    first = np.repeat([1, 1, 0, 0], [20, 5, 10, 15])
    second = np.repeat([1, 0, 1, 0], [20, 5, 10, 15])
    assert cohen_kappa(first, second) == pytest.approx(0.4)


def test_there_is_no_kappa_without_items_or_variation():
    nothing = np.array([], dtype=np.int64)
    assert cohen_kappa(nothing, nothing) is None
    assert cohen_kappa(np.ones(3, dtype=int), np.ones(3, dtype=int)) is None
    assert fleiss_kappa(collect([("q", "ada", "a")])) is None
    assert fleiss_kappa(collect([("q", "ada", "a"), ("q", "eva", "a")])) is None


def test_guessing_is_worth_nothing(simulate):
    answers, _ = simulate([0.5] * 6, items=3000)
    assert fleiss_kappa(answers) == pytest.approx(0, abs=0.03)


def test_the_interval_of_fleiss_covers_the_kappa_of_the_crowd(simulate):
    """Two of accuracy 0.9 agree with chance 0.82 where guesses agree with 0.5: kappa 0.64."""
    covered = 0
    for seed in range(40):
        answers, _ = simulate([0.9] * 6, items=200, seed=seed)
        interval = bootstrap_fleiss(answers, delta=0.1, seed=seed, rounds=300)
        covered += interval.low <= 0.64 <= interval.high
    assert covered >= 31  # of Bin(40, 0.9) all but 1 in 100 are above 30


def test_the_interval_of_cohen_is_that_of_its_standard_error():
    first = np.repeat([1, 1, 0, 0], [200, 50, 100, 150])
    second = np.repeat([1, 0, 1, 0], [200, 50, 100, 150])
    interval = bootstrap_cohen(first, second, delta=0.05, seed=1)
    # Fleiss, Cohen, Everitt (1969): observed 0.7, expected 0.5, so about 1.96 * 0.041.
    assert (interval.high - interval.low) / 2 == pytest.approx(1.96 * 0.0405, rel=0.1)
    assert interval.low < 0.4 < interval.high


def test_there_is_no_interval_without_a_kappa():
    same = np.ones(3, dtype=int)
    assert bootstrap_cohen(same, same, delta=0.05, seed=0) is None
    assert bootstrap_fleiss(collect([("q", "ada", "a")]), delta=0.05, seed=0) is None
