"""Tasks of the calculator: invoice, shared costs, journey, swapped registers.

Amounts are drawn backwards from the result, so that every value has two decimals at most.
"""

from fractions import Fraction
from random import Random

from generation.environments.arithmetic import show_number
from generation.environments.base import Call, make_call
from generation.environments.scenario import Scenario

Registers = dict[str, int]

_COSTS = ("food", "travel", "tickets", "rooms", "fuel", "tolls", "gifts", "parking", "boat", "maps")
_SIZES = ("width", "height", "depth", "length", "radius", "weight", "angle", "volume")


def draw_calculator(rng: Random) -> Scenario[Registers]:
    """One task of any kind."""
    return rng.choice((_invoice, _shared_costs, _journey, _swap))(rng)


def _invoice(rng: Random) -> Scenario[Registers]:
    start = {
        "price": rng.randint(3, 95),
        "quantity": rng.randint(2, 40),
        "discount": rng.randint(2, 30),
    }
    number = rng.randint(100, 9_999)
    subtotal = start["price"] * start["quantity"]
    total = Fraction(subtotal * (100 - start["discount"]), 100)
    task = (
        "The registers 'price' (dollars), 'quantity' and 'discount' (percent) of the calculator "
        f"are set for the invoice {number}. Store the amount before the discount in the register "
        f"'net_{number}' and the amount after it in 'total_{number}', and keep the other three as "
        "they are. What is the total in dollars?"
    )
    calls = (
        _store(f"net_{number}", "price * quantity"),
        _store(f"total_{number}", f"net_{number} * (100 - discount) / 100"),
        _recall(f"total_{number}"),
    )
    goal = {**start, f"net_{number}": subtotal, f"total_{number}": total}
    return Scenario(start, task, calls, show_number(total), goal)


def _shared_costs(rng: Random) -> Scenario[Registers]:
    costs = rng.sample(_COSTS, 3)
    people, share = rng.randint(3, 9), rng.randint(40, 300)
    first = rng.randint(5, people * share // 3)
    second = rng.randint(5, people * share // 3)
    amounts = (first, second, people * share - first - second)
    start = dict(zip(costs, amounts, strict=True))
    listed = "', '".join(costs)
    task = rng.choice(
        (
            f"{people} friends split what they spent in equal parts. The registers '{listed}' of "
            "the calculator hold the dollars spent. Store the sum in the register 'sum' and what "
            "each pays in 'share'. How many dollars does each pay?",
            f"The costs of a trip stand in the registers '{listed}', in dollars. Put their sum "
            f"into the register 'sum', and the share of each of the {people} travellers into "
            "'share'. What is the share?",
        )
    )
    calls = (
        make_call("list_registers"),
        _store("sum", " + ".join(costs)),
        _store("share", f"sum / {people}"),
        _recall("share"),
    )
    return Scenario(
        start, task, calls, str(share), {**start, "sum": people * share, "share": share}
    )


def _journey(rng: Random) -> Scenario[Registers]:
    hours, speed = rng.randint(3, 12), rng.randint(20, 110)
    first = rng.randint(1, hours * speed // 2)
    start = {"leg_1": first, "leg_2": hours * speed - first, "hours": hours}
    trip = rng.randint(100, 9_999)
    planned = hours + rng.randint(2, 400)
    task = (
        f"The registers 'leg_1' and 'leg_2' hold the kilometres of the journey {trip}, 'hours' "
        "the time it took. Store its length in 'distance' and its speed (kilometres per hour) in "
        "'speed'. "
        f"Then store in 'longer' how far one comes at that speed in {planned} hours. "
        "How far is that, in kilometres?"
    )
    calls = (
        _store("distance", "leg_1 + leg_2"),
        _store("speed", "distance / hours"),
        _store("longer", f"speed * {planned}"),
    )
    longer = speed * (planned)
    goal = {**start, "distance": hours * speed, "speed": speed, "longer": longer}
    return Scenario(start, task, calls, str(longer), goal)


def _swap(rng: Random) -> Scenario[Registers]:
    first, second = (f"{size}_{rng.randint(1, 99)}" for size in rng.sample(_SIZES, 2))
    a, b = rng.sample(range(11, 999), 2)
    task = rng.choice(
        (
            f"Someone mixed up the registers '{first}' and '{second}' of the calculator: exchange "
            f"their values. What does '{first}' hold afterwards?",
            f"Swap what the registers '{first}' and '{second}' hold, then tell me the new value "
            f"of '{first}'.",
        )
    )
    calls = (_recall(first), _recall(second), _store(first, str(b)), _store(second, str(a)))
    return Scenario({first: a, second: b}, task, calls, str(b), {first: b, second: a})


def _store(register: str, expression: str) -> Call:
    return make_call("store", register=register, expression=expression)


def _recall(register: str) -> Call:
    return make_call("recall", register=register)
