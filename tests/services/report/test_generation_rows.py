import pytest
from fixtures_s3 import S3Server

from ingot.datasets import DatasetStore
from ingot.errors import StorageError
from ingot.records import Instruction, Message
from services.report.generation_rows import read_asked, read_failures, read_spread, spread


@pytest.mark.parametrize(
    ("total", "count", "picks"),
    [
        (0, 3, []),
        (3, 3, [0, 1, 2]),
        (4, 3, [0, 1, 2]),
        (10, 3, [0, 3, 6]),
        (10, 0, []),
    ],
)
def test_indices_are_spread_evenly(total, count, picks):
    assert spread(total, count) == picks


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store that holds ten instructions in shards of four."""
    monkeypatch.setattr("ingot.datasets.SHARD_ROWS", 4)
    return fill(DatasetStore(f"file://{tmp_path}"))


def fill(store):
    asked = [(Message(role="user", content=str(number)),) for number in range(10)]
    store.write("run/Instruction", Instruction, [Instruction(messages=one) for one in asked])
    return store


def test_rows_come_in_order_across_shards(store):
    rows = read_spread(store, "run/Instruction", 5, ["messages"])
    assert [row["messages"][0]["content"] for row in rows] == ["0", "2", "4", "6", "8"]
    assert list(rows[0]) == ["messages"]


def test_a_lost_shard_is_named(store, tmp_path):
    (tmp_path / "run/Instruction/part-00001.parquet").unlink()
    with pytest.raises(StorageError, match=r"cannot read .*part-00001\.parquet"):
        read_spread(store, "run/Instruction", 5)


def test_without_draws_nothing_was_asked(store):
    assert read_asked(store, "run", ["a"]) == {}
    assert read_asked(store, "run", []) == {}


def test_no_more_failures_are_read_than_wanted(store):
    store.put("run/failed.jsonl", b'{"item":1}\n{"item":2}\n{"item":3}\n')
    assert [entry["item"] for entry in read_failures(store, "run", 2)] == [1, 2]
    store.put("run/failed.jsonl", b"")
    assert read_failures(store, "run", 2) == []


def test_rows_come_from_a_bucket_too(s3: S3Server, s3_bucket: str):
    store = fill(DatasetStore(f"s3://{s3_bucket}/lab", s3.options))
    rows = read_spread(store, "run/Instruction", 2)
    assert [row["messages"][0]["content"] for row in rows] == ["0", "5"]
