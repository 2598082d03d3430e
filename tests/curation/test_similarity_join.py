import random
from itertools import combinations

import numpy as np
import pytest

from curation import similarity_join
from curation.clusters import Clusters, Pairs
from curation.similarity_join import build_sets, join_similar


def join(sets: list[set[int]], threshold: float, labels: list[int] | None = None) -> Pairs:
    owners = np.array([owner for owner, members in enumerate(sets) for _ in members], np.int64)
    hashes = np.array([member for members in sets for member in members], np.uint64)
    given = np.array(labels or [0] * len(sets), np.int64)
    return join_similar(build_sets(owners, hashes, len(sets)), given, threshold)


def jaccard(one: set[int], other: set[int]) -> float:
    return len(one & other) / len(one | other)


def clusters_of(pairs, count: int) -> list[int]:
    clusters = Clusters(count)
    first, second = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    clusters.join(first, second)
    return clusters.root.tolist()


def draw_sets(rng: random.Random) -> list[set[int]]:
    bases = [set(rng.sample(range(300), rng.randint(1, 30))) for _ in range(40)]
    cut = [
        set(rng.sample(sorted(base), max(1, len(base) - rng.randint(0, 4)))) | {rng.randrange(300)}
        for base in bases
        for _ in range(4)
    ]
    return [*cut, *cut[:5], *(base | {301} for base in bases)]


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.8, 0.95, 1.0])
def test_the_join_finds_the_clusters_of_brute_force(threshold: float):
    sets = draw_sets(random.Random(threshold))
    true = [
        (a, b)
        for a, b in combinations(range(len(sets)), 2)
        if jaccard(sets[a], sets[b]) >= threshold
    ]
    pairs = join(sets, threshold)
    found = list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    assert true
    assert set(found) <= set(true)
    assert clusters_of(found, len(sets)) == clusters_of(true, len(sets))


def test_the_similarity_is_the_exact_jaccard():
    pairs = join([{1, 2, 3, 4}, {2, 3, 4, 5}], 0.5)
    assert pairs.similarity.tolist() == [3 / 5]


def test_both_sides_of_the_threshold():
    sets = [{1, 2, 3, 4}, {1, 2, 3, 4, 5}]  # 4 / 5
    assert len(join(sets, 0.8).first) == 1
    assert len(join(sets, 0.8001).first) == 0


def test_sets_of_different_labels_are_never_paired():
    same = {1, 2, 3}
    pairs = join([same, same, same, same], 0.9, [0, 1, 0, 2])
    assert list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)) == [(0, 2)]


def test_empty_sets_are_nobodys_duplicate():
    assert len(join([set(), set(), {1}], 0.5).first) == 0
    assert len(join([], 0.5).first) == 0


def test_verification_in_small_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch):
    sets = draw_sets(random.Random(1))
    whole = join(sets, 0.6)
    monkeypatch.setattr(similarity_join, "VERIFY_MEMBERS", 50)
    blocks = join(sets, 0.6)
    assert blocks.first.tolist() == whole.first.tolist()
    assert blocks.similarity.tolist() == whole.similarity.tolist()


def test_many_sets_of_one_cluster_are_joined_to_one():
    pairs = join([{*range(40), 1000 + index} for index in range(3000)], 0.9)
    found = list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    assert set(clusters_of(found, 3000)) == {0}
    assert len(found) < 3 * 3000
