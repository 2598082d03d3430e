"""Sums, differences, products and comparisons, worked column by column."""

from decimal import Decimal
from random import Random

from generation.verifiable.task import Family, Parameters, Worked

NUMBER = r"[1-9]\d{0,2}"
DECIMAL = r"\d\.\d{1,2}"


def work_add(parameters: Parameters) -> Worked:
    """Add from the ones upwards: each column names both digits and the carry."""
    a, b = int(parameters[1]), int(parameters[2])
    total, carry, columns = a + b, 0, []
    while a or b:
        column = a % 10 + b % 10 + carry
        columns.append(f"{a % 10}+{b % 10}+{carry}={column}")
        a, b, carry = a // 10, b // 10, column // 10
    return Worked(", ".join(columns) + ".", str(total))


def work_subtract(parameters: Parameters) -> Worked:
    """Subtract from the ones upwards; a column that borrows shows its ten."""
    a, b = int(parameters[1]), int(parameters[2])
    if b > a:
        raise ValueError(f"{b} is more than {a}: tasks of this family stay at zero or above")
    difference, borrow, columns = a - b, 0, []
    while a:
        top = a % 10 + (10 if a % 10 < b % 10 + borrow else 0)
        columns.append(f"{top}-{b % 10}-{borrow}={top - b % 10 - borrow}")
        a, b, borrow = a // 10, b // 10, top // 10
    return Worked(", ".join(columns) + ".", str(difference))


def work_multiply(parameters: Parameters) -> Worked:
    """Split the first factor into tens and ones."""
    a, b = int(parameters[1]), int(parameters[2])
    tens, ones = a // 10 * 10, a % 10
    steps = f"{tens}*{b}={tens * b}, {ones}*{b}={ones * b}, {tens * b}+{ones * b}={a * b}."
    return Worked(steps, str(a * b))


def work_compare(parameters: Parameters) -> Worked:
    """Write both numbers with two decimals, then compare."""
    variant, a, b = parameters
    if Decimal(a) == Decimal(b):
        raise ValueError(f"{a} and {b} are equal: nothing to choose")
    pick = max if variant == "larger" else min
    answer = pick((a, b), key=Decimal)
    return Worked(f"{Decimal(a):.2f} and {Decimal(b):.2f}: {Decimal(answer):.2f}.", answer)


def _draw_number(rng: Random) -> int:
    return rng.randint(10, 99) if rng.random() < 0.4 else rng.randint(100, 999)


def _draw_add(rng: Random) -> Parameters:
    return "sum", str(_draw_number(rng)), str(_draw_number(rng))


def _draw_subtract(rng: Random) -> Parameters:
    low, high = sorted((_draw_number(rng), _draw_number(rng)))
    return "difference", str(high + 1), str(low)


def _draw_multiply(rng: Random) -> Parameters:
    return "product", str(rng.randint(11, 99)), str(rng.randint(2, 9))


def _draw_compare(rng: Random) -> Parameters:
    whole = rng.randint(0, 9)
    a = f"{whole}.{rng.randint(1, 9)}"
    b = f"{whole if rng.random() < 0.75 else rng.randint(0, 9)}.{rng.randint(10, 99)}"
    if Decimal(a) == Decimal(b):
        return _draw_compare(rng)
    pair = (a, b) if rng.random() < 0.5 else (b, a)
    return rng.choice(("larger", "smaller")), *pair


ADD = Family(
    name="add",
    subject="the sum of two numbers",
    phrasings={
        "sum": (
            "What is {a} + {b}?",
            "Add {a} and {b}.",
            "Work out the sum of {a} and {b}.",
            "How much is {a} plus {b}?",
            "A shop sold {a} apples and {b} pears. How many pieces of fruit is that?",
        )
    },
    slots={"a": NUMBER, "b": NUMBER},
    draw=_draw_add,
    work=work_add,
)

SUBTRACT = Family(
    name="subtract",
    subject="the difference of two numbers",
    phrasings={
        "difference": (
            "What is {a} - {b}?",
            "Subtract {b} from {a}.",
            "Work out {a} minus {b}.",
            "How much is left of {a} after taking away {b}?",
            "A tank holds {a} litres and {b} litres are used. How many litres remain?",
        )
    },
    slots={"a": r"[1-9]\d{0,3}", "b": NUMBER},
    draw=_draw_subtract,
    work=work_subtract,
)

MULTIPLY = Family(
    name="multiply",
    subject="the product of two numbers",
    phrasings={
        "product": (
            "What is {a} x {b}?",
            "Multiply {a} by {b}.",
            "Work out the product of {a} and {b}.",
            "How much is {a} times {b}?",
            "Each of {b} rows has {a} seats. How many seats are there?",
        )
    },
    slots={"a": NUMBER, "b": NUMBER},
    draw=_draw_multiply,
    work=work_multiply,
)

COMPARE = Family(
    name="compare",
    subject="which of two decimal numbers is larger or smaller",
    phrasings={
        "larger": (
            "Which number is larger: {a} or {b}?",
            "Name the greater of {a} and {b}.",
            "Of {a} and {b}, which is bigger?",
        ),
        "smaller": (
            "Which number is smaller: {a} or {b}?",
            "Name the lesser of {a} and {b}.",
            "Of {a} and {b}, which is less?",
        ),
    },
    slots={"a": DECIMAL, "b": DECIMAL},
    draw=_draw_compare,
    work=work_compare,
)
