"""Skeletons of word problems: facts with drawn numbers, and a program that knows the answer.

As the symbolic templates of GSM-Symbolic (Mirzadeh et al. 2024, arXiv 2410.05229, section 3.1): a
template has variables, the ranges they are drawn from, and conditions that make the answer sound.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from random import Random

MAX_DRAWS = 100_000
"""Every kind needs fewer than 100 on average."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A family of problems."""

    facts: tuple[str, ...]
    """With {a}, {b}, ... where the numbers stand."""
    asked: str
    ranges: Mapping[str, range]
    solve: Callable[..., Fraction | None]
    """The answer, from the numbers by name; None where these numbers make no sense together."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """One problem before it is told as a story."""

    kind: str
    facts: tuple[str, ...]
    asked: str
    numbers: tuple[int, ...]
    """All different, at least 2, and none of them the answer."""
    answer: Fraction
    """With at most two decimals."""

    @property
    def reference(self) -> str:
        """The answer as it is written: 12, 0.5, 3.25."""
        return f"{float(self.answer):.2f}".rstrip("0").rstrip(".")


def draw_skeleton(name: str, rng: Random) -> Skeleton:
    """Draw numbers of a kind until they fit."""
    kind = KINDS[name]
    for _ in range(MAX_DRAWS):
        values = {letter: rng.choice(numbers) for letter, numbers in kind.ranges.items()}
        answer = kind.solve(**values)
        numbers = tuple(values.values())
        if answer is not None and _is_fit(answer, numbers):
            facts = tuple(fact.format(**values) for fact in kind.facts)
            return Skeleton(name, facts, kind.asked.format(**values), numbers, answer)
    raise AssertionError(f"no numbers fit the kind {name!r}")


def _is_fit(answer: Fraction, numbers: tuple[int, ...]) -> bool:
    different = len(set(numbers)) == len(numbers) and answer not in numbers
    return different and answer > 0 and (answer * 100).denominator == 1


def _when(condition: bool, answer: Callable[[], int | Fraction]) -> Fraction | None:
    return Fraction(answer()) if condition else None


def _tickets(a: int, b: int, n: int, m: int) -> Fraction | None:
    """Of n tickets some cost a and the others b, together m: how many cost a."""
    if a == b:
        return None
    count = Fraction(m - b * n, a - b)
    return count if count.denominator == 1 and 0 < count < n else None


KINDS: Mapping[str, Kind] = {
    "rate": Kind(
        ("one worker makes {a} pieces an hour", "the work goes on for {b} hours",
         "{c} of the pieces are faulty and thrown away"),
        "how many good pieces there are in the end",
        {"a": range(6, 60), "b": range(3, 25), "c": range(2, 50)},
        lambda a, b, c: _when(c < a * b, lambda: a * b - c),
    ),
    "meeting": Kind(
        ("a traveller and another one start at the same time and move towards each other",
         "they are {c} kilometres apart at the start", "one moves at {a} kilometres an hour",
         "the other moves at {b} kilometres an hour"),
        "after how many hours they meet",
        {"a": range(3, 90), "b": range(3, 90), "c": range(20, 900, 5)},
        lambda a, b, c: _when(c > a + b, lambda: Fraction(c, a + b)),
    ),
    "percentage": Kind(
        ("the price was {a} dollars", "it is lowered by {b} percent",
         "a buyer has a voucher that takes off another {c} dollars"),
        "how many dollars the buyer pays",
        {"a": range(20, 600, 5), "b": range(5, 80, 5), "c": range(2, 40)},
        lambda a, b, c: Fraction(a * (100 - b), 100) - c,
    ),
    "mixture": Kind(
        ("{a} litres of a liquid with {c} percent juice", "{b} litres with {d} percent juice",
         "both are poured together"),
        "how many percent of the mixture are juice",
        {"a": range(2, 30), "b": range(2, 30), "c": range(5, 60), "d": range(40, 96)},
        lambda a, b, c, d: _when(c < d, lambda: Fraction(a * c + b * d, a + b)),
    ),
    "ages": Kind(
        ("the younger one is {a} years old now",
         "in {b} years the older one will be {c} times as old as the younger one will be then"),
        "how old the older one is now",
        {"a": range(3, 20), "b": range(2, 12), "c": range(2, 5)},
        lambda a, b, c: _when(c * (a + b) - b < 100, lambda: c * (a + b) - b),
    ),
    "geometry": Kind(
        ("a rectangular area has a perimeter of {a} metres", "one of its sides is {b} metres long",
         "a square of {c} square metres inside is left free"),
        "how many square metres of the area are not left free",
        {"a": range(20, 200, 2), "b": range(3, 60), "c": range(4, 60)},
        lambda a, b, c: _when(2 * b < a and c < b * (a // 2 - b), lambda: b * (a // 2 - b) - c),
    ),
    "combinatorics": Kind(
        ("{a} people of one group and {b} people of another are to choose from",
         "a team takes {c} people of the first group and {d} people of the second",
         "the order within the team does not matter"),
        "how many different teams are possible",
        {"a": range(4, 13), "b": range(4, 13), "c": range(2, 6), "d": range(2, 6)},
        lambda a, b, c, d: _when(c < a and d < b, lambda: comb(a, c) * comb(b, d)),
    ),
    "linear_equations": Kind(
        ("some tickets cost {a} dollars each and all others cost {b} dollars each",
         "{n} tickets are sold", "they bring in {m} dollars together"),
        "how many of the tickets for {a} dollars are sold",
        {"a": range(4, 30), "b": range(4, 30), "n": range(10, 90), "m": range(100, 1500)},
        _tickets,
    ),
    "modular": Kind(
        ("{a} full boxes of {b} pieces each are emptied and {c} loose pieces are added",
         "everything is packed into bags of {d} pieces, as many full bags as possible"),
        "how many pieces are left over",
        {"a": range(5, 40), "b": range(6, 40), "c": range(2, 30), "d": range(7, 30)},
        lambda a, b, c, d: Fraction((a * b + c) % d),
    ),
    "average": Kind(
        ("the mean of {a} measurements is {b}", "one more measurement gives {c}"),
        "what the mean of all measurements is then",
        {"a": range(3, 25), "b": range(10, 90), "c": range(10, 200)},
        lambda a, b, c: Fraction(a * b + c, a + 1),
    ),
    "sequence": Kind(
        ("on the first day there are {a} pieces", "each later day {b} more than the day before",
         "this goes on for {c} days"),
        "how many pieces that makes on all days together",
        {"a": range(3, 60), "b": range(2, 30), "c": range(4, 25)},
        lambda a, b, c: Fraction(c * (2 * a + b * (c - 1)), 2),
    ),
}  # fmt: skip
