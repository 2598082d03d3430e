from math import log

import numpy as np
import pytest

from judging.evidence.signals import MAX_LOG_ODDS, from_columns, read_signals, to_log_odds


def test_log_odds_are_those_of_the_probability_within_what_a_judge_can_know():
    odds = to_log_odds(np.array([0.5, 0.8, 0.0, 1.0, np.nan]))
    assert odds[:4] == pytest.approx([0, log(4), -MAX_LOG_ODDS, MAX_LOG_ODDS])
    assert np.isnan(odds[4])


def test_judgments_become_the_probability_of_a_in_the_column_of_their_judge(
    make_pair, make_judgment
):
    pairs = [make_pair(name="ins_1"), make_pair(a="four", name="ins_2")]
    judgments = [
        make_judgment(pairs[0], "A", 0.8, judge="zoe"),
        make_judgment(pairs[0], "B", 0.8, judge="amy"),
        make_judgment(pairs[1], "B", 0.6, judge="zoe"),
    ]
    signals = read_signals(pairs, judgments)
    assert signals.names == ("amy", "zoe")
    assert signals.log_odds[:, 1] == pytest.approx([log(4), -log(1.5)])
    assert signals.log_odds[0, 0] == pytest.approx(-log(4))
    assert np.isnan(signals.log_odds[1, 0])
    assert signals.groups == ("ins_1", "ins_2")


@pytest.mark.parametrize(("verdict", "p"), [("unsure", 0.9), ("A", None), ("tie", 0.9)])
def test_a_judgment_that_decides_nothing_is_silent(make_pair, make_judgment, verdict, p):
    pairs = [make_pair()]
    signals = read_signals(pairs, [make_judgment(pairs[0], verdict, p)])
    assert signals.names == ()
    assert signals.log_odds.shape == (1, 0)


def test_judgments_of_other_pairs_are_passed_over(make_pair, make_judgment):
    other = make_pair(name="ins_9")
    assert read_signals([make_pair()], [make_judgment(other)]).names == ()


def test_the_length_ratio_changes_its_sign_with_the_sides(make_pair):
    pairs = [make_pair(a="long answer", b="no"), make_pair(a="no", b="long answer")]
    ratios = read_signals(pairs, []).covariates[:, 0]
    assert ratios[0] == pytest.approx(log(12 / 3))
    assert ratios[1] == -ratios[0]


def test_columns_may_have_gaps():
    signals = from_columns({"one": [0.9, None], "two": [None, float("nan")]}, ["x", "y"])
    assert np.isnan(signals.log_odds).tolist() == [[False, True], [True, True]]
    assert signals.log_odds[0, 0] == pytest.approx(log(9))


@pytest.mark.parametrize("value", [-0.01, 1.01, float("inf")])
def test_what_is_no_probability_is_refused(value):
    with pytest.raises(ValueError, match=r"outside \[0, 1\]"):
        from_columns({"one": [0.5, value]}, ["x", "y"])


def test_parts_keep_what_belongs_together():
    signals = from_columns(
        {"one": [0.1, 0.2, 0.3], "two": [0.7, 0.8, 0.9]},
        ["x", "y", "z"],
        domains=["d", "e", "f"],
        symmetric=False,
    )
    taken = signals.take(np.array([True, False, True]))
    assert (taken.groups, taken.domains, taken.symmetric, len(taken)) == (
        ("x", "z"),
        ("d", "f"),
        False,
        2,
    )
    only = signals.only(1)
    assert (only.names, only.domains, only.symmetric) == (("two",), (), False)
    assert np.array_equal(only.log_odds[:, 0], signals.log_odds[:, 1])
