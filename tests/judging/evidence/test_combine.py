from dataclasses import replace

import numpy as np
import pytest

from judging.evidence import combine as module
from judging.evidence.combine import FOLDS, combine
from judging.evidence.signals import from_columns


def labels_of(first, rows=None):
    return {int(row): bool(first[row]) for row in (range(len(first)) if rows is None else rows)}


def test_without_labels_all_have_one_vote_and_nothing_is_claimed():
    signals = from_columns({"one": [0.9, None, 0.2], "two": [0.9, None, 0.8]}, ["x", "y", "z"])
    combined = combine(signals, {})
    assert combined.comparison is None
    assert combined.p_first[1:] == pytest.approx([0.5, 0.5])
    assert combined.p_first[0] > 0.6
    assert combined.confidences[0] == combined.p_first[0]


def test_labels_of_one_prompt_alone_cannot_be_held_out(simulate):
    signals, first = simulate(50, 1.0, groups=["same"] * 50)
    assert combine(signals, labels_of(first)).comparison is None


def test_nothing_to_combine_is_said():
    with pytest.raises(ValueError, match="no signal to combine: judge the items first"):
        combine(from_columns({}, ["x"]), {})


def test_exchanged_sides_exchange_the_probability(simulate):
    signals, first = simulate(400, 1.0, 0.0, silent=0.1)
    mirrored = replace(signals, log_odds=-signals.log_odds)
    rows = range(200)
    p = combine(signals, labels_of(first, rows)).p_first
    assert combine(mirrored, labels_of(~first, rows)).p_first == pytest.approx(1 - p, abs=1e-9)


def test_a_label_never_moves_the_score_of_its_own_item_or_prompt(simulate):
    groups = [str(i // 3) for i in range(300)]
    signals, first = simulate(300, 1.0, 0.0, groups=groups)
    labels = labels_of(first, range(240))
    before = combine(signals, labels).p_first
    for row in (0, 100, 239):
        after = combine(signals, labels | {row: not labels[row]}).p_first
        prompt = [i for i in range(300) if groups[i] == groups[row]]
        assert np.array_equal(after[prompt], before[prompt])
        assert 0.6 < (after[240:] != before[240:]).mean() < 0.95  # those of the other folds


def test_prompts_are_spread_evenly_over_folds_and_never_split():
    groups = [str(i // 4) for i in range(200)]
    folds = module._folds(groups, seed=3)
    of_group = {
        g: {int(f) for f, own in zip(folds, groups, strict=True) if own == g} for g in groups
    }
    assert all(len(own) == 1 for own in of_group.values())
    assert np.bincount(folds).tolist() == [40] * FOLDS
    assert not np.array_equal(folds, module._folds(groups, seed=4))


def test_items_that_judges_say_the_same_of_score_the_same_labelled_or_not():
    """Else a threshold could lie between both, and the labelled be no sample of what is above."""
    rng = np.random.default_rng(0)
    signals = from_columns({"judge": [0.98] * 1000}, [str(i) for i in range(1000)])
    labels = {int(row): bool(rng.random() < 0.8) for row in rng.permutation(1000)[:300]}
    p_first = combine(signals, labels).p_first
    labelled = np.isin(np.arange(1000), list(labels))
    for value in np.unique(p_first):
        assert 0.15 < labelled[p_first == value].mean() < 0.45
    assert len(np.unique(p_first)) <= FOLDS


def test_several_judges_beat_the_best_of_them_where_each_knows_something_else(simulate):
    signals, first = simulate(1000, 0.5, 0.5, 0.5, 0.5)
    comparison = combine(signals, labels_of(first, range(600))).comparison
    assert comparison.beats_best_single
    assert comparison.accuracy > comparison.best_single_accuracy + 0.05
    assert str(comparison).startswith("the combination beats the best single judge (judge ")


def test_one_good_judge_among_copies_of_it_is_not_beaten(simulate):
    signals, first = simulate(600, 1.0)
    copies = replace(
        signals, names=("one", "two", "three"), log_odds=np.repeat(signals.log_odds, 3, axis=1)
    )
    comparison = combine(copies, labels_of(first)).comparison
    assert not comparison.beats_best_single
    assert comparison.gain == pytest.approx(0, abs=0.01)
    assert "does not clearly beat" in str(comparison)


def test_the_best_single_judge_is_the_one_that_knows_most(simulate):
    signals, first = simulate(500, 0.2, 2.0, 0.0)
    assert combine(signals, labels_of(first)).comparison.best_single == "judge 1"


def test_one_judge_is_never_better_than_itself(simulate):
    signals, first = simulate(300, 1.0)
    comparison = combine(signals, labels_of(first)).comparison
    assert not comparison.beats_best_single


def test_the_error_of_the_gain_counts_prompts_not_items(simulate):
    signals, first = simulate(100, 1.0, 1.0)
    five = np.repeat(np.arange(100), 5)
    repeated = replace(
        signals, log_odds=signals.log_odds[five], groups=tuple(signals.groups[i] for i in five)
    )
    alone = replace(repeated, groups=tuple(map(str, range(500))))
    labels = labels_of(first[five])
    by_prompt = combine(repeated, labels).comparison.gain_error
    assert by_prompt > 1.8 * combine(alone, labels).comparison.gain_error


def test_the_learned_probability_means_what_it_says(simulate):
    signals, first = simulate(4000, 1.0, 0.0)
    combined = combine(signals, labels_of(first, range(600)))
    unseen = np.arange(4000) >= 600
    right = combined.says_first == first
    assert combined.confidences[unseen].mean() == pytest.approx(right[unseen].mean(), abs=0.03)


def test_one_sided_labels_of_answers_are_learned_from(simulate):
    signals, _ = simulate(100, 1.0, symmetric=False)
    combined = combine(signals, dict.fromkeys(range(60), True))
    assert combined.says_first.all()
    assert np.isfinite(combined.p_first).all()


def test_on_real_labels_three_judges_are_better_than_the_best_of_them(shared_data):
    data = shared_data("1_judge_human/trust_or_escalate_calibration")
    columns = {
        name: [p[0] / (p[0] + p[1]) for p in data[name].to_list()]
        for name in data.columns
        if name.startswith("probs_")
    }
    signals = from_columns(columns, data["instruction"].to_list())
    first = (data["human_preference"] == 1).to_numpy()
    comparison = combine(signals, labels_of(first)).comparison
    assert comparison.labels == 259
    assert comparison.log_loss < comparison.best_single_log_loss
