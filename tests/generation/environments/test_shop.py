import json
import re
from random import Random

import pytest

from generation.environments.base import ToolError
from generation.environments.shop import Shop


@pytest.fixture
def shop() -> Shop:
    """A shop whose balance is rich and whose task names a coupon."""
    return next(made for made in (Shop(Random(s)) for s in range(50)) if "SAVE" in made.task)


def _stock(shop: Shop) -> dict[str, int]:
    stock: dict[str, int] = json.loads(shop.state())["stock"]
    return stock


def _paid(text: str) -> float:
    return float(re.findall(r"\$([0-9.]+)", text)[-1])


def test_an_order_takes_stock_and_money_and_a_cancelled_one_gives_both_back(shop: Shop) -> None:
    before = shop.state()
    shop.call("add_to_cart", {"product_id": "p1", "quantity": 2})
    assert _paid(shop.call("place_order", {})) > 0
    assert json.loads(shop.state())["stock"]["p1"] == json.loads(before)["stock"]["p1"] - 2
    assert "o1: 2 x" in shop.call("list_orders", {})
    shop.call("cancel_order", {"order_id": "o1"})
    after, was = json.loads(shop.state()), json.loads(before)
    assert after["orders"]["o1"]["status"] == "cancelled"
    assert (after["stock"], after["balance_cents"]) == (was["stock"], was["balance_cents"])


def test_the_whole_stock_can_be_ordered_and_no_more(shop: Shop) -> None:
    stock = _stock(shop)["p1"]
    shop.call("add_to_cart", {"product_id": "p1", "quantity": stock})
    with pytest.raises(ToolError, match=f"only {stock} of .* in stock, you want {stock + 1}"):
        shop.call("add_to_cart", {"product_id": "p1", "quantity": 1})


def test_a_coupon_lowers_what_is_to_pay(shop: Shop) -> None:
    code = re.findall(r"SAVE([0-9]+)", shop.task)[0]
    shop.call("add_to_cart", {"product_id": "p1", "quantity": 1})
    full_cents = round(_paid(shop.call("view_product", {"product_id": "p1"})) * 100)
    shop.call("apply_coupon", {"code": f"SAVE{code}"})
    paid = _paid(shop.call("place_order", {}))
    assert round(paid * 100) == full_cents * (100 - int(code)) // 100


def test_what_is_taken_out_of_the_cart_is_not_ordered(shop: Shop) -> None:
    shop.call("add_to_cart", {"product_id": "p1", "quantity": 1})
    shop.call("remove_from_cart", {"product_id": "p1"})
    with pytest.raises(ToolError, match="the cart is empty"):
        shop.call("place_order", {})


def test_search_finds_by_name_and_category(shop: Shop) -> None:
    found = shop.call("search", {"query": "Camping"}).split("\n")
    assert all("(camping)" in line for line in found)
    assert len(shop.call("search", {"query": ""}).split("\n")) == 12
    assert shop.call("search", {"query": "submarine"}).startswith("nothing found")


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("view_product", {"product_id": "p99"}, "no product 'p99'"),
        ("remove_from_cart", {"product_id": "p1"}, "'p1' is not in the cart"),
        ("apply_coupon", {"code": "FREE"}, "coupon 'FREE' is not valid"),
        ("cancel_order", {"order_id": "o1"}, "no order 'o1' to cancel"),
        ("add_to_cart", {"product_id": "p1", "quantity": 0}, "1 to 99"),
    ],
)
def test_impossible_acts_are_refused(
    shop: Shop, tool: str, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(ToolError, match=message):
        shop.call(tool, arguments)


def test_nobody_orders_beyond_the_balance() -> None:
    shop = next(made for made in (Shop(Random(s)) for s in range(50)) if "balance" in made.task)
    product = str(shop.oracle().calls[2][1]["product_id"])
    shop.call("add_to_cart", {"product_id": product, "quantity": _stock(shop)[product]})
    before = shop.state()
    with pytest.raises(ToolError, match="more than your balance"):
        shop.call("place_order", {})
    assert shop.state() == before
