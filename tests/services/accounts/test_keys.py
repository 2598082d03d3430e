import re

import pytest
from fixtures_postgres import Api, client_for

from ingot.errors import OrderError
from services.accounts.keys import create_key, find_principal, revoke_key
from services.database.pool import Pool, transaction


async def test_a_key_finds_its_holder_and_is_not_stored(pool: Pool) -> None:
    async with transaction(pool) as conn:
        key = await create_key(conn, "reviewer", "acme", "ada", simulated=True)
        found = await find_principal(conn, key)
        rows = await conn.execute("SELECT api_key::text AS row FROM api_key")
        [stored] = await rows.fetchall()
    assert found is not None
    assert (found.role, found.tenant_id, found.pseudonym) == ("reviewer", "acme", "ada")
    assert found.simulated
    assert key.rpartition("_")[2] not in stored["row"]


@pytest.mark.parametrize("change", ["", "x", "nonsense", "ing_", "ing_\udcff_x"])
async def test_no_other_key_finds_anybody(pool: Pool, change: str) -> None:
    async with transaction(pool) as conn:
        key = await create_key(conn, "lab", "acme")
        wrong = key[:-1] + change if change == "x" else change
        assert await find_principal(conn, wrong) is None


async def test_a_revoked_key_is_401(api: Api, pool: Pool) -> None:
    async with transaction(pool) as conn:
        key = await create_key(conn, "lab", "acme")
    async with client_for(api.url, key) as client:
        assert (await client.get("/v1/orders")).status_code == 200
        async with transaction(pool) as conn:
            assert await revoke_key(conn, key.split("_")[2])
            assert not await revoke_key(conn, key.split("_")[2])
        assert (await client.get("/v1/orders")).status_code == 401


@pytest.mark.parametrize(("role", "pseudonym"), [("reviewer", ""), ("lab", "ada")])
async def test_reviewers_and_only_they_have_a_pseudonym(
    pool: Pool, role: str, pseudonym: str
) -> None:
    async with transaction(pool) as conn:
        with pytest.raises(OrderError, match="only reviewers"):
            await create_key(conn, role, "acme", pseudonym)  # type: ignore[arg-type]


@pytest.mark.parametrize("simulated", [True, False])
async def test_a_person_cannot_become_a_program(pool: Pool, simulated: bool) -> None:
    async with transaction(pool) as conn:
        await create_key(conn, "reviewer", "acme", "ada", simulated)
        with pytest.raises(OrderError, match="choose another"):
            await create_key(conn, "reviewer", "acme", "ada", not simulated)


async def test_without_a_key_every_door_is_closed(api: Api) -> None:
    paths = (await api.anonymous.get("/openapi.json")).json()["paths"]
    doors = {(method, path) for path, methods in paths.items() for method in methods}
    for method, path in doors - {("post", "/v1/sessions")}:
        response = await api.anonymous.request(method, re.sub(r"\{.*?\}", "x", path))
        assert response.status_code == 401, (method, path)
    assert len(doors) >= 40


async def test_a_lab_key_and_a_reviewer_key_open_their_own_doors_only(api: Api) -> None:
    assert (await api.reviewer.get("/v1/orders")).status_code == 403
    assert (await api.lab.post("/v1/leases", json={})).status_code == 403
