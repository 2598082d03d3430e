"""Exports beside the request: made whole, gone on with after a cut, forgotten in a week."""

import hashlib

import orjson
import pytest
from fixtures_postgres import Api
from rehearsing import Lab

from services.database.pool import Pool, transaction
from services.exports.exporter import Exporter


@pytest.fixture
def works(api: Api, pool: Pool) -> Exporter:
    return Exporter(pool, api.settings)


async def test_an_order_is_exported_batch_by_batch(lab: Lab, works: Exporter) -> None:
    order = lab.rehearsal.with_delivery()
    asked = lab.ask(
        "POST",
        "/v1/exports",
        json={"order_id": order, "format": "trl_sft"},
        headers={"Idempotency-Key": "e"},
    )
    assert (asked.status_code, asked.json()["state"], asked.json()["total"]) == (202, "pending", 2)
    assert (await works.tick(), await works.tick()) == (True, False)
    done = lab.ask("GET", asked.headers["Location"]).json()
    assert (done["state"], done["done"], len(done["files"])) == ("done", 2, 2)
    for file in done["files"]:
        got = lab.ask("GET", f"/v1/operations/{done['id']}/files/{file['name']}").content
        assert (len(got), hashlib.sha256(got).hexdigest()) == (file["size_bytes"], file["sha256"])
        assert all(orjson.loads(line)["messages"] for line in got.splitlines())
    assert lab.rehearsal.get("/operations")["data"] == [done]


async def test_what_was_cut_off_goes_on_at_its_next_batch(
    lab: Lab, works: Exporter, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = lab.rehearsal.export()
    written: list[str] = []
    write = works._write

    async def dies_at_the_second(row: object, wanted: object, batch_id: str) -> object:
        if len(written) == 1:
            raise KeyboardInterrupt
        written.append(batch_id)
        return await write(row, wanted, batch_id)  # type: ignore[arg-type]

    monkeypatch.setattr(works, "_write", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        await works.tick()
    monkeypatch.undo()
    assert not await works.tick()  # somebody may still work at it
    async with transaction(pool) as conn:
        await conn.execute("UPDATE operation SET taken_until = now() - interval '1 second'")
    assert await works.tick()
    done = lab.rehearsal.get(f"/operations/{operation}")
    assert (done["state"], done["files"][0]["batch_id"]) == ("done", written[0])
    assert len({file["batch_id"] for file in done["files"]}) == 2


async def test_a_store_that_refuses_is_said(
    lab: Lab, works: Exporter, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = lab.rehearsal.export()
    (api.settings.home / "deliveries").write_text("a file where a folder has to be")
    assert await works.tick()
    failed = lab.rehearsal.get(f"/operations/{operation}")
    assert (failed["state"], "cannot write the export" in failed["error"]) == ("failed", True)


async def test_files_are_forgotten_in_a_week(lab: Lab, works: Exporter, pool: Pool) -> None:
    operation = lab.rehearsal.export()
    await works.tick()
    [file, _] = lab.rehearsal.get(f"/operations/{operation}")["files"]
    async with transaction(pool) as conn:
        await conn.execute("UPDATE operation SET ended_at = now() - interval '8 days'")
    await works._forget()
    gone = lab.ask("GET", f"/v1/operations/{operation}/files/{file['name']}")
    assert gone.status_code == 410
    assert lab.rehearsal.get(f"/operations/{operation}")["state"] == "expired"


def test_what_cannot_be_exported_is_refused(lab: Lab, other: Lab) -> None:
    theirs, early = other.rehearsal.with_delivery(), lab.rehearsal.active()
    batch = lab.rehearsal.batches(early)[1]["id"]
    for body, status in (
        ({"order_id": theirs}, 404),
        ({"batch_ids": [batch]}, 409),
        ({}, 422),
        ({"order_id": early, "batch_ids": [batch]}, 422),
    ):
        headers = {"Idempotency-Key": str(body)[:50].replace(" ", "")}
        answer = lab.ask("POST", "/v1/exports", json=body, headers=headers)
        assert answer.status_code == status, answer.text
