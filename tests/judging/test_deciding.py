"""From signals and labels to who decides; judges and people are simulated with known rates."""

import numpy as np
import pytest

from judging.deciding import WHOLE, Terms, decide, were_drawn_by_groups
from judging.evidence.signals import from_columns

TERMS = Terms(target_risk=0.15, delta=0.1)


def draw_batch(n, seed=0, skill=1.0, judges=2, **options):
    """Judges that are right with Phi(skill) and surer than that; people's verdicts."""
    rng = np.random.default_rng(seed)
    first = rng.random(n) < 0.5
    odds = 3 * (skill * np.where(first, 1.0, -1.0) + rng.normal(0, 1, (judges, n)))
    columns = {f"judge {j}": (1 / (1 + np.exp(-odds[j]))).tolist() for j in range(judges)}
    groups = options.pop("groups", [str(i) for i in range(n)])
    return from_columns(columns, groups, **options), first


def labels_of(first, rows):
    return {int(row): "first" if first[row] else "second" for row in rows}


def test_good_judges_decide_what_they_are_sure_of_and_no_more():
    signals, first = draw_batch(1000)
    decided = decide(signals, labels_of(first, range(200)), TERMS)
    certificate = decided.certificates[WHOLE]
    assert decided.combined.comparison.labels == certificate.labels == 200
    sure = decided.combined.confidences >= certificate.threshold
    assert np.array_equal(decided.accepted, sure)
    assert decided.coverage == pytest.approx(sure.mean()) == pytest.approx(certificate.coverage)
    assert decided.coverage > 0.5


def test_without_labels_nothing_is_decided_alone():
    signals, _ = draw_batch(100)
    decided = decide(signals, {}, TERMS)
    assert not decided.accepted.any()
    assert decided.certificates[WHOLE].threshold is None
    assert decided.certificates[WHOLE].labels_needed == 15


def test_judges_that_guess_decide_nothing():
    signals, first = draw_batch(600, skill=0.0)
    assert decide(signals, labels_of(first, range(300)), TERMS).coverage == 0


def test_a_tie_is_a_disagreement_and_teaches_nothing():
    signals, first = draw_batch(400, skill=2.0)
    labels = labels_of(first, range(100))
    ties = labels | dict.fromkeys(range(100, 140), "tie")
    plain, tied = decide(signals, labels, TERMS), decide(signals, ties, TERMS)
    assert np.array_equal(tied.combined.p_first, plain.combined.p_first)
    assert plain.coverage == 1
    assert tied.coverage == 0  # 40 of 140 are disagreements whatever the judges say
    assert tied.certificates[WHOLE].labels == 140


def test_a_promise_for_each_domain_keeps_the_bad_one_for_people():
    good, first = draw_batch(500, skill=2.0)
    bad, other = draw_batch(500, seed=1, skill=0.0)
    odds = np.vstack([good.log_odds, bad.log_odds])
    columns = {f"judge {j}": (1 / (1 + np.exp(-odds[:, j]))).tolist() for j in range(2)}
    domains = ["good"] * 500 + ["bad"] * 500
    signals = from_columns(columns, [str(i) for i in range(1000)], domains=domains)
    labels = labels_of(np.concatenate([first, other]), range(0, 1000, 4))
    decided = decide(signals, labels, Terms(0.15, 0.1, by_domain=True))
    assert decided.strata == tuple(domains)
    assert decided.accepted[:500].mean() > 0.8
    assert not decided.accepted[500:].any()
    assert [c.delta for c in decided.certificates.values()] == [0.05, 0.05]
    assert decided.coverage == decided.accepted.mean()


def test_by_domain_without_domains_is_the_whole():
    signals, first = draw_batch(200)
    decided = decide(signals, labels_of(first, range(50)), Terms(0.15, 0.1, by_domain=True))
    assert list(decided.certificates) == [WHOLE]


