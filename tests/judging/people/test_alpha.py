from itertools import combinations, product

import numpy as np
import pytest

from judging.people.alpha import bootstrap_alpha, krippendorff_alpha
from judging.people.answers import collect

# Krippendorff (2011), "Computing Krippendorff's alpha-reliability", section C.
OBSERVERS = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
EXAMPLE = collect(
    (f"u{unit}", f"o{observer}", value)
    for observer, line in enumerate(OBSERVERS)
    for unit, value in enumerate(line.split())
    if value != "."
)


@pytest.mark.parametrize(
    ("scale", "expected"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_the_published_example(scale, expected):
    assert krippendorff_alpha(EXAMPLE, scale) == pytest.approx(expected, abs=5e-4)


def distance(scale, counts, a, b):
    """The published distances; labels are 0, 1, ... and stand for themselves."""
    low, high = min(a, b), max(a, b)
    if scale == "nominal":
        return float(a != b)
    if scale == "interval":
        return (a - b) ** 2
    return (counts[low : high + 1].sum() - (counts[low] + counts[high]) / 2) ** 2


@pytest.mark.parametrize("scale", ["nominal", "ordinal", "interval"])
def test_it_is_the_definition_by_pairs(scale):
    rng = np.random.default_rng(1)
    said = [(item, int(rng.integers(5))) for item in range(30) for _ in range(rng.integers(1, 6))]
    answers = collect((str(item), f"w{n}", str(label)) for n, (item, label) in enumerate(said))
    units = [[k for i, k in said if i == item] for item in range(30)]
    units = [unit for unit in units if len(unit) >= 2]
    paired = [label for unit in units for label in unit]
    counts = np.bincount(paired, minlength=5)
    inside = sum(
        2 * sum(distance(scale, counts, a, b) for a, b in combinations(unit, 2)) / (len(unit) - 1)
        for unit in units
    )
    between = sum(distance(scale, counts, a, b) for a, b in product(paired, paired))
    expected = 1 - (inside / len(paired)) / (between / len(paired) / (len(paired) - 1))
    assert krippendorff_alpha(answers, scale) == pytest.approx(expected)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [("q1", "ada", "1"), ("q2", "eva", "2")],  # no item has two answers
        [("q1", "ada", "1"), ("q1", "eva", "1")],  # nothing varies
    ],
)
def test_without_overlap_or_variation_there_is_no_alpha(rows):
    answers = collect(rows)
    assert krippendorff_alpha(answers) is None
    assert bootstrap_alpha(answers, delta=0.05, seed=0) is None


def test_words_have_no_distance():
    with pytest.raises(ValueError, match="'yes' is no number"):
        krippendorff_alpha(collect([("q", "ada", "yes"), ("q", "eva", "1")]), "interval")


def test_a_label_that_nobody_said_changes_nothing():
    rows = [("q1", "ada", "1"), ("q1", "eva", "2"), ("q2", "ada", "2"), ("q2", "eva", "2")]
    with_word = collect(rows, labels=["(any other label)"])
    assert krippendorff_alpha(with_word, "interval") == krippendorff_alpha(
        collect(rows), "interval"
    )


def test_the_interval_covers_the_alpha_of_the_pool(simulate):
    """Two labels, equally often, answers right with chance q: alpha is (2 q - 1)^2."""
    covered = 0
    for seed in range(40):
        answers, _ = simulate([0.85] * 5, items=150, per_item=3, seed=seed)
        interval = bootstrap_alpha(answers, delta=0.1, seed=seed, rounds=200)
        covered += interval.low <= (2 * 0.85 - 1) ** 2 <= interval.high
    assert covered >= 30  # of 36 expected; less happens by chance once in 200
