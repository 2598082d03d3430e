"""Tasks in a shop: the cheapest in stock, two things with a coupon, replace an order, spend all."""

from dataclasses import asdict, dataclass, replace
from random import Random

from generation.environments.base import Call, make_call
from generation.environments.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Product:
    """Something for sale."""

    id: str
    name: str
    category: str
    price_cents: int
    stock: int


@dataclass(frozen=True, slots=True)
class Order:
    """What was ordered, by product id, and what became of it."""

    items: dict[str, int]
    paid_cents: int
    status: str = "placed"


@dataclass(frozen=True, slots=True)
class Stall:
    """The shop as the task finds it."""

    products: tuple[Product, ...]
    balance_cents: int
    orders: dict[str, Order]
    coupons: dict[str, int]
    """Code to percent off."""

    def snapshot(self, cart: dict[str, int], coupon: str) -> dict[str, object]:
        """The shop's state, JSON-like."""
        return {
            "balance_cents": self.balance_cents,
            "stock": {product.id: product.stock for product in self.products},
            "orders": {key: asdict(order) for key, order in self.orders.items()},
            "cart": cart,
            "coupon": coupon,
        }

    def product(self, product_id: str) -> Product:
        """The product of an id that is known to be there."""
        return next(product for product in self.products if product.id == product_id)

    def with_stock(self, changes: dict[str, int]) -> "Stall":
        """The stall after some of each product came (positive) or went."""
        products = tuple(
            replace(product, stock=product.stock + changes.get(product.id, 0))
            for product in self.products
        )
        return replace(self, products=products)


_COLOURS = ("red", "blue", "green", "white", "black", "yellow")
_KINDS = {
    "kettle": "kitchen",
    "pan": "kitchen",
    "lamp": "light",
    "lantern": "light",
    "tent": "camping",
    "rope": "camping",
}


def draw_shop(rng: Random) -> Scenario[Stall]:
    """One task of any kind."""
    return rng.choice((_cheapest, _with_coupon, _replace_order, _spend_all))(rng)


def price(cents: int) -> str:
    """An amount as the shop writes it."""
    return f"${cents // 100}.{cents % 100:02}"


def _cheapest(rng: Random) -> Scenario[Stall]:
    kind, quantity = rng.choice(list(_KINDS)), rng.randint(2, 6)
    stall = _draw_stall(rng, must_have=kind, count=3)
    short, plenty = quantity - rng.randint(1, quantity), quantity + rng.randint(0, 5)
    ranked = sorted(_of_kind(stall, kind), key=lambda product: product.price_cents)
    # The cheapest has run short; the next is the one to take.
    stock = {ranked[0].id: short, ranked[1].id: plenty, ranked[2].id: plenty}
    stall = stall.with_stock({key: n - stall.product(key).stock for key, n in stock.items()})
    bought, total = ranked[1], ranked[1].price_cents * quantity
    limit = price(bought.price_cents + rng.randint(0, 4_000))
    task = (
        f"Order {quantity} pieces of the cheapest {kind} of which at least {quantity} are in stock "
        f"(all of one product, nothing else, at most {limit} each). How many dollars did you pay?"
    )
    calls = (
        _search(kind),
        *(make_call("view_product", product_id=product.id) for product in ranked[:2]),
        _add(bought.id, quantity),
        _place(),
    )
    return _solved(stall, task, calls, price(total), {bought.id: quantity}, total)


def _with_coupon(rng: Random) -> Scenario[Stall]:
    stall = _draw_stall(rng)
    first, second = rng.sample(stall.products, 2)
    code, percent = rng.choice(list(stall.coupons.items()))
    full = first.price_cents + second.price_cents
    total = full * (100 - percent) // 100
    task = rng.choice(
        (
            f"Order one {first.name} and one {second.name} together, with the coupon {code}. How "
            "many dollars did you pay?",
            f"I have the coupon {code}. Use it to buy me a {first.name} and a {second.name} in one "
            "order. What was paid, in dollars?",
        )
    )
    calls = (
        _search(first.name),
        _search(second.name),
        _add(first.id, 1),
        _add(second.id, 1),
        make_call("apply_coupon", code=code),
        _place(),
    )
    return _solved(stall, task, calls, price(total), {first.id: 1, second.id: 1}, total)


