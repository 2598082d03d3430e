"""The price book, and what an order costs by it. Money is whole minor units, never floats."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Annotated, Literal

from pydantic import Field

from ingot.orders.contract import QuoteRequest, Unit
from ingot.records import Model

Minor = Annotated[int, Field(ge=0, lt=2**53)]
Percent = Annotated[float, Field(ge=0, le=1000)]
Kind = Literal["preference", "instruction", "evaluation", "trajectory"]
LineKind = Literal["data", "people", "proof"]


class Discount(Model):
    """So many percent off the data of the first batches."""

    batches_to: int = Field(ge=1)
    pct: float = Field(gt=0, le=100)


class Needs(Model):
    """What an item takes, for the estimate."""

    gpu_seconds: float = Field(ge=0)
    human_minutes: float = Field(ge=0)
    """For an item that people look at."""
    human_share: float = Field(ge=0, le=1)
    """Of items that people look at where the order asks for no more."""


class PriceBook(Model):
    """Prices of one time; a quote keeps the version that it was made by."""

    currency: str = Field(pattern="^[A-Z]{3}$")
    unit_prices: dict[Kind, dict[Unit, Minor]]
    difficulty_pct: dict[Literal["mixed", "easy", "medium", "hard"], Percent]
    language_pct: Percent
    """Added for each language beyond the first."""
    exclusive_pct: Percent
    """Added where nobody else may get the data."""
    human_minute: Minor
    proof: Minor
    """For the training that proves a batch."""
    discounts: tuple[Discount, ...] = ()
    needs: dict[Kind, Needs]
    gpu_hour_cost: Minor = 0
    """What an hour of a GPU costs us."""
    human_hour_cost: Minor = 0
    """What an hour of a person's work costs us."""
    valid_days: int = Field(default=30, ge=1, le=366)


class Line(Model):
    """A line of a quote or an invoice: `amount` is quantity times unit price, less the discount."""

    kind: LineKind
    text: str
    quantity: int
    unit_price: int
    discount_pct: float = 0
    discount: int = 0
    amount: int


class Estimate(Model):
    """What the order will take."""

    human_minutes: float
    gpu_seconds: float


def unit_price(book: PriceBook, wanted: QuoteRequest) -> int:
    """Minor units for one unit of what is wanted, before discounts."""
    base = Decimal(book.unit_prices[wanted.spec.kind][wanted.unit])
    factor = _pct(100 + book.language_pct * (len(set(wanted.coverage.languages)) - 1))
    factor *= _pct(book.difficulty_pct[wanted.coverage.difficulty])
    factor *= _pct(100 + book.exclusive_pct * (wanted.terms.reuse == "exclusive"))
    return _whole(base * factor)


def discount_pct(book: PriceBook, number: int) -> float:
    """Percent off the data of production batch `number` (from 1)."""
    return max((each.pct for each in book.discounts if number <= each.batches_to), default=0.0)


@dataclass(frozen=True, slots=True)
class Part:
    """So much of a production batch."""

    units: int = 0
    items: int = 0

    def __add__(self, other: "Part") -> "Part":
        return Part(self.units + other.units, self.items + other.items)


def batch_lines(
    book: PriceBook, wanted: QuoteRequest, number: int, part: Part, before: Part = Part()
) -> tuple[Line, ...]:
    """What a part of production batch `number` costs, after the parts before it.

    All parts together cost exactly what the whole batch does: discounts and minutes are rounded
    over the batch, not over each part.
    """
    whole = before + part
    price, pct = unit_price(book, wanted), discount_pct(book, number)
    off = _discount(whole.units, price, pct) - _discount(before.units, price, pct)
    lines = [
        Line(
            kind="data",
            text=f"{wanted.spec.kind} data, batch {number}",
            quantity=part.units,
            unit_price=price,
            discount_pct=pct,
            discount=off,
            amount=part.units * price - off,
        )
    ]
    extra = Decimal(str(extra_minutes(book, wanted)))
    if minutes := _whole(extra * whole.items) - _whole(extra * before.items):
        lines.append(_plain("people", f"people's time, batch {number}", minutes, book.human_minute))
    if wanted.spec.training.method != "none" and part.units and not before.units:
        lines.append(_plain("proof", f"training proof, batch {number}", 1, book.proof))
    return tuple(lines)


def _discount(units: int, price: int, pct: float) -> int:
    return _whole(Decimal(units * price) * _pct(pct))


def extra_minutes(book: PriceBook, wanted: QuoteRequest) -> float:
    """People's minutes for an item beyond those that its price holds already."""
    needs = book.needs[wanted.spec.kind]
    return max(0.0, wanted.human.floor - needs.human_share) * needs.human_minutes


def quote_lines(book: PriceBook, wanted: QuoteRequest) -> tuple[Line, ...]:
    """All batches together, those with the same discount in one line; sums are the batches' own."""
    lines = [line for number in _numbers(wanted) for line in _expected(book, wanted, number)]
    lines.sort(key=lambda line: (line.kind, -line.discount_pct, line.unit_price))
    groups = groupby(lines, key=lambda line: (line.kind, line.discount_pct, line.unit_price))
    return tuple(_together(list(group)) for _, group in groups)


def estimate(book: PriceBook, wanted: QuoteRequest) -> Estimate:
    """People's minutes and GPU seconds for all batches and the calibration."""
    needs = book.needs[wanted.spec.kind]
    share = min(max(wanted.human.floor, needs.human_share), wanted.human.ceiling)
    calibration = wanted.schedule.calibration_items
    minutes = needs.human_minutes * (wanted.spec.quantity * share + calibration)
    if wanted.human.budget_minutes is not None:
        minutes = min(minutes, wanted.human.budget_minutes)
    gpu = needs.gpu_seconds * (wanted.spec.quantity + calibration)
    return Estimate(human_minutes=round(minutes, 1), gpu_seconds=round(gpu, 1))


def _numbers(wanted: QuoteRequest) -> Iterator[int]:
    yield from range(1, wanted.schedule.batches + 1)


def _expected(book: PriceBook, wanted: QuoteRequest, number: int) -> tuple[Line, ...]:
    items = wanted.schedule.quantity_of(number, wanted.spec.quantity)
    return batch_lines(book, wanted, number, Part(items, items))


def _plain(kind: LineKind, text: str, quantity: int, price: int) -> Line:
    return Line(kind=kind, text=text, quantity=quantity, unit_price=price, amount=quantity * price)


def _together(lines: list[Line]) -> Line:
    first = lines[0]
    text = first.text.split(", batch ")[0]
    sums = {name: sum(getattr(line, name) for line in lines) for name in _SUMMED}
    return first.model_copy(update={"text": f"{text}, {len(lines)} batches", **sums})


_SUMMED = ("quantity", "discount", "amount")


def _pct(value: float) -> Decimal:
    return Decimal(str(value)) / 100


def _whole(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))
