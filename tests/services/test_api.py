from collections.abc import AsyncIterator

import psycopg
import pytest
from fixtures_postgres import Api

from services.ordering import service


async def test_it_is_alive_and_ready(api: Api) -> None:
    assert (await api.anonymous.get("/healthz")).json() == {"status": "ok"}
    assert (await api.anonymous.get("/readyz")).json() == {"status": "ready"}


async def test_every_response_carries_the_security_headers(api: Api) -> None:
    for path in ("/healthz", "/v1/orders", "/nothing"):
        headers = (await api.anonymous.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


async def test_an_unknown_path_is_a_problem_document(api: Api) -> None:
    response = await api.anonymous.get("/nothing")
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"


async def test_bad_json_is_400(api: Api) -> None:
    headers = {"Content-Type": "application/json"}
    response = await api.reviewer.post("/v1/leases", content="{", headers=headers)
    assert response.status_code == 400


async def test_no_body_but_an_upload_may_be_large(api: Api) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65_536

    headers = {"Content-Type": "application/json"}
    response = await api.reviewer.post("/v1/leases", content=endless(), headers=headers)
    assert response.status_code == 413


@pytest.mark.parametrize(
    ("error", "status"),
    [(RuntimeError("secret detail"), 500), (psycopg.OperationalError("secret detail"), 503)],
)
async def test_a_fault_of_ours_tells_nothing_of_the_inside(
    api: Api, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    async def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(service, "list_orders", broken)
    response = await api.lab.get("/v1/orders")
    assert response.status_code == status
    assert "secret" not in response.text
    assert response.json()["instance"].startswith("urn:uuid:")


async def test_a_commit_that_fails_is_not_acknowledged(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse_commit(conn: psycopg.AsyncConnection[object]) -> None:
        raise psycopg.OperationalError("commit failed")

    monkeypatch.setattr(psycopg.AsyncConnection, "commit", refuse_commit)
    assert (await api.reviewer.get("/v1/me")).status_code == 503
