import json
from collections import Counter, namedtuple
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judging.sandbox.inside.compare import same
from judging.sandbox.inside.remote import Opaque
from judging.sandbox.inside.wire import decode, encode

Point = namedtuple("Point", "x y")
Colour = IntEnum("Colour", "RED")


def refuse(value):
    raise Opaque(type(value).__name__)


def there_and_back(value):
    sent = json.loads(json.dumps(encode(value, refuse)))
    return decode(sent, lambda number, name: (number, name))


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(plain)
def test_plain_values_arrive_as_they_were_sent(value):
    arrived = there_and_back(value)
    assert arrived == value
    assert type(arrived) is type(value)


@pytest.mark.parametrize(
    "value",
    [
        10**4_000,
        {1, 2},
        frozenset({3}),
        {(1, 2): {4}},
        1 + 2j,
        b"\x00\xff",
        range(3, 9, 2),
        Decimal("1.10"),
        Fraction(1, 3),
    ],
)
def test_rarer_values_arrive_too(value):
    assert there_and_back(value) == value


def test_an_integer_may_have_more_digits_than_the_interpreter_writes():
    assert there_and_back(10**5_000) == 10**5_000


@pytest.mark.parametrize("value", [Counter("aab"), Point(1, 2), Colour.RED])
def test_a_subclass_arrives_as_the_plain_type(value):
    arrived = there_and_back(value)
    assert arrived == value
    assert type(arrived) in (dict, tuple, int)


def test_what_is_no_plain_data_is_for_the_sender_to_refer_to():
    assert encode([object], lambda value: ["ref", 7, "type"]) == ["list", [["ref", 7, "type"]]]
    assert decode(["list", [["ref", 7, "type"]]], lambda number, name: (number, name)) == [
        (7, "type")
    ]


@pytest.mark.parametrize("data", [[], ["code", "1"], ["int", 3], ["set", [["list", []]]], ["ref"]])
def test_what_was_never_sent_is_refused(data):
    with pytest.raises((ValueError, TypeError)):
        decode(data, refuse)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ((1, 2), [1, 2]),
        ({1: "a", None: 2}, {"1": "a", "null": 2}),
        (0.1 + 0.2, 0.3),
        (2.0, 2),
        (2, 2.0),
        (None, None),
        ([True, "x"], [True, "x"]),
    ],
)
def test_equal_as_json_is_the_same(found, expected):
    assert same(found, expected)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (True, 1),
        (1, True),
        (1, "1"),
        (0.3001, 0.3),
        ([1, 2], [2, 1]),
        ([1], [1, 2]),
        ({"a": 1, "b": 1}, {"a": 1}),
        ({1: "a", "1": "a"}, {"1": "a"}),
        (10**400, 1.5),
        (None, 0),
        (2, [2]),
    ],
)
def test_different_values_are_not_the_same(found, expected):
    assert not same(found, expected)


@pytest.mark.parametrize("found", [{1}, b"x", 1j, range(2), {(1, 2): 3}])
def test_what_json_cannot_say_has_no_outcome(found):
    with pytest.raises(Opaque):
        same(found, {"1": 2})
