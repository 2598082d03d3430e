"""Tasks in a database: report a sum, move a customer, clear cancelled orders, raise prices."""

from random import Random

from generation.environments.base import Call, make_call
from generation.environments.scenario import Scenario

Row = tuple[str | int, ...]
Tables = dict[str, list[Row]]
"""Table to rows, in the order of their first column."""

_FIRST = ("Ada", "Ben", "Cleo", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo", "June")
_LAST = ("Moor", "Quill", "Ray", "Senn", "Tarn", "Udall", "Vane", "Wick", "Yates", "Zorn")
_CITIES = ("Bern", "Cork", "Delft", "Essen", "Faro", "Ghent", "Hull")
_ITEMS = {"desk": 180, "chair": 90, "shelf": 60, "lamp": 40, "rug": 75}
_STATUSES = ("paid", "open", "cancelled")
_CUSTOMER, _ITEM, _AMOUNT, _STATUS = 1, 2, 3, 4
"""Columns of an order."""


def draw_sql(rng: Random) -> Scenario[Tables]:
    """One task of any kind."""
    return rng.choice((_report_sum, _move_customer, _clear_cancelled, _raise_prices))(rng)


def _report_sum(rng: Random) -> Scenario[Tables]:
    tables = _draw_tables(rng)
    number, name, _ = rng.choice(tables["customers"])
    total = sum(
        int(row[_AMOUNT])
        for row in tables["orders"]
        if row[_CUSTOMER] == number and row[_STATUS] == "paid"
    )
    title = f"audit-{rng.randint(100, 9_999)}"
    task = (
        f"Add up the amounts of all paid orders of the customer {name} (0 if there are none). "
        f"Insert one row into the table reports with the title '{title}' and that sum as value. "
        "What is the sum?"
    )
    query = (
        "SELECT COALESCE(SUM(o.amount), 0) FROM orders o JOIN customers c ON c.id = o.customer_id "
        f"WHERE c.name = '{name}' AND o.status = 'paid'"
    )
    insert = f"INSERT INTO reports (title, value) VALUES ('{title}', {total})"
    calls = (_describe(), _query(query), _execute(insert))
    return Scenario(tables, task, calls, str(total), {**tables, "reports": [(title, total)]})


def _move_customer(rng: Random) -> Scenario[Tables]:
    tables = _draw_tables(rng)
    number, name, old = rng.choice(tables["customers"])
    city = rng.choice([city for city in _CITIES if city != old])
    moved = [(*row[:2], city) if row[0] == number else row for row in tables["customers"]]
    living = sum(row[2] == city for row in moved)
    task = rng.choice(
        (
            f"The customer {name} has moved to {city}: correct the database. How many customers "
            f"live in {city} then?",
            f"Set the city of the customer {name} to {city}, then count the customers of {city}.",
        )
    )
    calls = (
        _describe(),
        _query(f"SELECT id, city FROM customers WHERE name = '{name}'"),
        _execute(f"UPDATE customers SET city = '{city}' WHERE id = {number}"),
        _query(f"SELECT COUNT(*) FROM customers WHERE city = '{city}'"),
    )
    return Scenario(tables, task, calls, str(living), {**tables, "customers": moved})


def _clear_cancelled(rng: Random) -> Scenario[Tables]:
    tables = _draw_tables(rng)
    city = {number: city for number, _, city in tables["customers"]}
    cancelled = [row for row in tables["orders"] if row[_STATUS] == "cancelled"]
    chosen = rng.choice(cancelled)
    where, limit = city[chosen[_CUSTOMER]], int(chosen[_AMOUNT]) + rng.randint(1, 200)
    gone = [row for row in cancelled if city[row[_CUSTOMER]] == where and int(row[_AMOUNT]) < limit]
    left = [row for row in tables["orders"] if row not in gone]
    task = (
        f"Delete the cancelled orders of less than {limit} dollars of all customers in {where}, "
        "and no others. How many orders are left in the table?"
    )
    inside = f"customer_id IN (SELECT id FROM customers WHERE city = '{where}')"
    matching = f"status = 'cancelled' AND amount < {limit} AND {inside}"
    calls = (
        _describe(),
        _query(f"SELECT id FROM orders WHERE {matching}"),
        _execute(f"DELETE FROM orders WHERE {matching}"),
        _query("SELECT COUNT(*) FROM orders"),
    )
    return Scenario(tables, task, calls, str(len(left)), {**tables, "orders": left})


def _raise_prices(rng: Random) -> Scenario[Tables]:
    tables = _draw_tables(rng)
    standing = [row for row in tables["orders"] if row[_STATUS] != "cancelled"]
    item, more = rng.choice(standing)[_ITEM], rng.randint(3, 900)
    dearer = [
        (*row[:_AMOUNT], int(row[_AMOUNT]) + more, row[_STATUS])
        if row in standing and row[_ITEM] == item
        else row
        for row in tables["orders"]
    ]
    total = sum(int(row[_AMOUNT]) for row in dearer if row[_ITEM] == item)
    task = (
        f"Raise the amount of every order of the item '{item}' that is not cancelled by {more}. "
        f"What do all orders of '{item}' add up to then, cancelled ones included?"
    )
    update = f"UPDATE orders SET amount = amount + {more} WHERE item = '{item}'"
    calls = (
        _describe(),
        _execute(f"{update} AND status <> 'cancelled'"),
        _query(f"SELECT SUM(amount) FROM orders WHERE item = '{item}'"),
    )
    return Scenario(tables, task, calls, str(total), {**tables, "orders": dearer})


def _draw_tables(rng: Random) -> Tables:
    """Six customers and fourteen orders, at least one of each status."""
    names = [f"{first} {rng.choice(_LAST)}" for first in rng.sample(_FIRST, 6)]
    customers: list[Row] = [(n, name, rng.choice(_CITIES)) for n, name in enumerate(names, 1)]
    statuses = [*_STATUSES, *rng.choices(_STATUSES, k=11)]
    rng.shuffle(statuses)
    items = rng.choices(list(_ITEMS), k=len(statuses))
    orders: list[Row] = [
        (number, rng.randint(1, 6), item, _ITEMS[item] * rng.randint(1, 4), status)
        for number, (item, status) in enumerate(zip(items, statuses, strict=True), start=101)
    ]
    return {"customers": customers, "orders": orders, "reports": []}


def _describe() -> Call:
    return make_call("describe_tables")


def _query(sql: str) -> Call:
    return make_call("query", sql=sql)


def _execute(sql: str) -> Call:
    return make_call("execute", sql=sql)
