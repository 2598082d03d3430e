from collections import Counter
from random import Random

import numpy as np
import orjson
import pytest

from generation.diversity.coverage import CoverageMap
from generation.diversity.measures import cluster_entropy

CELLS = 20
AXES = np.eye(CELLS, dtype=np.float32)


def draw_near(cells: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    rows = AXES[cells] + 0.05 * rng.standard_normal((len(cells), CELLS))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def skewed() -> np.ndarray:
    """2,000 seeds, 90 % of them in 2 of 20 regions."""
    rng = np.random.default_rng(0)
    crowd = rng.integers(0, 2, 1800)
    return draw_near(np.concatenate((crowd, rng.integers(2, CELLS, 200))), rng)


def grow(choose, coverage: CoverageMap, seeds: np.ndarray, strays: float = 0.0) -> list[int]:
    """Write 400 texts near the chosen seeds; `strays` of them fall into region 0 whatever asked."""
    rng = np.random.default_rng(1)
    homes = seeds.argmax(axis=1)
    for _ in range(400):
        home = 0 if rng.random() < strays else homes[choose()]
        coverage.add(draw_near(np.array([home]), rng))
    return coverage.counts


@pytest.mark.parametrize(("strays", "gain"), [(0.0, 0.4), (0.3, 0.2)])
def test_steering_evens_out_what_chance_leaves_skewed(skewed, strays, gain):
    chance, rng = Random(2), Random(2)
    unsteered = grow(lambda: chance.randrange(len(skewed)), CoverageMap(AXES), skewed, strays)
    coverage = CoverageMap(AXES)
    cells = coverage.locate(skewed)
    steered = grow(lambda: coverage.choose_among(rng, cells), coverage, skewed, strays)
    assert cluster_entropy(steered) > cluster_entropy(unsteered) + gain


def test_steering_reaches_an_even_spread(skewed):
    coverage, rng = CoverageMap.fit(skewed, CELLS, 0), Random(0)
    counts = grow(lambda: coverage.choose(rng, skewed), coverage, skewed)
    assert cluster_entropy(counts) > 0.98


def test_texts_are_counted_where_they_lie():
    coverage = CoverageMap(AXES[:3])
    coverage.add(draw_near(np.array([0, 2, 2]), np.random.default_rng(0)))
    coverage.add(AXES[2:3])
    assert coverage.counts == [1, 0, 3]


def test_fitting_counts_nothing():
    coverage = CoverageMap.fit(AXES, 5, 0)
    assert coverage.counts == [0] * 5


@pytest.mark.parametrize(
    ("counts", "weights"),
    [
        ([0, 0], [1 / 2, 1 / 2]),
        ([0, 1, 3], [4 / 7, 2 / 7, 1 / 7]),  # 1 / (count + 1)
        ([0, 200], [210 / 220, 10 / 220]),  # a tenth of the mean: 1 / 10 and 1 / 210
    ],
)
def test_thinness_is_inverse_to_the_smoothed_count(counts, weights):
    thin = CoverageMap(AXES[: len(counts)], counts).thinness()
    assert thin == pytest.approx(weights)


def test_cells_are_chosen_by_thinness_whatever_their_number_of_candidates():
    coverage, rng = CoverageMap(AXES[:3], [0, 1, 0]), Random(0)
    cells = np.array([0] * 90 + [1] * 10)
    drawn = Counter(cells[coverage.choose_among(rng, cells)] for _ in range(3000))
    assert drawn[0] / 3000 == pytest.approx(2 / 3, abs=0.035)  # four standard errors


def test_candidates_of_a_cell_are_equally_likely():
    rng = Random(0)
    coverage, cells = CoverageMap(AXES[:2]), np.zeros(4, np.int64)
    drawn = Counter(coverage.choose_among(rng, cells) for _ in range(2000))
    assert all(abs(drawn[i] / 2000 - 1 / 4) < 0.04 for i in range(4))


def test_a_map_goes_on_from_its_snapshot(skewed):
    coverage = CoverageMap.fit(skewed, 12, 3)
    coverage.add(skewed[:500])
    restored = CoverageMap.from_snapshot(orjson.loads(orjson.dumps(coverage.snapshot())))
    assert restored.snapshot() == coverage.snapshot()
    one, two = Random(4), Random(4)
    chosen = [coverage.choose(one, skewed) for _ in range(20)]
    assert chosen == [restored.choose(two, skewed) for _ in range(20)]


def test_nothing_to_fit_or_to_choose_from_is_refused():
    with pytest.raises(ValueError, match="give a first sample"):
        CoverageMap.fit(AXES[:0], 4, 0)
    with pytest.raises(ValueError, match="give at least one"):
        CoverageMap(AXES).choose(Random(0), AXES[:0])
