"""Labs know reviewers by pseudonym alone."""

import re
from pathlib import Path
from typing import Any

from fixtures_postgres import Api
from people import PASSWORD, add_person, browser_at, enter, log_in
from reviewing import answer, query, take

import services
from services.database.pool import Pool

LOGIN = "ada.lovelace@example.org"
SERVICES = Path(services.__file__).parent
_OF_ACCOUNT = re.compile(r"\b(FROM|JOIN|UPDATE|INTO)\s+account\b")


async def work_a_shift(api: Api, pool: Pool) -> str:
    """All that somebody with an account does and suffers in a day; gives the account's id."""
    account = await add_person(pool, LOGIN, pseudonym="p-ada")
    async with browser_at(api.url) as stranger:
        assert (await enter(stranger, LOGIN, "wrong wrong wrong")).status_code == 401
    async with log_in(api, LOGIN) as ada:
        lease, skipped = await take(ada, 2)
        assignment = f"/v1/assignments/{lease['id']}"
        draft = {"client_seq": 1, "body": {"preference": 1}}
        assert (await ada.put(f"{assignment}/draft", json=draft)).status_code == 200
        assert (await answer(ada, lease["id"], comment="clear")).status_code == 200
        skip = await ada.post(f"/v1/assignments/{skipped['id']}/skip", json={"reason": "unclear"})
        assert skip.status_code == 204
        change = {"present": PASSWORD, "new": "battery staple horse"}
        assert (await ada.put("/v1/me/password", json=change)).status_code == 200
    await api.operator.patch(f"/v1/accounts/{account}", json={"roles": ["qa_lead"]})
    await api.operator.patch(f"/v1/accounts/{account}", json={"disabled": True})
    return account


async def test_no_table_but_the_accounts_own_holds_a_log_in(
    api: Api, pool: Pool, new_batch: Any, tasks: Any
) -> None:
    await new_batch(tasks(2))
    await work_a_shift(api, pool)
    tables = await query(
        pool,
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
    )
    holding = [
        name
        for name in (row["name"] for row in tables)
        if await query(pool, f"SELECT 1 FROM {name} t WHERE t::text ILIKE '%%lovelace%%'")
    ]
    assert holding == ["account"]


async def test_a_lab_reads_no_log_in_and_no_account(
    api: Api, pool: Pool, new_batch: Any, tasks: Any
) -> None:
    batch_id = await new_batch(tasks(2))
    account = await work_a_shift(api, pool)
    orders = await api.lab.get("/v1/orders")
    order_id = orders.json()["data"][0]["id"]
    paths = (f"/v1/orders/{order_id}", f"/v1/batches/{batch_id}", f"/v1/batches/{batch_id}/files")
    for response in (orders, *[await api.lab.get(path) for path in paths]):
        assert response.status_code in (200, 409)
        assert "lovelace" not in response.text
        assert account not in response.text
    for path in ("/v1/accounts", "/v1/qualifications", "/v1/flags", "/v1/me", "/portal/quality"):
        assert (await api.lab.get(path)).status_code == 403


def test_no_program_outside_reads_whose_a_pseudonym_is() -> None:
    """Deliveries, reports and labs' endpoints cannot tell what they never read."""
    readers = {
        file.relative_to(SERVICES).as_posix()
        for file in SERVICES.rglob("*.py")
        if _OF_ACCOUNT.search(file.read_text())
    }
    assert readers == {"accounts/repository.py", "review/queue/me_repository.py"}
    assert "login" not in (SERVICES / "review/queue/me_repository.py").read_text()
