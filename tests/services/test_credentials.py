"""Keys of labs' own endpoints: sealed, bound to their endpoint, opened where it is asked."""

import pytest
from carrying import LAB, order
from fixtures_postgres import Api
from rehearsing import CREDENTIAL, Lab

from ingot.errors import ModelError, OrderError
from ingot.orders import parse_order
from services.accounts.keys import create_key
from services.credentials import service
from services.credentials.service import NewCredential
from services.database.pool import Pool, transaction
from services.database.vault import open_vault
from services.pipeline.kitchen import engines_of

OURS = NewCredential.model_validate(CREDENTIAL)


def asking(credential: str, endpoint: str = "https://lab.example.org/v1") -> dict[str, object]:
    return {"engine": "openai", "endpoint": endpoint, "model": "m", "credential": credential}


async def test_a_key_is_sealed_and_never_shown(lab: Lab, pool: Pool) -> None:
    made = lab.rehearsal.post("/credentials", CREDENTIAL)
    shown = [made, lab.rehearsal.get("/credentials"), lab.rehearsal.get("/audit-events")]
    assert "sk-secret" not in str(shown)
    async with transaction(pool) as conn:
        rows = await conn.execute("SELECT sealed, c::text AS row FROM credential c")
        [row] = await rows.fetchall()
    assert b"sk-secret" not in bytes(row["sealed"])
    assert b"sk-secret".hex() not in row["row"]
    assert lab.ask("DELETE", f"/v1/credentials/{made['id']}").status_code == 204
    assert lab.ask("DELETE", f"/v1/credentials/{made['id']}").status_code == 404
    assert lab.rehearsal.get("/credentials")["data"] == []


async def test_the_worker_opens_it_for_that_endpoint(api: Api, pool: Pool) -> None:
    vault = open_vault(api.settings)
    async with transaction(pool) as conn:
        await create_key(conn, "lab", LAB.tenant_id)
        made = await service.add(conn, vault, LAB, OURS)
        spec = parse_order(order(generation=asking(made.id)))
        keys = await service.opened(conn, vault, LAB.tenant_id, spec)
        assert keys == {made.id: "sk-secret"}
        [writer] = engines_of(spec, api.settings, keys)["writer"]
        assert "sk-secret" not in repr(writer)
        with pytest.raises(ModelError, match="give it again"):
            engines_of(spec, api.settings, {})
        await service.delete(conn, LAB, made.id)
        with pytest.raises(OrderError, match="there is no"):
            await service.opened(conn, vault, LAB.tenant_id, spec)


@pytest.mark.parametrize(
    ("endpoint", "fits"),
    [
        ("https://lab.example.org/v1", True),
        ("https://LAB.example.org/v1/", True),
        ("https://lab.example.org/v1/chat", True),
        ("https://lab.example.org/v10", False),
        ("https://lab.example.org/v1/../admin", False),
        ("https://lab.example.org.evil.net/v1", False),
        ("https://lab.example.org@evil.net/v1", False),
        ("http://lab.example.org/v1", False),
        ("https://lab.example.org:8443/v1", False),
    ],
)
async def test_a_key_goes_to_its_own_endpoint_only(
    api: Api, pool: Pool, endpoint: str, fits: bool
) -> None:
    async with transaction(pool) as conn:
        await create_key(conn, "lab", LAB.tenant_id)
        made = await service.add(conn, open_vault(api.settings), LAB, OURS)
        spec = parse_order(order(generation=asking(made.id, endpoint)))
        if fits:
            await service.check(conn, LAB.tenant_id, spec)
        else:
            with pytest.raises(OrderError, match="not for"):
                await service.check(conn, LAB.tenant_id, spec)


async def test_anothers_key_is_not_there(api: Api, pool: Pool) -> None:
    async with transaction(pool) as conn:
        await create_key(conn, "lab", LAB.tenant_id)
        made = await service.add(conn, open_vault(api.settings), LAB, OURS)
        spec = parse_order(order(generation=asking(made.id)))
        with pytest.raises(OrderError, match="there is no"):
            await service.check(conn, "other", spec)


def test_plain_http_and_empty_keys_are_refused(lab: Lab) -> None:
    for bad in ({"endpoint": "http://lab.example.org"}, {"api_key": ""}, {"endpoint": "ftp://x"}):
        assert lab.ask("POST", "/v1/credentials", json=CREDENTIAL | bad).status_code == 422
