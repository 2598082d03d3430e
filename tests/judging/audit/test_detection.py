import numpy as np
import pytest

from judging.audit.betting import audit
from judging.audit.detection import items_to_detect

RISK, DELTA = 0.15, 0.1


def test_the_stated_number_holds_for_audits_that_were_not_simulated_for_it():
    stated = items_to_detect(0.35, RISK, DELTA)
    errors = np.random.default_rng(77).random((300, stated)) < 0.35
    found = np.mean([audit(row.tolist(), RISK, DELTA).alarm for row in errors])
    assert found >= 0.9 - 3 * (0.9 * 0.1 / 300) ** 0.5


def test_a_worse_break_is_found_sooner_and_a_surer_number_is_larger():
    assert items_to_detect(0.45, RISK, DELTA) < items_to_detect(0.3, RISK, DELTA)
    assert items_to_detect(0.35, RISK, DELTA, 0.5) < items_to_detect(0.35, RISK, DELTA, 0.9)


def test_good_items_before_the_break_cost_some_delay():
    assert items_to_detect(0.35, RISK, DELTA, kept=200, kept_rate=0.05) > items_to_detect(
        0.35, RISK, DELTA
    )


def test_what_is_no_break_is_never_found():
    assert items_to_detect(RISK, RISK, DELTA) is None


def test_a_judge_that_is_always_wrong_is_found_in_a_few_items():
    stated = items_to_detect(1.0, RISK, DELTA)
    assert stated == audit([True] * 10, RISK, DELTA).alarm_at


@pytest.mark.parametrize("fields", [{"delta": 0.0}, {"quantile": 1.0}, {"target_risk": 1.0}])
def test_numbers_outside_their_range_are_refused(fields):
    with pytest.raises(ValueError, match="between 0 and 1"):
        items_to_detect(**{"rate": 0.3, "target_risk": RISK, "delta": DELTA, **fields})
