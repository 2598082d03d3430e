import asyncio
from typing import Any

import orjson
import pytest
import yaml
from fixtures_postgres import Api
from ordering import ORDER, place
from reviewing import query

from services.database import idempotency
from services.database.pool import Pool, transaction


async def stored(pool: Pool) -> tuple[int, int, int]:
    """How many orders, batches and events there are."""
    counts = [len(await query(pool, f"SELECT 1 FROM {t}")) for t in ("orders", "batch", "outbox")]
    return counts[0], counts[1], counts[2]


async def test_an_order_is_stored_with_its_batch_and_the_event_that_starts_it(
    api: Api, pool: Pool
) -> None:
    response = await place(api.lab)
    assert response.status_code == 201
    [batch] = response.json()["batches"]
    assert (batch["state"], batch["seq"]) == ("planned", 1)
    assert await query(pool, "SELECT topic, key FROM outbox") == [
        {"topic": "batch.planned", "key": batch["id"]}
    ]
    [event] = await query(pool, "SELECT action, object_id FROM audit_event WHERE action ~ 'order'")
    assert event == {"action": "order.placed", "object_id": response.json()["id"]}


async def test_an_order_may_be_yaml(api: Api) -> None:
    headers = {"Idempotency-Key": "k1", "Content-Type": "application/yaml"}
    response = await api.lab.post("/v1/orders", content=yaml.safe_dump(ORDER), headers=headers)
    assert response.status_code == 201
    assert response.json()["spec"]["name"] == "first"


async def test_a_repeat_gives_the_stored_response(api: Api, pool: Pool) -> None:
    first, again = await place(api.lab), await place(api.lab)
    assert (first.status_code, first.text) == (again.status_code, again.text)
    assert first.headers["Location"] == again.headers["Location"]
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert await stored(pool) == (1, 1, 1)


async def test_the_same_key_at_the_same_time_places_one_order(api: Api, pool: Pool) -> None:
    replies = await asyncio.gather(*[place(api.lab) for _ in range(8)])
    assert {reply.status_code for reply in replies} <= {201, 409}
    placed = [reply for reply in replies if reply.status_code == 201]
    assert len({reply.text for reply in placed}) == 1
    assert sum("Idempotent-Replayed" not in reply.headers for reply in placed) == 1
    assert await stored(pool) == (1, 1, 1)


async def test_while_a_request_runs_its_repeat_is_told_to_wait(api: Api, pool: Pool) -> None:
    async with transaction(pool) as conn:
        assert await idempotency.take(conn, "acme", "k1", "POST", "x") is None
        waiting = await place(api.lab)
        assert (await place(api.other_lab)).status_code == 201
        await conn.rollback()
    assert waiting.status_code == 409
    assert waiting.headers["Retry-After"] == "1"
    assert (await place(api.lab)).status_code == 201


async def test_the_same_key_with_another_order_is_422(api: Api, pool: Pool) -> None:
    await place(api.lab)
    response = await place(api.lab, name="second")
    assert response.status_code == 422
    assert "use a new one" in response.json()["detail"]
    assert await stored(pool) == (1, 1, 1)


async def test_a_key_lives_48_hours(api: Api, pool: Pool) -> None:
    await place(api.lab)
    await query(pool, "UPDATE idempotency SET created_at = now() - interval '47 hours'")
    await place(api.lab)
    assert await stored(pool) == (1, 1, 1)
    await query(pool, "UPDATE idempotency SET created_at = now() - interval '49 hours'")
    await place(api.lab)
    assert await stored(pool) == (2, 2, 2)


async def test_keys_of_two_labs_do_not_meet(api: Api, pool: Pool) -> None:
    await place(api.lab)
    assert (await place(api.other_lab, name="second")).status_code == 201
    assert await stored(pool) == (2, 2, 2)


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "x" * 256}])
async def test_an_order_without_a_usable_key_is_400(
    api: Api, pool: Pool, headers: dict[str, str]
) -> None:
    response = await api.lab.post("/v1/orders", json=ORDER, headers=headers)
    assert response.status_code == 400
    assert "Idempotency-Key" in response.json()["detail"]
    assert await stored(pool) == (0, 0, 0)


@pytest.mark.parametrize(
    ("fields", "pointer", "says"),
    [
        ({"colour": "red"}, "/colour", "unknown field 'colour': remove it"),
        ({"quantity": -5}, "/quantity", "greater than 0 (got -5)"),
        ({"source": {"recipe": "alchemy"}}, "/source/recipe", "got 'alchemy'"),
        ({"source": {"recipe": "prompts"}}, "/source", "needs a path"),
        ({"name": ""}, "/name", "at least 1 character"),
        ({"kind": None}, "/kind", "preference"),
        ({"judge": {"engine": "openai"}}, "", "judge.endpoint must be"),
    ],
)
async def test_a_faulty_field_is_named_with_its_remedy(
    api: Api, pool: Pool, fields: dict[str, Any], pointer: str, says: str
) -> None:
    response = await place(api.lab, **fields)
    assert response.status_code == 422
    assert response.headers["Content-Type"] == "application/problem+json"
    [fault] = response.json()["errors"]
    assert fault["pointer"] == pointer
    assert says in fault["detail"]
    assert await stored(pool) == (0, 0, 0)


async def test_all_faults_are_named_at_once(api: Api) -> None:
    response = await place(api.lab, quantity=0, colour="red", seed=-1)
    pointers = {fault["pointer"] for fault in response.json()["errors"]}
    assert pointers == {"/quantity", "/colour", "/seed"}
    assert "2 more" in response.json()["detail"]


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b"{", 400),
        ("application/json", b'{"name": "\xff"}', 400),
        ("application/json", b"[" * 100_000, 400),
        ("application/json", b'{"a":' * 65 + b"1" + b"}" * 65, 400),
        ("application/json", b"[]", 422),
        ("application/json", b"", 400),
        ("application/yaml", b"a: [", 400),
        ("application/yaml", b"&a [*a]", 422),
        ("application/yaml", b"!!python/object/apply:os.system [id]", 400),
        ("application/yaml", b"seed: 0x" + b"f" * 5_000, 400),
        ("text/html", b"<p>", 415),
        ("application/json", b" " * (2 * 1024 * 1024 + 1), 413),
    ],
)
async def test_a_body_that_is_no_order_is_refused(
    api: Api, pool: Pool, kind: str, body: bytes, status: int
) -> None:
    headers = {"Idempotency-Key": "k1", "Content-Type": kind}
    response = await api.lab.post("/v1/orders", content=body, headers=headers)
    assert response.status_code == status
    assert response.json()["status"] == status
    assert await stored(pool) == (0, 0, 0)


async def test_a_body_of_unknown_length_is_limited_too(api: Api) -> None:
    async def endless() -> Any:
        for _ in range(40):
            yield b" " * 65_536

    response = await api.lab.post(
        "/v1/orders", content=endless(), headers={"Idempotency-Key": "k1"}
    )
    assert response.status_code == 413
    assert "POST /v1/files" in response.json()["detail"]


async def test_a_body_at_the_limit_is_read(api: Api) -> None:
    body = orjson.dumps(ORDER).ljust(2 * 1024 * 1024)
    headers = {"Idempotency-Key": "k1", "Content-Type": "application/json"}
    assert (await api.lab.post("/v1/orders", content=body, headers=headers)).status_code == 201


async def test_a_nul_character_is_refused(api: Api, pool: Pool) -> None:
    response = await place(api.lab, name="a\x00b")
    assert response.status_code == 422
    assert await stored(pool) == (0, 0, 0)
