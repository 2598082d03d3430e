"""Labs' pages over HTTP: each for each role, and what another lab has is not there."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from fixtures_postgres import Api
from people import add_person, log_in
from rehearsing import GUIDELINE, Lab

from services.database.pool import Pool

ROLES = ("owner", "lab_buyer", "lab_viewer", "auditor")
EVERYBODY = ("orders", "money")
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
async def people(api: Api, pool: Pool) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """Somebody of the lab acme in each role, all looking at the rehearsal."""
    async with AsyncExitStack() as stack:
        clients = {}
        for role in ROLES:
            await add_person(pool, role, role)
            clients[role] = await stack.enter_async_context(log_in(api, role))
            clients[role].headers["Cookie"] += "; ingot-rehearsal=on"
        yield clients


async def opened(client: httpx.AsyncClient, path: str) -> str:
    answer = await client.get(f"/portal/{path}")
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[-2000:]}"
    return answer.text


async def test_every_page_is_shown_to_those_who_may(
    lab: Lab, people: dict[str, httpx.AsyncClient]
) -> None:
    invoice = lab.rehearsal.get(f"/invoices/{lab.rehearsal.invoiced()}")
    order, batch = invoice["order_id"], invoice["batch_id"]
    lab.rehearsal.post(f"/orders/{order}/guidelines", GUIDELINE | {"body": "# Another"})
    hook = lab.rehearsal.post("/webhook-endpoints", {"url": "https://hooks.example.org/x"})
    endpoint = hook["endpoint"]["id"]
    lab.rehearsal.post(f"/webhook-endpoints/{endpoint}/test")
    shared = ["orders", f"orders/{order}", f"orders/{order}/guidelines", f"batches/{batch}"]
    shared += [f"batches/{batch}/quality", f"batches/{batch}/quality.csv", "money"]
    shared += [f"money/invoices/{invoice['id']}", f"money/orders/{order}"]
    for role, client in people.items():
        for path in shared:
            await opened(client, path)
        for path, roles in {
            "orders/new": ("owner", "lab_buyer"),
            "webhooks": ("owner", "lab_buyer"),
            f"webhooks/{endpoint}": ("owner", "lab_buyer"),
            "keys": ("owner",),
            "trail": ("owner", "auditor"),
        }.items():
            answer = await client.get(f"/portal/{path}")
            assert answer.status_code == (200 if role in roles else 403), (role, path)
    looked = await opened(people["lab_viewer"], f"orders/{order}")
    bought = await opened(people["lab_buyer"], f"orders/{order}")
    assert ("Cancel the order" in looked, "Cancel the order" in bought) == (False, True)


async def test_what_is_anothers_is_not_there(
    other: Lab, people: dict[str, httpx.AsyncClient]
) -> None:
    invoice = other.rehearsal.get(f"/invoices/{other.rehearsal.invoiced()}")
    order, batch = invoice["order_id"], invoice["batch_id"]
    for path in (
        f"orders/{order}",
        f"orders/{order}/guidelines",
        f"batches/{batch}",
        f"batches/{batch}/quality",
        f"batches/{batch}/quality.csv",
        f"money/invoices/{invoice['id']}",
        f"money/orders/{order}",
        f"webhooks/whe_{'0' * 32}",
    ):
        answer = await people["owner"].get(f"/portal/{path}")
        assert (answer.status_code, "<h1" in answer.text) == (404, True), path
    assert order not in await opened(people["owner"], "orders")


async def test_what_a_lab_writes_is_shown_and_not_run(
    lab: Lab, people: dict[str, httpx.AsyncClient]
) -> None:
    spec = {"name": HOSTILE, "quantity": 2, "source": {"recipe": "write_instructions"}}
    order = lab.rehearsal.placed({"spec": spec, "schedule": {"batches": 1}})
    lab.rehearsal.post(f"/orders/{order}/guidelines", {"body": HOSTILE, "change_note": HOSTILE})
    lab.rehearsal.post(f"/orders/{order}/guidelines/versions/1/comments", {"body": HOSTILE})
    for path in ("orders", f"orders/{order}", f"orders/{order}/guidelines", "trail"):
        text = await opened(people["owner"], path)
        assert "<script>alert" not in text
        assert "<img src=x" not in text


async def test_a_form_that_does_not_fit_comes_back_with_all_that_was_typed(
    lab: Lab, people: dict[str, httpx.AsyncClient]
) -> None:
    csrf = people["owner"].headers["X-CSRF-Token"]
    form = {
        "csrf": csrf,
        "spec.name": "mine",
        "spec.quantity": "many",
        "spec.source.recipe": "write_instructions",
        "coverage.languages": "en, de",
    }
    answer = await people["owner"].post("/portal/orders/new", data=form)
    assert answer.status_code == 422
    for kept in ('value="mine"', 'value="many"', 'value="en, de"', "valid integer"):
        assert kept in answer.text, kept
    priced = await people["owner"].post(
        "/portal/orders/new/price", data=form | {"spec.quantity": "100"}
    )
    assert "EUR" in priced.text
    assert "May not be published" in priced.text
