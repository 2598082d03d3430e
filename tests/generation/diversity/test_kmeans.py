import numpy as np
import pytest

from generation.diversity.kmeans import find_centres, nearest_centre


def draw_around(centres: np.ndarray, each: int, spread: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows = np.repeat(centres, each, axis=0)
    rows = rows + spread * rng.standard_normal(rows.shape)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("seed", range(5))
def test_clear_groups_are_found(seed):
    rows = draw_around(np.eye(8), 20, 0.05, seed)
    cells = nearest_centre(rows, find_centres(rows, 8, seed)).reshape(8, 20)
    assert all(len(set(group)) == 1 for group in cells.tolist())
    assert len(set(cells[:, 0].tolist())) == 8


def test_a_centre_is_the_direction_of_its_cell():
    rows = draw_around(np.eye(4), 15, 0.3, 0)
    centres = find_centres(rows, 4, 0)
    cells = nearest_centre(rows, centres)
    for cell in range(4):
        mean = rows[cells == cell].sum(axis=0)
        np.testing.assert_allclose(centres[cell], mean / np.linalg.norm(mean), atol=1e-5)


def test_the_seed_decides():
    rows = draw_around(np.eye(6), 30, 0.5, 0)
    assert np.array_equal(find_centres(rows, 9, 1), find_centres(rows, 9, 1))
    assert not np.array_equal(find_centres(rows, 9, 1), find_centres(rows, 9, 2))


def test_there_are_no_more_centres_than_different_rows():
    rows = np.repeat(np.eye(3, dtype=np.float32), 10, axis=0)
    assert len(find_centres(rows, 8, 0)) == 3


def test_a_cell_whose_rows_cancel_out_stays():
    rows = np.array([[1, 0], [-1, 0]], np.float32)
    assert np.linalg.norm(find_centres(rows, 1, 0)) == pytest.approx(1)


def test_blocks_are_joined(monkeypatch):
    rows = draw_around(np.eye(5), 9, 0.4, 3)
    whole = nearest_centre(rows, np.eye(5, dtype=np.float32))
    monkeypatch.setattr("generation.diversity.kmeans.BLOCK_ROWS", 4)
    assert np.array_equal(nearest_centre(rows, np.eye(5, dtype=np.float32)), whole)
    assert len(nearest_centre(rows[:0], rows)) == 0
