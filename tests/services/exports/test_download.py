"""Downloads of delivered batches, as the tools that they are for read them."""

import hashlib
import io
import json

import orjson
import psutil
import pyarrow.parquet as pq
import pytest
from rehearsing import Lab, wanted

from services.database.pool import Pool, transaction
from services.exports.formats import FORMATS


def download(lab: Lab, batch: str, form: str, status: str = "accepted") -> bytes:
    answer = lab.ask("GET", f"/v1/batches/{batch}/download?format={form}&status={status}")
    assert answer.status_code == 200, answer.text
    assert f"{batch}.{form}." in answer.headers["content-disposition"]
    return answer.content


def lines(content: bytes) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in content.splitlines()]


@pytest.fixture
def batch(lab: Lab) -> str:
    """Three preferences, of which the second is rejected."""
    made = lab.rehearsal.delivered()
    mark = {"decision": "rejected", "reason_code": "wrong"}
    lab.ask("PUT", f"/v1/batches/{made}/items/2/decision", json=mark)
    return made


def test_what_is_rejected_is_left_out_unless_all_is_wanted(lab: Lab, batch: str) -> None:
    kept = lines(download(lab, batch, "jsonl"))
    assert [each["item_id"] for each in kept] == ["itm_2_1", "itm_2_3"]
    everything = lines(download(lab, batch, "jsonl", "all"))
    assert len(everything) == 3
    said = json.loads(lab.rehearsal.get(f"/batches/{batch}/manifest")["body"])
    digest = hashlib.sha256()
    for each in everything:
        line = [each.pop("item_id"), each]
        digest.update(orjson.dumps(line, option=orjson.OPT_SORT_KEYS) + b"\n")
    assert digest.hexdigest() == said["items_sha256"]


def test_every_format_has_its_shape(lab: Lab, batch: str) -> None:
    [dpo, _] = lines(download(lab, batch, "trl_dpo"))
    assert [dpo[name][0]["role"] for name in ("prompt", "chosen", "rejected")] == [  # type: ignore[index]
        "user",
        "assistant",
        "assistant",
    ]
    [sft, _] = lines(download(lab, batch, "trl_sft"))
    assert [turn["role"] for turn in sft["messages"]] == ["user", "assistant"]  # type: ignore[attr-defined]
    [openai, _] = lines(download(lab, batch, "openai"))
    assert openai["preferred_output"] == dpo["chosen"]
    [steer, _] = lines(download(lab, batch, "helpsteer"))
    assert steer["overall_preference"] in (-3, -2, -1)
    studio = orjson.loads(download(lab, batch, "labelstudio"))
    assert [task["data"]["item_id"] for task in studio] == ["itm_2_1", "itm_2_3"]
    [record, _] = lines(download(lab, batch, "argilla"))
    assert set(record["fields"]) == {"prompt", "completion", "rejected"}  # type: ignore[call-overload]
    table = pq.read_table(io.BytesIO(download(lab, batch, "parquet")))
    assert table.column("item_id").to_pylist() == ["itm_2_1", "itm_2_3"]
    assert table.column("rejected").to_pylist()[0] == dpo["rejected"]


def test_trl_reads_its_format(lab: Lab, batch: str) -> None:
    from trl.data_utils import is_conversational

    for form in ("trl_dpo", "trl_sft"):
        assert all(is_conversational(row) for row in lines(download(lab, batch, form)))


@pytest.mark.parametrize("kind", ["instruction", "evaluation", "trajectory"])
def test_other_products_are_written_where_they_can_be(lab: Lab, kind: str) -> None:
    request = wanted()
    made = lab.rehearsal.delivered(request | {"spec": request["spec"] | {"kind": kind}})
    for form in FORMATS:
        answer = lab.ask("GET", f"/v1/batches/{made}/download?format={form}")
        fits = form not in ("trl_dpo", "helpsteer") and not (
            kind == "evaluation" and form in ("trl_sft", "openai")
        )
        assert answer.status_code == (200 if fits else 422), (form, answer.text)
        assert fits or "use " in answer.json()["detail"]


async def test_a_hundred_thousand_items_take_no_memory(lab: Lab, batch: str, pool: Pool) -> None:
    async with transaction(pool) as conn:
        await conn.execute(
            "INSERT INTO batch_item (tenant_id, batch_id, n, item_id, content, units, gpu_seconds, "
            "human_minutes) SELECT i.tenant_id, i.batch_id, g, 'more ' || g, i.content, 1, 0, 0 "
            "FROM batch_item i, generate_series(10, 100000) AS g "
            "WHERE i.batch_id = %s AND i.n = 1",
            (batch,),
        )
    before, most, count = psutil.Process().memory_info().rss, 0, 0
    for form in ("jsonl", "parquet"):
        path = f"/v1/batches/{batch}/download?format={form}&status=all"
        with lab.http.stream("GET", path) as answer:
            for chunk in answer.iter_bytes():
                count += chunk.count(b"\n") if form == "jsonl" else 0
                most = max(most, psutil.Process().memory_info().rss)
    assert count == 3 + 99_991
    assert most - before < 80 * 2**20  # the content is 20 MB, all of it in memory many times that


async def test_whoever_goes_away_leaves_nothing_behind(lab: Lab, batch: str, pool: Pool) -> None:
    for _ in range(30):  # more than the pool has connections
        with lab.http.stream("GET", f"/v1/batches/{batch}/download") as answer:
            assert answer.status_code == 200
    assert lab.rehearsal.get(f"/batches/{batch}/counts")["total"] == 3
