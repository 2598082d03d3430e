import io
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fixtures_postgres import Api
from ordering import place

from services.files import uploads

LINES = b'{"prompt": "a"}\n\n{"prompt": "b"}\n'
PARQUET = "application/vnd.apache.parquet"


async def send(
    client: httpx.AsyncClient, body: bytes, kind: str = "application/x-ndjson"
) -> httpx.Response:
    return await client.post("/v1/files", content=body, headers={"Content-Type": kind})


def kept(api: Api) -> list[Path]:
    return [path for path in (api.settings.home / "uploads").rglob("*") if path.is_file()]


def parquet() -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"prompt": ["a", "b"]}), buffer)
    return buffer.getvalue()


async def test_an_uploaded_file_can_be_ordered_from(api: Api) -> None:
    response = await send(api.lab, LINES)
    assert response.status_code == 201
    upload = response.json()
    assert (upload["rows"], upload["size_bytes"]) == (2, len(LINES))
    assert Path(upload["path"]).read_bytes() == LINES
    source = {"recipe": "prompts", "path": upload["path"]}
    assert (await place(api.lab, source=source)).status_code == 201
    assert (await place(api.other_lab, source=source)).status_code == 422


async def test_a_parquet_file_is_taken(api: Api) -> None:
    upload = (await send(api.lab, parquet(), PARQUET)).json()
    assert upload["rows"] == 2
    assert upload["path"].endswith(".parquet")


async def test_the_same_file_twice_is_one_file(api: Api) -> None:
    first, again = await send(api.lab, LINES), await send(api.lab, LINES)
    assert first.json() == again.json()
    assert len(kept(api)) == 1


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"prompt": "a"}\n{"prompt": \n', "line 2 is not JSON"),
        (b'{"prompt": "a"}\n\n[1]\n', "line 3 is not a JSON object"),
        (b'{"prompt": "\xff"}\n', "line 1 is not JSON"),
        (b"\n\n", "no rows"),
        (b"", "no rows"),
    ],
)
async def test_a_broken_line_is_named_and_nothing_is_kept(api: Api, body: bytes, says: str) -> None:
    response = await send(api.lab, body)
    assert response.status_code == 422
    assert says in response.json()["detail"]
    assert kept(api) == []


@pytest.mark.parametrize("body", [b"PAR1 no", parquet()[:-40]])
async def test_a_broken_parquet_file_is_refused(api: Api, body: bytes) -> None:
    response = await send(api.lab, body, PARQUET)
    assert response.status_code == 422
    assert kept(api) == []


async def test_another_content_type_is_415(api: Api) -> None:
    response = await send(api.lab, LINES, "text/csv")
    assert response.status_code == 415
    assert "application/x-ndjson" in response.json()["detail"]


async def test_a_file_over_the_limit_is_413_and_one_at_the_limit_is_taken(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "UPLOAD_LIMIT_BYTES", len(LINES))
    assert (await send(api.lab, LINES)).status_code == 201
    assert (await send(api.other_lab, LINES + b"\n")).status_code == 413
    assert len(kept(api)) == 1


async def test_a_file_larger_than_an_order_may_be_is_taken(api: Api) -> None:
    assert (await send(api.lab, LINES * 100_000)).json()["rows"] == 200_000


async def test_reviewers_may_not_upload(api: Api) -> None:
    assert (await send(api.reviewer, LINES)).status_code == 403


async def test_every_fault_is_kept_with_its_line(api: Api) -> None:
    body = b'{"custom_id": "a"}\n[1]\n{"custom_id": "a"}\n{"prompt": "a\\u0000"}\nno\n'
    refused = await send(api.lab, body)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/faulty-file")
    assert "4 lines in all" in refused.json()["detail"]
    errors = (await api.lab.get(refused.headers["Location"])).text.splitlines()
    assert [line.split(",")[0] for line in errors] == [f'{{"line":{n}' for n in (2, 3, 4, 5)]
    [listed] = (await api.lab.get("/v1/files")).json()["data"]
    assert (listed["state"], listed["path"], kept(api)) == ("refused", "", [])
    gone = await api.lab.get(f"/v1/files/{listed['id']}/content")
    assert gone.status_code == 410


async def test_a_file_can_be_read_back_and_deleted(api: Api) -> None:
    made = (await send(api.lab, LINES)).json()
    path = f"/v1/files/{made['id']}"
    assert (await api.lab.get(path)).json() == made
    assert (await api.lab.get(f"{path}/content")).content == LINES
    for other in ("", "/content", "/errors"):
        assert (await api.other_lab.get(path + other)).status_code == 404
    assert (await api.other_lab.delete(path)).status_code == 404
    assert (await api.lab.delete(path)).status_code == 204
    assert (await api.lab.get(path)).status_code == 404
    assert kept(api) == []


async def test_decisions_name_their_items(api: Api) -> None:
    headers = {"Content-Type": "application/x-ndjson"}
    path = "/v1/files?purpose=decisions"
    refused = await api.lab.post(path, content=LINES, headers=headers)
    assert "has no item_id" in refused.json()["detail"]
    taken = await api.lab.post(path, content=b'{"item_id": "x"}', headers=headers)
    assert taken.json()["purpose"] == "decisions"
