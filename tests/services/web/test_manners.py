"""What holds for every endpoint: versions, depth of bodies, cursors."""

import pytest
from fixtures_postgres import Api

from services.web.bodies import DEPTH_LIMIT, Depth
from services.web.versions import HEADER, VERSIONS


async def test_every_response_names_the_version(api: Api) -> None:
    for path in ("/healthz", "/v1/orders", "/nothing"):
        assert (await api.anonymous.get(path)).headers[HEADER] == VERSIONS[-1]


async def test_a_request_may_insist_on_a_version(api: Api) -> None:
    for version in VERSIONS:
        response = await api.lab.get("/v1/orders", headers={HEADER: version})
        assert response.status_code == 200
    refused = await api.lab.get("/v1/orders", headers={HEADER: "1999-01-01"})
    assert refused.status_code == 400
    assert VERSIONS[-1] in refused.json()["detail"]


@pytest.mark.parametrize("cursor", ["ord_1", "x", "bat_" + "0" * 32, "ord_" + "0" * 31 + "G"])
async def test_a_cursor_that_is_none_is_400(api: Api, cursor: str) -> None:
    response = await api.lab.get("/v1/orders", params={"starting_after": cursor})
    assert response.status_code == 400
    assert "next" in response.json()["detail"]


@pytest.mark.parametrize("limit", [0, 201, "x"])
async def test_a_limit_out_of_range_is_422(api: Api, limit: object) -> None:
    response = await api.lab.get("/v1/orders", params={"limit": str(limit)})
    assert response.status_code == 422


DEEP, FLAT = b"[" * 9 + b"]" * 9, b"[]" * 50
TEXT = rb'{"a": "[[[[[[[[[[[[[[[[[[[[ \" {{{{{{{{{{{{{{{{{{{{ \\", "b": [1, {"c": "]"}]}'


@pytest.mark.parametrize(
    ("body", "exceeds"), [(DEEP, True), (FLAT, False), (TEXT, False), (TEXT[:-1] + DEEP, True)]
)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_depth_is_counted_outside_of_texts_however_they_are_cut(
    body: bytes, exceeds: bool, size: int
) -> None:
    depth = Depth()
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    assert any([depth.exceeds(piece, 8) for piece in pieces]) is exceeds


async def test_a_body_may_be_as_deep_as_the_limit(api: Api) -> None:
    headers = {"Content-Type": "application/json"}
    for depth, says in ((DEPTH_LIMIT, "object"), (DEPTH_LIMIT + 1, "deeper")):
        body = "[" * depth + "]" * depth
        response = await api.reviewer.post("/v1/leases", content=body, headers=headers)
        assert response.status_code in (400, 422)
        assert says in response.json()["detail"]
