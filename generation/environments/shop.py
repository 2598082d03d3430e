"""A shop: search, cart, coupon, a balance to pay from, stock that runs out, orders to cancel."""

from dataclasses import replace
from random import Random

from generation.environments.base import Tool, ToolError
from generation.environments.scenario import ScenarioEnvironment, canonical
from generation.environments.schema import object_schema, text_field, whole_field
from generation.environments.tasks.shop import Order, Product, Stall, draw_shop, price

_PRODUCT = text_field("Id of a product, such as p3")
_ORDER = text_field("Id of an order, such as o1")


class Shop(ScenarioEnvironment[Stall]):
    """What is ordered is paid from the balance at once; a cancelled order is paid back."""

    name = "shop"
    tools = (
        Tool(
            "search",
            "Products whose name or category holds every word of the query, with their prices.",
            object_schema(query=text_field("One or more words")),
            True,
        ),
        Tool("view_product", "Price and stock.", object_schema(product_id=_PRODUCT), True),
        Tool("view_cart", "Cart, amount to pay, and your balance.", object_schema(), True),
        Tool(
            "add_to_cart",
            "Put a product into the cart.",
            object_schema(
                product_id=_PRODUCT, quantity=whole_field("How many", minimum=1, maximum=99)
            ),
        ),
        Tool(
            "remove_from_cart",
            "Take a product out of the cart.",
            object_schema(product_id=_PRODUCT),
        ),
        Tool(
            "apply_coupon",
            "Apply a coupon to the cart; what is to pay is rounded down to the cent.",
            object_schema(code=text_field("The coupon's code")),
        ),
        Tool("place_order", "Order and pay what is in the cart.", object_schema()),
        Tool("list_orders", "Your orders.", object_schema(), True),
        Tool("cancel_order", "Cancel an order and be paid back.", object_schema(order_id=_ORDER)),
    )

    def __init__(self, rng: Random) -> None:
        super().__init__(draw_shop(rng))
        self._stall = self._scenario.start
        self._cart: dict[str, int] = {}
        self._coupon = ""

    def state(self) -> str:
        """Balance, stock, orders, cart and coupon."""
        return canonical(self._stall.snapshot(self._cart, self._coupon))

    def _search(self, query: str) -> str:
        words = query.lower().split()
        found = [
            f"{product.id}: {product.name} ({product.category}), {price(product.price_cents)}"
            for product in self._stall.products
            if all(word in f"{product.name} {product.category}" for word in words)
        ]
        return "\n".join(found) or "nothing found: try fewer words"

    def _view_product(self, product_id: str) -> str:
        product = self._product(product_id)
        cost = price(product.price_cents)
        return f"{product.id}: {product.name}, {cost}, {product.stock} in stock"

    def _view_cart(self) -> str:
        lines = [
            f"{quantity} x {self._product(key).name} ({key})"
            for key, quantity in self._cart.items()
        ]
        lines += [f"coupon {self._coupon}"] if self._coupon else []
        lines += [f"to pay: {price(self._due_cents())}"]
        return "\n".join([*lines, f"your balance: {price(self._stall.balance_cents)}"])

    def _add_to_cart(self, product_id: str, quantity: int) -> str:
        product = self._product(product_id)
        wanted = self._cart.get(product_id, 0) + quantity
        if wanted > product.stock:
            raise ToolError(f"only {product.stock} of {product.name} in stock, you want {wanted}")
        self._cart[product_id] = wanted
        return f"{wanted} x {product.name} in the cart"

    def _remove_from_cart(self, product_id: str) -> str:
        if product_id not in self._cart:
            raise ToolError(f"{product_id[:20]!a} is not in the cart")
        del self._cart[product_id]
        return f"removed {product_id}"

    def _apply_coupon(self, code: str) -> str:
        if code not in self._stall.coupons:
            raise ToolError(f"coupon {code[:20]!a} is not valid")
        self._coupon = code
        return f"{self._stall.coupons[code]} % off, to pay: {price(self._due_cents())}"

    def _place_order(self) -> str:
        due_cents, balance_cents = self._due_cents(), self._stall.balance_cents
        if not self._cart:
            raise ToolError("the cart is empty")
        if due_cents > balance_cents:
            raise ToolError(
                f"{price(due_cents)} is more than your balance of {price(balance_cents)}"
            )
        order_id = f"o{len(self._stall.orders) + 1}"
        self._stall = replace(
            self._stall.with_stock({key: -quantity for key, quantity in self._cart.items()}),
            balance_cents=balance_cents - due_cents,
            orders={**self._stall.orders, order_id: Order(self._cart, due_cents)},
        )
        self._cart, self._coupon = {}, ""
        return f"order {order_id} placed, paid {price(due_cents)}"

    def _list_orders(self) -> str:
        lines = [
            f"{key}: {', '.join(self._describe(order))}, paid {price(order.paid_cents)}, "
            f"{order.status}"
            for key, order in self._stall.orders.items()
        ]
        return "\n".join(lines) or "(no orders)"

    def _cancel_order(self, order_id: str) -> str:
        order = self._stall.orders.get(order_id)
        if order is None or order.status != "placed":
            raise ToolError(f"there is no order {order_id[:20]!a} to cancel")
        self._stall = replace(
            self._stall.with_stock(order.items),
            balance_cents=self._stall.balance_cents + order.paid_cents,
            orders={**self._stall.orders, order_id: replace(order, status="cancelled")},
        )
        return f"order {order_id} cancelled, {price(order.paid_cents)} paid back"

    def _product(self, product_id: str) -> Product:
        for product in self._stall.products:
            if product.id == product_id:
                return product
        raise ToolError(f"there is no product {product_id[:20]!a}: search gives the ids")

    def _describe(self, order: Order) -> list[str]:
        return [f"{n} x {self._product(key).name}" for key, n in order.items.items()]

    def _due_cents(self) -> int:
        full = sum(self._product(key).price_cents * n for key, n in self._cart.items())
        return full * (100 - self._stall.coupons.get(self._coupon, 0)) // 100
