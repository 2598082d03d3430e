import numpy as np

from judging.guarantee.strata import Stratum, certify_strata


def stratum(rate, labels=200, items=1000):
    wrong = np.arange(labels) < round(rate * labels)
    return Stratum([0.9] * items, [(0.9, not bad) for bad in wrong])


def test_a_bad_domain_cannot_hide_behind_a_good_one():
    certificates = certify_strata({"good": stratum(0.02), "bad": stratum(0.3)}, 0.15, 0.1)
    assert certificates["good"].threshold == 0.9
    assert certificates["bad"].threshold is None


def test_delta_is_split_over_the_strata():
    certificates = certify_strata({str(i): stratum(0.02) for i in range(4)}, 0.15, 0.1)
    assert {c.delta for c in certificates.values()} == {0.025}


def test_no_strata_need_no_certificate():
    assert certify_strata({}, 0.15, 0.1) == {}
