from pathlib import Path
from typing import Any

import pytest
from fixtures_postgres import Api
from ordering import place
from reviewing import query

from ingot.orders import BatchState
from services.database.pool import Pool, transaction
from services.ordering import batches

_ON_THE_WAY = [BatchState.GENERATING, BatchState.JUDGING, BatchState.ASSEMBLING]


async def deliver(pool: Pool, batch_id: str, folder: Path) -> None:
    async with transaction(pool) as conn:
        for state in _ON_THE_WAY:
            await batches.transition(conn, batch_id, state, actor="test")
        await batches.set_delivery(conn, batch_id, folder.as_uri())
        await batches.transition(conn, batch_id, BatchState.DELIVERED, actor="test")


@pytest.fixture
async def delivered(api: Api, pool: Pool, tmp_path: Path) -> str:
    """A delivered batch of two files beside a file that is not part of it."""
    folder = tmp_path / "delivery"
    (folder / "data").mkdir(parents=True)
    (folder / "README.md").write_text("card")
    (folder / "data" / "part.jsonl").write_text("{}\n")
    (tmp_path / "secret").write_text("secret")
    batch_id: str = (await place(api.lab)).json()["batches"][0]["id"]
    await deliver(pool, batch_id, folder)
    return batch_id


async def test_orders_are_listed_newest_first_in_pages(api: Api) -> None:
    ids = [(await place(api.lab, str(n), seed=n)).json()["id"] for n in range(3)]
    first = (await api.lab.get("/v1/orders", params={"limit": 2})).json()
    assert [order["id"] for order in first["data"]] == ids[:0:-1]
    assert first["has_more"]
    rest = (await api.lab.get("/v1/orders", params={"starting_after": first["next"]})).json()
    assert [order["id"] for order in rest["data"]] == ids[:1]
    assert (rest["has_more"], rest["next"]) == (False, None)


@pytest.mark.parametrize(
    ("params", "status"),
    [({"limit": 0}, 422), ({"limit": 201}, 422), ({"starting_after": "x"}, 400)],
)
async def test_a_page_that_cannot_be_is_refused(
    api: Api, params: dict[str, Any], status: int
) -> None:
    assert (await api.lab.get("/v1/orders", params=params)).status_code == status


async def test_an_order_shows_how_far_its_batch_is(api: Api, pool: Pool) -> None:
    order = (await place(api.lab)).json()
    batch_id = order["batches"][0]["id"]
    async with transaction(pool) as conn:
        await batches.transition(conn, batch_id, BatchState.GENERATING, actor="test")
        await batches.set_progress(conn, batch_id, "generating", 5, 100, "completions", {"x": 1})
        await batches.save_summary(conn, batch_id, {"kept": 1, "dropped": 2})
        await batches.save_summary(conn, batch_id, {"kept": 3})
    seen = (await api.lab.get(f"/v1/orders/{order['id']}")).json()
    assert seen["state"] == "running"
    [batch] = seen["batches"]
    assert batch == (await api.lab.get(f"/v1/batches/{batch_id}")).json()
    assert (batch["progress"]["done"], batch["progress"]["facts"]) == (5, {"x": 1})
    assert batch["summary"] == {"kept": 3, "dropped": 2}


async def test_another_tenant_sees_nothing(api: Api, delivered: str) -> None:
    order_id = (await api.lab.get("/v1/orders")).json()["data"][0]["id"]
    assert (await api.other_lab.get("/v1/orders")).json()["data"] == []
    for path in (
        f"/v1/orders/{order_id}",
        f"/v1/batches/{delivered}",
        f"/v1/batches/{delivered}/files",
        f"/v1/batches/{delivered}/files/README.md",
    ):
        assert (await api.lab.get(path)).status_code == 200
        assert (await api.other_lab.get(path)).status_code == 404
    assert (await api.other_lab.post(f"/v1/orders/{order_id}/resume")).status_code == 404


async def test_the_same_tenant_may_have_several_keys(api: Api) -> None:
    order_id = (await place(api.lab)).json()["id"]
    assert (await api.operator.get(f"/v1/orders/{order_id}")).status_code == 200


async def test_delivered_files_are_listed_and_streamed(api: Api, delivered: str) -> None:
    files = (await api.lab.get(f"/v1/batches/{delivered}/files")).json()["files"]
    assert [(f["name"], f["size_bytes"]) for f in files] == [
        ("README.md", 4),
        ("data/part.jsonl", 3),
    ]
    assert files[0]["sha256"].startswith("8367cd66fdd136bb")
    response = await api.lab.get(f"/v1/batches/{delivered}/files/data/part.jsonl")
    assert response.text == "{}\n"
    assert response.headers["Content-Length"] == "3"


@pytest.mark.parametrize(
    "name",
    ["../secret", "..%2Fsecret", "data/../../secret", "%2Fetc%2Fpasswd", "nothing", "data", "a%00"],
)
async def test_no_file_outside_the_delivery_can_be_named(
    api: Api, delivered: str, name: str
) -> None:
    response = await api.lab.get(f"/v1/batches/{delivered}/files/{name}")
    assert response.status_code == 404
    assert response.text != "secret"


async def test_files_of_a_batch_on_its_way_are_409(api: Api) -> None:
    batch_id = (await place(api.lab)).json()["batches"][0]["id"]
    for path in ("files", "files/README.md"):
        response = await api.lab.get(f"/v1/batches/{batch_id}/{path}")
        assert response.status_code == 409
        assert "planned" in response.json()["detail"]


async def test_a_failed_order_goes_on_when_resumed(api: Api, pool: Pool) -> None:
    order = (await place(api.lab)).json()
    batch_id = order["batches"][0]["id"]
    async with transaction(pool) as conn:
        await batches.transition(conn, batch_id, BatchState.GENERATING, actor="test")
        await batches.fail(conn, batch_id, "disk full")
    failed = (await api.lab.get(f"/v1/orders/{order['id']}")).json()
    assert (failed["state"], failed["batches"][0]["error"]) == ("failed", "disk full")
    resumed = (await api.lab.post(f"/v1/orders/{order['id']}/resume")).json()
    assert (resumed["state"], resumed["batches"][0]["state"]) == ("running", "generating")
    topics = await query(pool, "SELECT topic FROM outbox ORDER BY id")
    assert [row["topic"] for row in topics] == ["batch.planned", "batch.resumed"]


async def test_an_order_that_did_not_fail_cannot_be_resumed(api: Api) -> None:
    order_id = (await place(api.lab)).json()["id"]
    response = await api.lab.post(f"/v1/orders/{order_id}/resume")
    assert response.status_code == 409
    assert "nothing to resume" in response.json()["detail"]