def test_what_nobody_judged_is_for_people_and_counts_in_no_promise():
    """Of answers, where most are right, even the silent ones would have a high probability."""
    signals, _ = draw_batch(400, skill=2.0, judges=1, symmetric=False)
    first = np.arange(400) % 20 > 0
    p = np.where(np.arange(400) % 4 == 0, np.nan, np.where(first, 0.95, 0.05))
    signals = from_columns({"judge": p.tolist()}, signals.groups, symmetric=False)
    decided = decide(signals, labels_of(first, range(200)), TERMS)
    silent = np.isnan(p)
    assert decided.combined.confidences[silent].min() > 0.8
    assert not decided.accepted[silent].any()
    assert decided.accepted[~silent].all()
    assert decided.coverage == 0.75
    assert decided.certificates[WHOLE].labels == 150


def test_a_batch_on_which_every_judge_is_silent_is_for_people():
    signals = from_columns({"judge": [None] * 60}, [str(i) for i in range(60)])
    decided = decide(signals, dict.fromkeys(range(40), "first"), TERMS)
    assert decided.coverage == 0
    assert decided.certificates[WHOLE].threshold is None


@pytest.mark.parametrize(
    ("groups", "labelled", "expected"),
    [
        ("aabbcc", [0, 1, 4, 5], True),
        ("aabbcc", [0, 1, 4], False),
        ("abcdef", [0, 1, 4], False),
        ("aabcd", [2, 3], True),
    ],
)
def test_labels_by_whole_groups_are_told_from_single_ones(groups, labelled, expected):
    assert were_drawn_by_groups(list(groups), labelled) is expected


def test_labels_of_whole_groups_that_say_the_same_buy_less():
    signals, first = draw_batch(200, skill=0.7)
    five = np.repeat(np.arange(200), 5)
    columns = {
        name: (1 / (1 + np.exp(-signals.log_odds[five, j]))).tolist()
        for j, name in enumerate(signals.names)
    }
    repeated = from_columns(columns, [str(i) for i in five])
    labels = labels_of(first[five], range(300))
    grouped = decide(repeated, labels, Terms(0.15, 0.1, grouped=True))
    single = decide(repeated, labels, TERMS)
    assert grouped.coverage < single.coverage
    assert single.certificates[WHOLE].design_effect == 1
    easy = decide(repeated, labels, Terms(0.3, 0.1, grouped=True))
    assert easy.certificates[WHOLE].design_effect == pytest.approx(5, rel=0.01)


def test_the_same_seed_decides_the_same():
    signals, first = draw_batch(300)
    labels = labels_of(first, range(100))
    one, two = (decide(signals, labels, TERMS) for _ in range(2))
    assert np.array_equal(one.combined.p_first, two.combined.p_first)
    assert one.certificates == two.certificates
    other = decide(signals, labels, Terms(0.15, 0.1, seed=1))
    assert not np.array_equal(other.combined.p_first, one.combined.p_first)


@pytest.mark.parametrize("terms", [Terms(0.0, 0.1), Terms(0.1, 1.0)])
def test_impossible_terms_are_refused(terms):
    signals, first = draw_batch(50)
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        decide(signals, labels_of(first, range(30)), terms)


def test_the_promise_holds_over_many_draws_and_is_not_bought_by_deciding_nothing():
    """The judges are just as good as promised on the surer half, so that much is at the edge."""
    rounds, broken, coverages = 80, 0, []
    for seed in range(rounds):
        signals, first = draw_batch(300, seed=seed, skill=0.7)
        decided = decide(signals, labels_of(first, range(120)), TERMS)
        alone = decided.accepted & (np.arange(300) >= 120)
        wrong = decided.combined.says_first != first
        broken += bool(alone.any() and wrong[alone].mean() > TERMS.target_risk)
        coverages.append(decided.coverage)
    assert broken / rounds <= TERMS.delta + 2 * np.sqrt(0.09 / rounds)
    assert np.mean(coverages) > 0.3
