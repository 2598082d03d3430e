"""Prices: to the cent, however a batch is cut."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rehearsing import REQUEST

from ingot.orders.contract import QuoteRequest
from services.money.book import DEFAULT
from services.money.prices import Part, PriceBook, batch_lines, estimate, quote_lines, unit_price

BOOK = PriceBook.model_validate_json(DEFAULT.read_bytes())


def request(**fields: Any) -> QuoteRequest:
    return QuoteRequest.model_validate(REQUEST | fields)


requests = st.builds(
    lambda quantity, batches, floor, method, exclusive: request(
        spec=REQUEST["spec"] | {"quantity": quantity, "training": {"method": method}},
        schedule={"batches": min(batches, quantity), "calibration_items": 0},
        human={"floor": floor},
        terms={"reuse": "exclusive" if exclusive else "shared"},
    ),
    st.integers(1, 5000),
    st.integers(1, 12),
    st.sampled_from([0.0, 0.3, 0.777, 1.0]),
    st.sampled_from(["none", "dpo"]),
    st.booleans(),
)


@given(requests)
def test_the_lines_of_a_quote_are_its_batches_together(wanted: QuoteRequest) -> None:
    whole = sum(line.amount for line in quote_lines(BOOK, wanted))
    parts = 0
    for number in range(1, wanted.schedule.batches + 1):
        units = wanted.schedule.quantity_of(number, wanted.spec.quantity)
        lines = batch_lines(BOOK, wanted, number, Part(units, units))
        parts += sum(line.amount for line in lines)
    assert whole == parts
    for line in quote_lines(BOOK, wanted):
        assert line.amount == line.quantity * line.unit_price - line.discount


@given(requests, st.lists(st.integers(1, 400), min_size=1, max_size=8))
def test_a_batch_costs_the_same_in_any_parts(wanted: QuoteRequest, cuts: list[int]) -> None:
    whole = sum(line.amount for line in batch_lines(BOOK, wanted, 1, Part(sum(cuts), sum(cuts))))
    before, paid = Part(), 0
    for cut in cuts:
        part = Part(cut, cut)
        lines = batch_lines(BOOK, wanted, 1, part, before)
        assert all(line.amount >= 0 for line in lines)
        paid += sum(line.amount for line in lines)
        before = before + part
    assert paid == whole


def test_what_makes_an_item_dearer() -> None:
    plain = unit_price(BOOK, request(terms={}))
    assert plain == 240
    assert unit_price(BOOK, request(terms={"reuse": "exclusive"})) == 360
    assert unit_price(BOOK, request(terms={}, coverage={"languages": ["en", "de"]})) == 250
    assert unit_price(BOOK, request(terms={}, coverage={"difficulty": "hard"})) == 384


def test_the_first_two_batches_are_cheaper() -> None:
    pcts = [batch_lines(BOOK, request(), n, Part(10, 10))[0].discount_pct for n in (1, 2, 3)]
    assert pcts == [30, 30, 0]


def test_an_estimate_keeps_to_the_budget_of_people() -> None:
    free = estimate(BOOK, request(human={"floor": 1}))
    assert free.human_minutes == (6 + 4) * 2.5
    assert estimate(BOOK, request(human={"budget_minutes": 7})).human_minutes == 7


def test_more_batches_than_items_are_refused() -> None:
    with pytest.raises(ValueError, match="a batch has one item at least"):
        request(schedule={"batches": 7})
