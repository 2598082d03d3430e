"""Against crowd-kit, on public sets: the same posteriors, the same labels, the same alpha."""

import numpy as np
import pytest

from judging.people.alpha import krippendorff_alpha
from judging.people.answers import choose
from judging.people.dawid_skene import fit_dawid_skene
from judging.people.mace import fit_mace

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:crowdkit")

SETS = ("bluebird", "MS", "ZenCrowd_us")
"""Of nine, with 2, 10 and 2 labels, the last with several answers by one person to one item;
`python -m benchmarks.judging --parts crowd` compares all of them."""


@pytest.fixture(params=SETS)
def rows(request, shared_data):
    table = shared_data("2_crowd/truth_inference_labels").filter(dataset=request.param)
    return [tuple(map(str, row)) for row in table.select("item", "worker", "label").rows()]


@pytest.fixture
def peer():
    pytest.importorskip("crowdkit", reason="crowd-kit is not installed: pip install crowd-kit")
    from benchmarks.deciding import crowd_kit

    return crowd_kit


def assert_same(ours, theirs):
    assert np.abs(ours - theirs).max() < 1e-6
    assert (choose(ours) == choose(theirs)).all()


def test_dawid_skene_says_the_same(rows, peer):
    answers = peer.in_order_of_rows(rows)
    theirs = peer.dawid_skene(answers)
    ours = fit_dawid_skene(answers, iterations=theirs.iterations, tolerance=-np.inf)
    assert_same(ours.posteriors, theirs.posteriors)


def test_dawid_skene_with_gold_says_the_same(rows, peer):
    answers = peer.in_order_of_rows(rows)
    gold = np.where(np.arange(answers.shape[0]) % 5 == 0, 1, -1)
    theirs = peer.dawid_skene(answers, peer.true_labels(gold))
    ours = fit_dawid_skene(answers, gold=gold, iterations=theirs.iterations, tolerance=-np.inf)
    assert_same(ours.posteriors, theirs.posteriors)


@pytest.mark.parametrize(
    ("rows", "method"), [("bluebird", "vb"), ("bluebird", "em"), ("MS", "vb")], indirect=["rows"]
)
def test_mace_says_the_same(rows, peer, method):
    answers = peer.in_order_of_rows(rows)
    ours = fit_mace(answers, method=method, restarts=1)
    assert_same(ours.posteriors, peer.mace(answers, method).posteriors)


def test_alpha_is_the_same(rows, peer):
    answers = peer.in_order_of_rows(rows)
    assert krippendorff_alpha(answers) == pytest.approx(peer.alpha(answers)[0], abs=1e-9)
