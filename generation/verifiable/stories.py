"""Word problems of two steps, and conversions of units."""

from random import Random

from generation.verifiable.task import Family, Parameters, Worked

FACTORS = {
    ("kilometres", "metres"): 1000,
    ("kilograms", "grams"): 1000,
    ("litres", "millilitres"): 1000,
    ("metres", "centimetres"): 100,
    ("hours", "minutes"): 60,
    ("days", "hours"): 24,
    ("weeks", "days"): 7,
    ("dozens", "pieces"): 12,
}


def work_two_step(parameters: Parameters) -> Worked:
    """The first step's result is the second step's first number."""
    variant, a, b, c = parameters[0], *(int(value) for value in parameters[1:])
    if variant == "sets":
        return Worked(f"{a}+{b}={a + b}, {a + b}*{c}={(a + b) * c}.", str((a + b) * c))
    product = a * b
    if variant == "left" and c > product:
        raise ValueError(f"{c} cannot be taken from {product}")
    sign, total = ("-", product - c) if variant == "left" else ("+", product + c)
    return Worked(f"{a}*{b}={product}, {product}{sign}{c}={total}.", str(total))


def factor_of(variant: str) -> int:
    """How many of the small unit make one of the large one."""
    large, small = variant.split("-")
    return FACTORS[large, small]


def work_units(parameters: Parameters) -> Worked:
    """Name the factor, then multiply."""
    factor, amount = factor_of(parameters[0]), int(parameters[1])
    total = factor * amount
    return Worked(f"The factor is {factor}: {amount}*{factor}={total}.", str(total))


def _draw_two_step(rng: Random) -> Parameters:
    variant = rng.choice(("left", "more", "sets"))
    a, b = rng.randint(2, 9), rng.randint(3, 12)
    if variant == "sets":
        return variant, str(a), str(b), str(rng.randint(2, 6))
    highest = min(20, a * b - 1) if variant == "left" else 30
    return variant, str(a), str(b), str(rng.randint(2, highest))


def _draw_units(rng: Random) -> Parameters:
    return "-".join(rng.choice(tuple(FACTORS))), str(rng.randint(2, 99))


def _phrase_units(large: str, small: str) -> tuple[str, ...]:
    return (
        f"Convert {{n}} {large} to {small}.",
        f"How many {small} are {{n}} {large}?",
        f"Express {{n}} {large} in {small}.",
    )


SMALL = r"[1-9]\d?"

TWO_STEP = Family(
    name="two_step",
    subject="a short story that needs two steps of arithmetic",
    phrasings={
        "left": (
            "{name} has {a} boxes with {b} {things} in each and gives away {c} {things}. "
            "How many {things} are left?",
            "There are {a} bags of {b} {things}. {name} takes {c} of the {things}. "
            "How many {things} remain?",
        ),
        "more": (
            "{name} buys {a} bags of {b} {things} and then finds {c} more. "
            "How many {things} are there now?",
            "{name} packs {b} {things} into each of {a} boxes and keeps {c} in hand. "
            "How many {things} is that in all?",
        ),
        "sets": (
            "A pen costs {a} coins and a book costs {b} coins. {name} buys {c} of each. "
            "How many coins is that?",
            "{name} puts {a} red and {b} blue {things} on each of {c} plates. "
            "How many {things} is that?",
        ),
    },
    slots={"a": SMALL, "b": SMALL, "c": SMALL},
    draw=_draw_two_step,
    work=work_two_step,
    fillers={
        "name": ("Ana", "Ben", "Carla", "Dev", "Emma", "Farid", "Grace", "Hugo"),
        "things": ("apples", "pens", "coins", "cards", "shells", "stamps", "beads", "nuts"),
    },
)

UNITS = Family(
    name="units",
    subject="converting an amount from one unit to another",
    phrasings={f"{large}-{small}": _phrase_units(large, small) for large, small in FACTORS},
    slots={"n": SMALL},
    draw=_draw_units,
    work=work_units,
)