def _replace_order(rng: Random) -> Scenario[Stall]:
    stall = _draw_stall(rng)
    wrong, right, other = rng.sample(stall.products, 3)
    earlier = {
        "o1": Order({wrong.id: 1}, wrong.price_cents),
        "o2": Order({other.id: 2}, other.price_cents * 2),
    }
    cancelled = {**earlier, "o1": replace(earlier["o1"], status="cancelled")}
    stall = replace(stall, orders=earlier)
    task = (
        f"My order of one {wrong.name} was a mistake: cancel it and order one {right.name} "
        "instead. Keep my other order. What is the id of the new order?"
    )
    calls = (
        make_call("list_orders"),
        make_call("cancel_order", order_id="o1"),
        _search(right.name),
        _add(right.id, 1),
        _place(),
    )
    refunded = replace(
        stall.with_stock({wrong.id: 1}),
        orders=cancelled,
        balance_cents=stall.balance_cents + wrong.price_cents,
    )
    goal = _after_order(refunded, {right.id: 1}, right.price_cents)
    return Scenario(stall, task, calls, "o3", goal)


def _spend_all(rng: Random) -> Scenario[Stall]:
    stall = _draw_stall(rng)
    product, quantity = rng.choice(stall.products), rng.randint(2, 9)
    kept, left = rng.randint(100, 9_000), rng.randint(0, product.price_cents - 1)
    balance = product.price_cents * quantity + left + kept
    more = quantity + rng.randint(1, 5) - product.stock
    stall = replace(stall.with_stock({product.id: more}), balance_cents=balance)
    task = rng.choice(
        (
            f"Order as many of the {product.name} as my balance pays for while {price(kept)} of it "
            "are left at least, and nothing else. How many are that?",
            f"Keep {price(kept)} of my balance and spend what you can of the rest on the "
            f"{product.name}, nothing else. How many did you order?",
        )
    )
    calls = (
        _search(product.name),
        make_call("view_cart"),
        _add(product.id, quantity),
        _place(),
    )
    total = product.price_cents * quantity
    return _solved(stall, task, calls, str(quantity), {product.id: quantity}, total)


def _solved(
    stall: Stall,
    task: str,
    calls: tuple[Call, ...],
    answer: str,
    items: dict[str, int],
    paid_cents: int,
) -> Scenario[Stall]:
    return Scenario(stall, task, calls, answer, _after_order(stall, items, paid_cents))


def _after_order(stall: Stall, items: dict[str, int], paid_cents: int) -> dict[str, object]:
    """The state once these items are ordered and nothing else is done."""
    after = replace(
        stall.with_stock({key: -quantity for key, quantity in items.items()}),
        balance_cents=stall.balance_cents - paid_cents,
        orders={**stall.orders, f"o{len(stall.orders) + 1}": Order(items, paid_cents)},
    )
    return after.snapshot({}, "")


def _draw_stall(rng: Random, must_have: str = "lamp", count: int = 1) -> Stall:
    """Twelve products, `count` of them of the kind that the task is about; prices all differ."""
    names = [f"{colour} {must_have}" for colour in rng.sample(_COLOURS, count)]
    others = [f"{colour} {kind}" for colour in _COLOURS for kind in _KINDS if kind != must_have]
    names += rng.sample(others, 12 - count)
    rng.shuffle(names)
    prices = rng.sample(range(300, 6_000, 5), len(names))
    products = tuple(
        Product(f"p{number}", name, _KINDS[name.split()[1]], cents, rng.randint(3, 12))
        for number, (name, cents) in enumerate(zip(names, prices, strict=True), start=1)
    )
    coupons = {f"SAVE{percent}": percent for percent in rng.sample(range(5, 45, 5), 2)}
    return Stall(products, rng.randint(50_000, 90_000), {}, coupons)


def _of_kind(stall: Stall, kind: str) -> list[Product]:
    return [product for product in stall.products if product.name.split()[1] == kind]


def _search(query: str) -> Call:
    return make_call("search", query=query)


def _add(product_id: str, quantity: int) -> Call:
    return make_call("add_to_cart", product_id=product_id, quantity=quantity)


def _place() -> Call:
    return make_call("place_order")
