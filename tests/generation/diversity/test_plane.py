import numpy as np
import pytest

from generation.diversity.plane import lay_flat


def test_points_of_a_plane_keep_their_distances():
    rng = np.random.default_rng(0)
    directions = np.linalg.qr(rng.standard_normal((9, 2)))[0]
    rows = (rng.standard_normal((30, 2)) * [3, 1] @ directions.T + 1).astype(np.float32)
    plane = lay_flat(rows)
    places = np.array(plane.places)
    assert plane.explained == pytest.approx(1)
    np.testing.assert_allclose(
        np.linalg.norm(places[1:] - places[:-1], axis=1),
        np.linalg.norm(rows[1:] - rows[:-1], axis=1),
        rtol=1e-4,
    )
    assert places[:, 0].var() > places[:, 1].var()


def test_the_rest_of_the_variance_is_told():
    corners = np.concatenate((np.eye(4), -np.eye(4))).astype(np.float32)
    assert lay_flat(corners).explained == pytest.approx(0.5)


@pytest.mark.parametrize("rows", [np.ones((3, 4)), np.empty((0, 4))])
def test_texts_that_do_not_differ_lie_in_one_place(rows):
    plane = lay_flat(rows.astype(np.float32))
    assert plane.explained == 0
    assert len(plane.places) == len(rows)
    assert all(abs(x) + abs(y) < 1e-6 for x, y in plane.places)


def test_the_picture_does_not_flip():
    for seed in range(10):
        rows = np.random.default_rng(seed).standard_normal((40, 6)).astype(np.float32)
        weights = (rows - rows.mean(axis=0)).T @ np.array(lay_flat(rows).places)
        assert (weights.max(axis=0) > -weights.min(axis=0)).all()
