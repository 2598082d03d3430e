"""`ingot contract` and `ingot prices` as an operator runs them."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

from fixtures_postgres import Api
from rehearsing import lab_at

from services.accounts.keys import create_key
from services.database.pool import Pool, transaction

Done = CompletedProcess[str]


async def test_an_operator_looks_after_contracts(
    ingot: Callable[..., Done], database_url: str, api: Api, pool: Pool, tmp_path: Path
) -> None:
    async with transaction(pool) as conn:
        lab = lab_at(api.url, await create_key(conn, "lab", "acme", test=True))
    invoice = lab.rehearsal.get(f"/invoices/{lab.rehearsal.invoiced()}")
    order = invoice["order_id"]

    def run(*arguments: str) -> Done:
        return ingot(*arguments, INGOT_DATABASE_URL=database_url)

    listed = run("contract", "list", "--tenant", "acme--test").stdout
    assert (order in listed, "active" in listed) == (True, True)
    assert order not in run("contract", "list").stdout  # a rehearsal is not live
    margin = run("contract", "margin", order).stdout
    assert f"{invoice['total']:,}" in margin.split("revenue")[1].splitlines()[0]
    proposed = run("contract", "propose", order, '{"pause_days": 21}', "--note", "summer")
    assert "amendment 1" in proposed.stdout, proposed.stderr
    assert lab.rehearsal.get(f"/orders/{order}/terms")["terms"]["pause_days"] == 21
    book = json.loads(run("prices", "show").stdout)
    file = tmp_path / "prices.json"
    file.write_text(json.dumps(book | {"proof": 1}))
    assert "price book 2" in run("prices", "set", str(file)).stdout
    assert lab.rehearsal.get(f"/quotes/{lab.rehearsal.quote()}")["price_book"] == 2
    lab.http.close()


def test_what_cannot_be_done_is_one_sentence(
    ingot: Callable[..., Done], database_url: str, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"currency": "euro"}')
    for arguments, said in (
        (("contract", "margin", "ord_0"), "no order 'ord_0'"),
        (("contract", "propose", "ord_0", "{}"), "at least one term"),
        (("prices", "set", str(bad)), "is no price book"),
        (("prices", "set", "nowhere.json"), "cannot read"),
    ):
        done = ingot(*arguments, INGOT_DATABASE_URL=database_url)
        assert done.returncode == 2
        assert said in done.stderr
        assert "Traceback" not in done.stderr
