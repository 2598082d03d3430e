"""Endpoints over REST: made, changed, ended, and nobody else's."""

import asyncio
from typing import Any

import pytest
from fixtures_postgres import Api
from receiving import Receiver, add_endpoint, deliveries, sending, tell, tell_on, until
from reviewing import query

from services.database.pool import Pool, transaction
from services.webhooks import service
from services.webhooks.events import TYPES
from services.webhooks.sender import Terms

ENDPOINTS = "/v1/webhook-endpoints"
URL = "https://lab.example.org/hook"


async def test_the_secret_of_a_new_endpoint_is_told_once_and_stored_sealed(
    api: Api, pool: Pool
) -> None:
    response = await api.lab.post(ENDPOINTS, json={"url": URL})
    made = response.json()
    path = response.headers["location"]
    assert path == f"{ENDPOINTS}/{made['endpoint']['id']}"
    assert made["secret"].startswith("whsec_")
    seen = await api.lab.get(path)
    assert seen.json() == made["endpoint"]
    assert (seen.json()["enabled"], seen.json()["types"]) == (True, None)
    listed = await api.lab.get(ENDPOINTS)
    assert "whsec_" not in seen.text + listed.text
    [row] = await query(pool, "SELECT to_jsonb(e)::text AS row, e.secret FROM webhook_endpoint e")
    assert made["secret"].removeprefix("whsec_") not in row["row"]
    assert made["secret"].encode() not in bytes(row["secret"])
    trail = (await api.lab.get("/v1/audit-events")).text
    assert "webhook_endpoint.created" in trail
    assert "whsec_" not in trail


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/url"),
        ({"url": "lab.example.org"}, "/url"),
        ({"url": "ftp://lab.example.org"}, "/url"),
        ({"url": "https://user:word@lab.example.org"}, "/url"),
        ({"url": URL + "\x00"}, "/url"),
        ({"url": URL, "types": []}, "/types"),
        ({"url": URL, "types": ["order.eaten"]}, "/types/0"),
        ({"url": URL, "types": ["webhook.test"]}, "/types/0"),
        ({"url": URL, "description": "a\x00b"}, "/description"),
        ({"url": URL, "secret": "whsec_mine"}, "/secret"),
    ],
)
async def test_what_cannot_be_is_refused_by_its_field(
    api: Api, body: dict[str, Any], pointer: str
) -> None:
    response = await api.lab.post(ENDPOINTS, json=body)
    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_only_what_is_named_changes(api: Api) -> None:
    made, _ = await add_endpoint(api.lab, URL, types=["order.state_changed"], description="ours")
    path = f"{ENDPOINTS}/{made}"
    off = (await api.lab.patch(path, json={"enabled": False})).json()
    assert (off["enabled"], off["disabled_because"]) == (False, service.BY_ITS_OWNER)
    assert (off["types"], off["description"], off["url"]) == (["order.state_changed"], "ours", URL)
    on = (await api.lab.patch(path, json={"enabled": True, "types": None})).json()
    assert (on["enabled"], on["disabled_because"], on["disabled_at"]) == (True, "", None)
    assert (on["types"], on["description"]) == (None, "ours")
    moved = (await api.lab.patch(path, json={"url": URL + "/2", "description": ""})).json()
    assert (moved["url"], moved["description"]) == (URL + "/2", "")
    assert (await api.lab.patch(path, json={"url": "http://u@x"})).status_code == 422


async def test_what_waits_for_an_endpoint_ends_with_it(api: Api, pool: Pool) -> None:
    made, _ = await add_endpoint(api.lab, URL)
    await tell(pool)
    [waiting] = await deliveries(api.lab, made)
    assert waiting["state"] == "pending"
    assert (await api.lab.delete(f"{ENDPOINTS}/{made}")).status_code == 204
    for path in ("", "/deliveries"):
        assert (await api.lab.get(f"{ENDPOINTS}/{made}{path}")).status_code == 404
    replay = await api.lab.post(f"/v1/webhook-deliveries/{waiting['id']}/replay")
    assert replay.status_code == 404
    assert (await api.lab.delete(f"{ENDPOINTS}/{made}")).status_code == 404
    [row] = await query(pool, "SELECT state FROM webhook_delivery")
    assert row["state"] == "dead"
    assert (await api.lab.get(ENDPOINTS)).json()["data"] == []


async def test_what_is_told_while_its_endpoint_is_deleted_ends(
    api: Api, pool: Pool, receiver: Receiver
) -> None:
    made, _ = await add_endpoint(api.lab, f"{receiver.url}/a")
    kept, _ = await add_endpoint(api.lab, f"{receiver.url}/b")
    await tell(pool)
    await api.lab.patch(f"{ENDPOINTS}/{kept}", json={"enabled": False})
    async with transaction(pool) as conn:
        await tell_on(conn)
        assert (await api.lab.delete(f"{ENDPOINTS}/{made}")).status_code == 204

    async def waiting() -> list[str]:
        rows = await query(pool, "SELECT endpoint_id FROM webhook_delivery WHERE state = 'pending'")
        return sorted(row["endpoint_id"] for row in rows)

    async def ended() -> bool:
        return await waiting() == [kept]

    assert await waiting() == sorted([made, kept])
    async with sending(api, pool, Terms(poll_s=0.05, tidy_s=0.05)):
        await until(ended)
    assert receiver.got == []


async def test_there_is_an_end_to_endpoints(api: Api) -> None:
    most = service.MOST_ENDPOINTS
    made = [(await add_endpoint(api.lab, f"{URL}/{number}"))[0] for number in range(most)]
    refused = await api.lab.post(ENDPOINTS, json={"url": URL})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/illegal-state")
    await add_endpoint(api.other_lab, URL)
    assert (await api.lab.delete(f"{ENDPOINTS}/{made[0]}")).status_code == 204
    await add_endpoint(api.lab, URL)


