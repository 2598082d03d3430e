"""The sender at work: one id for all tries, who waits for whom, what ends an endpoint."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fixtures_postgres import Api
from psycopg.conninfo import make_conninfo
from receiving import (
    FAST,
    Receiver,
    Reply,
    add_endpoint,
    deliveries,
    sending,
    states,
    tell,
    until,
)
from reviewing import query
from standardwebhooks import WebhookVerificationError

from services.database.pool import Pool, open_pool, transaction
from services.webhooks import sending_repository
from services.webhooks.sender import WAITS_S, Terms


async def seen(api: Api, endpoint_id: str) -> dict[str, Any]:
    """An endpoint as its owner sees it."""
    return dict((await api.lab.get(f"/v1/webhook-endpoints/{endpoint_id}")).json())


async def test_an_event_arrives_signed_and_thin(api: Api, pool: Pool, receiver: Receiver) -> None:
    made, secret = await add_endpoint(api.lab, f"{receiver.url}/a")
    event = await tell(pool)
    async with sending(api, pool):
        await until(lambda: receiver.got)
    [got] = receiver.got
    payload = got.verified(secret)
    assert sorted(payload) == ["data", "timestamp", "type"]
    assert payload["data"] == {"id": "ord_1", "object": "order", "state": "running", "version": 1}
    [shown] = (await api.lab.get("/v1/events")).json()["data"]
    assert (payload["type"], payload["timestamp"]) == (shown["type"], shown["at"])
    assert got.id == f"{event}_{made}"
    [sent] = await deliveries(api.lab, made)
    assert (sent["state"], sent["tries"], sent["webhook_id"]) == ("delivered", 1, got.id)
    [attempt] = sent["attempts"]
    assert (attempt["status"], attempt["error"], attempt["response"]) == (200, "", "thanks")
    assert sent["ended_at"] is not None
    assert sent["next_try_at"] is None


async def test_every_try_has_the_same_id_and_body(api: Api, pool: Pool, receiver: Receiver) -> None:
    made, secret = await add_endpoint(api.lab, f"{receiver.url}/a")
    receiver.script["/a"] = [Reply(500, body=b"not yet"), Reply(404), Reply()]
    await tell(pool)
    async with sending(api, pool):
        await until(lambda: len(receiver.got) == 3)
    assert len({(got.id, got.body) for got in receiver.got}) == 1
    for got in receiver.got:
        got.verified(secret)
    [sent] = await deliveries(api.lab, made)
    assert (sent["state"], sent["tries"]) == ("delivered", 3)
    assert [attempt["status"] for attempt in sent["attempts"]] == [200, 404, 500]
    assert sent["attempts"][2]["response"] == "not yet"
    assert (await seen(api, made))["failing_since"] is None


async def test_after_the_last_try_it_is_dead_until_it_is_replayed(
    api: Api, pool: Pool, receiver: Receiver
) -> None:
    made, secret = await add_endpoint(api.lab, f"{receiver.url}/a")
    receiver.script["/a"] = [*[Reply(500)] * len(FAST.waits_s), Reply()]
    await tell(pool)
    async with sending(api, pool):
        await until(lambda: _is(api, made, {"dead"}))
        assert len(receiver.got) == len(FAST.waits_s)
        assert (await seen(api, made))["failing_since"] is not None
        [dead] = await deliveries(api.lab, made)
        replayed = await api.lab.post(f"/v1/webhook-deliveries/{dead['id']}/replay")
        assert replayed.status_code == 202
        await until(lambda: _is(api, made, {"delivered"}))
        again = await api.lab.post(f"/v1/webhook-deliveries/{dead['id']}/replay")
        assert again.status_code == 202
        await until(lambda: len(receiver.got) == len(FAST.waits_s) + 2)
    assert len({(got.id, got.body) for got in receiver.got}) == 1
    receiver.got[-1].verified(secret)
    [sent] = await deliveries(api.lab, made)
    assert (sent["state"], sent["tries"], len(sent["attempts"])) == ("delivered", 1, 6)


async def test_tries_are_spread_over_75_hours(api: Api, pool: Pool, receiver: Receiver) -> None:
    assert len(WAITS_S) == 10
    assert 75 * 3600 < sum(WAITS_S) < 76 * 3600
    made, _ = await add_endpoint(api.lab, f"{receiver.url}/a")
    receiver.script["/a"] = [Reply(500)]
    await tell(pool)
    due: list[float] = []
    async with sending(api, pool, Terms(poll_s=0.05)):
        for tried in range(1, len(WAITS_S)):
            await until(lambda tried=tried: _tried(api, made, tried))
            [sent] = await deliveries(api.lab, made)
            assert sent["state"] == "pending"
            next_try = datetime.fromisoformat(sent["next_try_at"])
            due.append((next_try - datetime.now(UTC)).total_seconds())
            await query(pool, "UPDATE webhook_delivery SET due_at = now() RETURNING 1")
        await until(lambda: _is(api, made, {"dead"}))
    for wait_s, promised_s in zip(due[1:], WAITS_S[2:], strict=True):
        assert 0.8 * promised_s < wait_s <= 1.1 * promised_s
    assert due[0] <= 5.5


async def test_both_secrets_sign_while_one_replaces_the_other(
    api: Api, pool: Pool, receiver: Receiver
) -> None:
    made, old = await add_endpoint(api.lab, f"{receiver.url}/a")
    path = f"/v1/webhook-endpoints/{made}/rotate-secret"
    rotated = (await api.lab.post(path, json={"overlap_hours": 1})).json()
    new, until_then = rotated["secret"], rotated["endpoint"]["old_secret_until"]
    ends = datetime.fromisoformat(until_then) - datetime.now(UTC)
    assert timedelta(minutes=55) < ends < timedelta(minutes=65)
    async with sending(api, pool):
        await tell(pool)
        await until(lambda: len(receiver.got) == 1)
        newest = (await api.lab.post(path, json={"overlap_hours": 0})).json()
        assert newest["endpoint"]["old_secret_until"] is None
        await tell(pool)
        await until(lambda: len(receiver.got) == 2)
    first, second = receiver.got
    assert len(first.headers["webhook-signature"].split(" ")) == 2
    assert first.verified(old) == first.verified(new)
    second.verified(newest["secret"])
    for secret in (old, new):
        with pytest.raises(WebhookVerificationError):
            second.verified(secret)
    for hours in (-1, 72.1, "long", None):
        assert (await api.lab.post(path, json={"overlap_hours": hours})).status_code == 422


async def test_an_old_secret_ends_by_itself(api: Api, pool: Pool, receiver: Receiver) -> None:
    made, old = await add_endpoint(api.lab, f"{receiver.url}/a")
    new = (await api.lab.post(f"/v1/webhook-endpoints/{made}/rotate-secret", json={})).json()
    await query(pool, "UPDATE webhook_endpoint SET old_secret_until = now() RETURNING 1")
    await tell(pool)
    async with sending(api, pool):
        await until(lambda: receiver.got)
    receiver.got[0].verified(new["secret"])
    with pytest.raises(WebhookVerificationError):
        receiver.got[0].verified(old)


async def test_410_switches_off_and_what_waits_goes_out_when_it_is_on_again(
    api: Api, pool: Pool, receiver: Receiver
) -> None:
    made, _ = await add_endpoint(api.lab, f"{receiver.url}/a")
    receiver.script["/a"] = [Reply(410), Reply()]
    await tell(pool)
    async with sending(api, pool):
        await until(lambda: _off(api, made))
        assert (await seen(api, made))["disabled_because"] == "it answered 410 Gone"
        await tell(pool, number=2)  # not for one that is off
        assert [each["state"] for each in await deliveries(api.lab, made)] == ["pending"]
        assert len(receiver.got) == 1
        await api.lab.patch(f"/v1/webhook-endpoints/{made}", json={"enabled": True})
        await until(lambda: _is(api, made, {"delivered"}))
    assert len(receiver.got) == 2
    trail = (await api.lab.get("/v1/audit-events", params={"object_id": made})).json()["data"]
    assert ("platform", "webhook_endpoint.disabled") in [(e["actor"], e["action"]) for e in trail]


async def test_an_endpoint_that_nothing_gets_through_to_is_switched_off(
    api: Api, pool: Pool, receiver: Receiver
) -> None:
    made, _ = await add_endpoint(api.lab, f"{receiver.url}/a")
    receiver.script["/a"] = [Reply(500)]
    long_ago = "UPDATE webhook_endpoint SET failing_since = now() - interval '{}' RETURNING 1"
    await query(pool, long_ago.format("119 hours"))
    await tell(pool)
    async with sending(api, pool):
        await until(lambda: _is(api, made, {"dead"}))
        assert (await seen(api, made))["enabled"]
        await query(pool, long_ago.format("121 hours"))
        await tell(pool)
        await until(lambda: _off(api, made))
    why = (await seen(api, made))["disabled_because"]
    assert why == "nothing got through for 5 days"


async def test_one_that_asks_to_be_left_alone_is(api: Api, pool: Pool, receiver: Receiver) -> None:
    made, _ = await add_endpoint(api.lab, f"{receiver.url}/busy")
    other, _ = await add_endpoint(api.lab, f"{receiver.url}/idle")
    receiver.script["/busy"] = [Reply(429, {"retry-after": "3600"}), Reply()]
    await tell(pool)
    async with sending(api, pool):
        await until(lambda: _rests(api, made))
        await tell(pool)  # waits, too: it is the endpoint that rests
        await until(lambda: len(receiver.at("/idle")) == 2)
        await until(lambda: _is(api, other, {"delivered"}))
        assert len(receiver.at("/busy")) == 1
        resting = datetime.fromisoformat((await seen(api, made))["resting_until"])
        _, first = await deliveries(api.lab, made)
        next_try = datetime.fromisoformat(first["next_try_at"])
        for when in (resting, next_try):
            assert 3000 < (when - datetime.now(UTC)).total_seconds() <= 3600
        await query(pool, "UPDATE webhook_endpoint SET resting_until = now() RETURNING 1")
        await until(lambda: len(receiver.at("/busy")) == 2)  # the second one, which was due
    assert {each["state"] for each in await deliveries(api.lab, made)} == {"pending", "delivered"}


async def test_slow_and_dead_receivers_do_not_hold_up_the_others(
    api: Api, pool: Pool, receiver: Receiver
) -> None:
    await add_endpoint(api.lab, f"{receiver.url}/slow")
    await add_endpoint(api.lab, "http://127.0.0.1:9/dead")
    quick, _ = await add_endpoint(api.other_lab, f"{receiver.url}/quick")
    receiver.script["/slow"] = [Reply(after_s=60)]
    for number in range(30):
        await tell(pool, number=number)
    terms = Terms(poll_s=0.05, most_each=4, grace_s=0.1)
    async with sending(api, pool, terms, timeout_s=60):
        await until(lambda: receiver.at_once["/slow"] == 4)
        for number in range(30):
            await tell(pool, "other", number)
        await until(lambda: len(receiver.at("/quick")) == 30)
        assert receiver.at_once["/slow"] == 4
        await until(lambda: _states(api, quick, {"delivered"}))
    assert receiver.most_at_once["/slow"] == 4
    assert receiver.most_at_once["/quick"] <= 4


async def test_one_that_fails_is_tried_one_at_a_time_until_something_gets_through(
    api: Api, pool: Pool, receiver: Receiver
) -> None:
    made, _ = await add_endpoint(api.lab, f"{receiver.url}/a")
    await query(pool, "UPDATE webhook_endpoint SET failing_since = now() RETURNING 1")
    receiver.script["/a"] = [*[Reply(500, after_s=0.05)] * 5, Reply(after_s=0.05)]
    for number in range(5):
        await tell(pool, number=number)
    async with sending(api, pool, Terms(waits_s=(0.0, 3600.0), poll_s=0.05)):
        await until(lambda: len(receiver.got) == 5)
        assert receiver.most_at_once["/a"] == 1
        for number in range(20):
            await tell(pool, number=number)
        await until(lambda: len(receiver.got) == 25)
    assert receiver.most_at_once["/a"] > 1
    assert (await seen(api, made))["failing_since"] is None


async def test_two_senders_do_not_send_the_same(api: Api, pool: Pool, receiver: Receiver) -> None:
    made, _ = await add_endpoint(api.lab, f"{receiver.url}/a")
    async with transaction(pool) as conn:
        await conn.execute("SELECT 1")
    for number in range(100):
        await tell(pool, number=number)
    async with sending(api, pool), sending(api, pool):
        await until(lambda: _states(api, made, {"delivered"}))
    assert len(receiver.got) == len({got.id for got in receiver.got}) == 100


async def test_a_lease_that_ends_makes_it_due_and_a_late_failure_changes_nothing(
    api: Api, pool: Pool, receiver: Receiver
) -> None:
    made, _ = await add_endpoint(api.lab, f"{receiver.url}/a")
    await tell(pool)
    async with transaction(pool) as conn:
        [lost] = await sending_repository.claim(conn, {}, most=8, room=8, lease_s=0)
    async with transaction(pool) as conn:
        [mine] = await sending_repository.claim(conn, {}, most=8, room=8, lease_s=60)
        assert await sending_repository.claim(conn, {}, most=8, room=8, lease_s=60) == []
    assert (mine.id, mine.tries) == (lost.id, 0)
    for claimed, state in ((lost, "dead"), (mine, "delivered"), (mine, "dead")):
        result = _result(claimed.id, made, claimed.lease, state)
        async with transaction(pool) as conn:
            await sending_repository.record(conn, [result], hopeless_after_s=60)
        [sent] = await deliveries(api.lab, made)
        assert sent["state"] == ("pending" if claimed is lost else "delivered")
    assert len(sent["attempts"]) == 3


async def test_without_its_key_nothing_is_sent_and_no_try_is_spent(
    api: Api, pool: Pool, receiver: Receiver, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made, secret = await add_endpoint(api.lab, f"{receiver.url}/a")
    await tell(pool)
    terms = Terms(poll_s=0.05, lease_s=0.2)
    async with sending(api, pool, terms, home=tmp_path / "elsewhere"):
        await until(lambda: "add that key to INGOT_SECRET_KEYS" in caplog.text)
    [waiting] = await deliveries(api.lab, made)
    assert (waiting["state"], waiting["tries"], receiver.got) == ("pending", 0, [])
    async with sending(api, pool, terms):
        await until(lambda: _is(api, made, {"delivered"}))
    receiver.got[0].verified(secret)


async def test_no_secret_is_logged(
    api: Api, pool: Pool, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made, secret = await add_endpoint(api.lab, f"{receiver.url}/a")
    path = f"/v1/webhook-endpoints/{made}/rotate-secret"
    new = (await api.lab.post(path, json={})).json()["secret"]
    receiver.script["/a"] = [Reply(410)]
    await tell(pool)
    async with sending(api, pool):
        await until(lambda: _off(api, made))
    assert "endpoint off" in caplog.text
    key = (api.settings.home / "secret.key").read_text()
    for hidden in (secret, new, key):
        assert hidden.removeprefix("whsec_") not in caplog.text


async def test_a_publisher_wakes_the_sender(api: Api, pool: Pool, receiver: Receiver) -> None:
    made, _ = await add_endpoint(api.lab, f"{receiver.url}/a")
    async with sending(api, pool, Terms(poll_s=600)):
        listening = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%%'"
        await until(lambda: query(pool, listening))
        await tell(pool)
        await until(lambda: receiver.got)
        await until(lambda: _is(api, made, {"delivered"}))


async def test_a_database_that_goes_away_for_a_while_loses_nothing(
    api: Api, pool: Pool, receiver: Receiver
) -> None:
    made, _ = await add_endpoint(api.lab, f"{receiver.url}/a")
    receiver.script["/a"] = [Reply(after_s=0.05)]
    url = make_conninfo(api.settings.database_url.get_secret_value(), application_name="sender")
    own = await open_pool(url, size=2)
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sender'"
    terms = Terms(poll_s=0.05, lease_s=1)
    async with sending(api, own, terms, url=url):
        for number in range(40):
            await tell(pool, number=number)
            if number % 10 == 5:
                await until(lambda n=number: len(receiver.got) > n - 5)
                assert await query(pool, cut)
        await until(lambda: _states(api, made, {"delivered"}))
    await own.close()
    assert len({got.id for got in receiver.got}) == 40


def _result(delivery_id: str, endpoint_id: str, lease: datetime, state: str) -> dict[str, Any]:
    return {
        "id": delivery_id,
        "endpoint_id": endpoint_id,
        "lease": lease,
        "state": state,
        "wait_s": 0,
        "rest_s": None,
        "at": datetime.now(UTC),
        "status": 200 if state == "delivered" else None,
        "error": "" if state == "delivered" else "late",
        "duration_ms": 1,
        "response": "",
    }


async def _is(api: Api, endpoint_id: str, wanted: set[str]) -> bool:
    return await states(api.lab, endpoint_id) == wanted


async def _states(api: Api, endpoint_id: str, wanted: set[str]) -> bool:
    client = api.lab if await _mine(api, endpoint_id) else api.other_lab
    return await states(client, endpoint_id) == wanted


async def _mine(api: Api, endpoint_id: str) -> bool:
    return (await api.lab.get(f"/v1/webhook-endpoints/{endpoint_id}")).status_code == 200


async def _tried(api: Api, endpoint_id: str, tries: int) -> bool:
    [sent] = await deliveries(api.lab, endpoint_id)
    return bool(sent["tries"] == tries)


async def _off(api: Api, endpoint_id: str) -> bool:
    return not (await seen(api, endpoint_id))["enabled"]


async def _rests(api: Api, endpoint_id: str) -> bool:
    return (await seen(api, endpoint_id))["resting_until"] is not None
