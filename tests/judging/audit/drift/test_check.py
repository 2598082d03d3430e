import pytest

from judging.audit.drift.check import Finding, drifting, settle


def finding(name, p_value, size=1.0, items=100):
    return Finding("judge", name, size, 0.1, p_value, items, items, name)


def test_holm_shares_the_level_and_stops_at_the_first_that_fails():
    checks = settle([finding("b", 0.004), finding("a", 0.001), finding("c", 0.5)], level=0.02)
    assert [check.name for check in checks] == ["b", "a", "c"]
    assert [check.threshold for check in checks] == pytest.approx([0.005, 0.01 / 3, 0.01])
    assert [check.name for check in drifting(checks)] == ["b", "a"]
    missed = settle([finding("a", 0.004), finding("b", 0.0045), finding("c", 0.5)], level=0.02)
    assert drifting(missed) == []


def test_later_comparisons_of_an_order_get_less_and_all_together_the_level():
    levels = [settle([finding("a", 0.5)], comparison=j)[0].threshold for j in range(1, 2000)]
    assert levels[0] > levels[1] > levels[2]
    assert sum(levels) == pytest.approx(0.01, rel=1e-3)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"size": 0.05}, "too small to matter"),
        ({"items": 19}, "too few to tell"),
        ({"p_value": 0.4}, "no more than chance"),
    ],
)
def test_what_is_small_or_rare_or_chance_is_stable_and_says_why(fields, said):
    (check,) = settle([finding("a", **{"p_value": 1e-9, **fields})])
    assert check.verdict == "stable"
    assert said in check.reason