async def test_a_request_that_is_repeated_makes_no_second_one(api: Api, pool: Pool) -> None:
    body = {"url": URL, "types": ["batch.settled", "order.state_changed"]}
    answers = await asyncio.gather(*(api.lab.post(ENDPOINTS, json=body) for _ in range(8)))
    assert sorted(each.status_code for each in answers) == [201] + 7 * [409]
    [made] = [each.json() for each in answers if each.status_code == 201]
    path = f"{ENDPOINTS}/{made['endpoint']['id']}"
    same = await api.lab.post(ENDPOINTS, json={"url": URL, "types": body["types"][::-1]})
    assert (same.status_code, same.json()["type"]) == (409, "/problems/endpoint-exists")
    assert made["endpoint"]["id"] in same.json()["detail"]
    assert same.headers["location"] == path
    assert "whsec_" not in same.text
    lost = await api.lab.post(f"{path}/rotate-secret", json={"overlap_hours": 0})
    assert lost.json()["secret"] not in ("", made["secret"])
    stored = await query(pool, "SELECT to_jsonb(i)::text AS row FROM idempotency i")
    assert "whsec_" not in str(stored)
    await add_endpoint(api.lab, URL, types=["batch.settled"])
    await add_endpoint(api.lab, URL)
    await add_endpoint(api.other_lab, **body)
    assert (await api.lab.delete(path)).status_code == 204
    await add_endpoint(api.lab, **body)


async def test_lists_come_in_pages(api: Api, pool: Pool) -> None:
    made = [(await add_endpoint(api.lab, f"{URL}/{number}"))[0] for number in range(3)]
    first = (await api.lab.get(ENDPOINTS, params={"limit": 2})).json()
    assert [each["id"] for each in first["data"]] == made[:0:-1]
    rest = await api.lab.get(ENDPOINTS, params={"starting_after": first["next"]})
    assert [each["id"] for each in rest.json()["data"]] == made[:1]
    for number in range(3):
        await tell(pool, number=number)
    path = f"{ENDPOINTS}/{made[0]}/deliveries"
    page = (await api.lab.get(path, params={"limit": 2})).json()
    more = (await api.lab.get(path, params={"starting_after": page["next"]})).json()
    ids = [each["id"] for each in page["data"] + more["data"]]
    assert ids == sorted(ids, reverse=True)
    assert (len(ids), more["has_more"]) == (3, False)
    assert (await api.lab.get(path, params={"state": "dead"})).json()["data"] == []
    for wrong in ({"limit": 0}, {"limit": 201}, {"state": "lost"}):
        assert (await api.lab.get(path, params=wrong)).status_code == 422
    assert (await api.lab.get(path, params={"starting_after": "whe_1"})).status_code == 400


ROUTES = [
    ("GET", "{endpoint}", None),
    ("PATCH", "{endpoint}", {"enabled": False}),
    ("DELETE", "{endpoint}", None),
    ("POST", "{endpoint}/rotate-secret", {}),
    ("POST", "{endpoint}/test", None),
    ("GET", "{endpoint}/deliveries", None),
    ("POST", "/v1/webhook-deliveries/{delivery}/replay", None),
]


async def test_what_is_anothers_is_not_there(api: Api, pool: Pool) -> None:
    made, _ = await add_endpoint(api.lab, URL)
    await tell(pool)
    [waiting] = await deliveries(api.lab, made)
    names = {"endpoint": f"{ENDPOINTS}/{made}", "delivery": waiting["id"]}
    before = (await api.lab.get(f"{ENDPOINTS}/{made}")).json()
    for method, path, body in ROUTES:
        answered = await api.other_lab.request(method, path.format(**names), json=body)
        assert answered.status_code == 404, (method, path)
        refused = await api.reviewer.request(method, path.format(**names), json=body)
        assert refused.status_code == 403, (method, path)
    assert (await api.other_lab.get(ENDPOINTS)).json()["data"] == []
    assert (await api.other_lab.get("/v1/events")).json()["data"] == []
    assert (await api.lab.get(f"{ENDPOINTS}/{made}")).json() == before
    assert await deliveries(api.lab, made) == [waiting]


async def test_a_delivery_that_waits_is_not_replayed_and_one_that_is_off_not_tested(
    api: Api, pool: Pool
) -> None:
    made, _ = await add_endpoint(api.lab, URL)
    tested = await api.lab.post(f"{ENDPOINTS}/{made}/test")
    assert tested.status_code == 202
    assert (tested.json()["type"], tested.json()["state"]) == ("webhook.test", "pending")
    path = f"/v1/webhook-deliveries/{tested.json()['id']}/replay"
    assert (await api.lab.post(path)).status_code == 409
    await api.lab.patch(f"{ENDPOINTS}/{made}", json={"enabled": False})
    assert (await api.lab.post(f"{ENDPOINTS}/{made}/test")).status_code == 409
    async with transaction(pool) as conn:
        await conn.execute("UPDATE webhook_delivery SET state = 'dead', ended_at = now()")
    assert (await api.lab.post(path)).status_code == 409
    await api.lab.patch(f"{ENDPOINTS}/{made}", json={"enabled": True})
    again = await api.lab.post(path)
    assert (again.status_code, again.json()["state"], again.json()["tries"]) == (202, "pending", 0)


async def test_every_type_can_be_wanted(api: Api) -> None:
    made, _ = await add_endpoint(api.lab, URL, types=list(TYPES))
    assert set((await api.lab.get(f"{ENDPOINTS}/{made}")).json()["types"]) == set(TYPES)
