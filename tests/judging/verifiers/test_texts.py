"""The exact, regex and numeric verifiers."""

import json

import pytest

from judging.verifiers.exact import check_exact
from judging.verifiers.numeric import check_numeric
from judging.verifiers.patterns import check_regex
from judging.verifiers.workers.pool import WorkerPool


@pytest.mark.parametrize(
    ("text", "reference", "outcome"),
    [
        (" Yes  it is\n", "Yes it is", "right"),
        ("yes it is", "Yes it is", "wrong"),
        ("yes", {"value": "YES", "case": False}, "right"),
        ("b", {"value": ["a", "b"]}, "right"),
        ("a  b", {"value": "a b", "whitespace": True}, "wrong"),
        ("e\u0301", "\u00e9", "right"),
        ("So.\n#### b", {"value": "b", "of": "final"}, "right"),
        ("So b", {"value": "b", "of": "final"}, "unsure"),
        ("a", {"value": []}, "unsure"),
        ("a", {"value": [1]}, "unsure"),
        ("a", {"value": "a", "cases": True}, "unsure"),
        ("a", {"value": "a", "of": "end"}, "unsure"),
        ("a", "", "unsure"),
    ],
)
def test_exact_texts(text, reference, outcome):
    written = reference if isinstance(reference, str) else json.dumps(reference)
    assert check_exact(text, written).outcome == outcome


@pytest.mark.parametrize(
    ("text", "reference", "outcome"),
    [
        ("The answer is 3.51.", {"value": 3.5, "abs": 0.01}, "right"),
        ("The answer is 3.511.", {"value": 3.5, "abs": 0.01}, "wrong"),
        ("101", {"value": 100, "rel": 0.01}, "right"),
        ("101.1", {"value": 100, "rel": 0.01}, "wrong"),
        ("-99", {"value": -100, "rel": 0.01}, "right"),
        ("0.30000000000000001", "0.3", "wrong"),
        ("1,000", "1e3", "right"),
        ("5 m", {"value": 5, "unit": "m"}, "right"),
        ("5 km", {"value": 5, "unit": "m"}, "unsure"),
        ("500 cm", "5", "unsure"),
        ("6 apples", "5", "wrong"),
        ("no number", "5", "unsure"),
        ("5", "five", "unsure"),
        ("5", {"value": 5, "abs": -1}, "unsure"),
        ("5", {"value": True}, "unsure"),
        ("5", '{"value": 1e999999}', "unsure"),
        ("9" * 100_000, "5", "unsure"),
    ],
)
def test_numbers_within_a_tolerance(text, reference, outcome):
    written = reference if isinstance(reference, str) else json.dumps(reference)
    assert check_numeric(text, written).outcome == outcome


@pytest.mark.parametrize(
    ("text", "reference", "outcome"),
    [
        ("abc", "b", "right"),
        ("abc", {"pattern": "b", "full": True}, "wrong"),
        ("abc", {"pattern": "A.C", "full": True, "flags": "i"}, "right"),
        ("a\nc", {"pattern": "a.c", "flags": "s"}, "right"),
        ("#### 12", {"pattern": "[0-9]+", "full": True, "of": "final"}, "right"),
        ("abc", "(", "unsure"),
        ("abc", {"pattern": "a", "flags": "iz"}, "unsure"),
        ("abc", {"pattern": 1}, "unsure"),
        ("abc", "a" * 10_001, "unsure"),
    ],
)
async def test_patterns(text, reference, outcome):
    written = reference if isinstance(reference, str) else json.dumps(reference)
    assert (await check_regex(text, written)).outcome == outcome


async def test_a_pattern_without_end_is_unsure():
    pool = WorkerPool(1, cpu_limit_s=0.3)
    found = await check_regex("a" * 50 + "b", "(a|aa)+$", pool)
    pool.close()
    assert (found.outcome, "timeout" in found.reason) == ("unsure", True)
