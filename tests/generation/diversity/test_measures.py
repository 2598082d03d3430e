import math
from random import Random

import numpy as np
import pytest

from generation.diversity.measures import cluster_entropy, distinct_n, measure, vendi_score


def unit_rows(count: int, width: int, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((count, width))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize(
    ("texts", "n", "share"),
    [
        (["a b c"], 1, 1.0),
        (["a b", "A b!"], 1, 0.5),
        (["a b", "a b"], 2, 0.5),
        (["a b a b a b"], 2, 2 / 5),
        (["a b", "b a"], 2, 1.0),
        (["a b c d", "a b c e"], 3, 3 / 4),
        (["a", "b"], 2, 0.0),
        (["a b", "", "c d e"], 3, 1.0),
        ([], 1, 0.0),
        ([""], 2, 0.0),
    ],
)
def test_distinct_counts_n_grams_inside_texts(texts, n, share):
    assert distinct_n(texts, n) == pytest.approx(share)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_distinct_gives_what_a_set_gives(n):
    rng = Random(n)
    texts = [[f"w{rng.randrange(4)}" for _ in range(rng.randrange(9))] for _ in range(60)]
    grams = [tuple(t[i : i + n]) for t in texts for i in range(len(t) - n + 1)]
    assert distinct_n([" ".join(t) for t in texts], n) == len(set(grams)) / len(grams)


def test_identical_texts_are_one_to_vendi():
    assert vendi_score(np.repeat(unit_rows(1, 8), 30, axis=0)) == pytest.approx(1, abs=1e-4)


def test_orthogonal_texts_are_each_one_to_vendi():
    assert vendi_score(np.eye(7, dtype=np.float32)) == pytest.approx(7)


def test_vendi_of_two_texts_follows_from_their_cosine():
    cosine = 0.6  # eigenvalues of K / 2: (1 + c) / 2 and (1 - c) / 2
    pair = np.array([[1, 0], [cosine, 0.8]], np.float32)
    assert vendi_score(pair) == pytest.approx(math.exp(-0.8 * math.log(0.8) - 0.2 * math.log(0.2)))


@pytest.mark.parametrize(("count", "width"), [(5, 40), (60, 12)])
def test_vendi_by_features_is_vendi_by_the_kernel(count, width):
    rows = unit_rows(count, width)
    values = np.linalg.eigvalsh(rows.astype(np.float64) @ rows.T / count)
    values = values[values > 1e-12]
    assert vendi_score(rows) == pytest.approx(math.exp(-(values * np.log(values)).sum()), rel=1e-5)


def test_vendi_sums_blocks(monkeypatch):
    rows = unit_rows(50, 6)
    whole = vendi_score(rows)
    monkeypatch.setattr("generation.diversity.measures.BLOCK_ROWS", 7)
    assert vendi_score(rows) == pytest.approx(whole)


def test_vendi_of_nothing_is_nothing():
    assert vendi_score(np.empty((0, 4), np.float32)) == 0


def test_vendi_refuses_rows_that_are_not_of_unit_length():
    with pytest.raises(ValueError, match="is 4: divide by norms"):
        vendi_score(2 * unit_rows(9, 4))


@pytest.mark.parametrize(
    ("counts", "entropy"),
    [
        ([5, 5, 5, 5], 1.0),
        ([9, 0, 0], 0.0),
        ([1, 1, 0, 0], 0.5),
        ([0, 0], 0.0),
        ([3], 0.0),
        ([], 0.0),
    ],
)
def test_entropy_is_a_share_of_the_largest(counts, entropy):
    assert cluster_entropy(counts) == pytest.approx(entropy)


def test_all_figures_come_together():
    texts = ["a b c d", "a b c d"]
    figures = measure(texts, np.eye(2, dtype=np.float32), counts=[1, 1], rng=Random(0))
    assert (figures.texts, figures.distinct_1, figures.distinct_2) == (2, 0.5, 0.5)
    assert figures.self_bleu == pytest.approx(1)
    assert figures.vendi == pytest.approx(2)
    assert figures.cluster_entropy == pytest.approx(1)


def test_a_measure_without_its_input_is_missing():
    figures = measure(["a b"], rng=Random(0))
    assert figures.vendi is None
    assert figures.cluster_entropy is None
