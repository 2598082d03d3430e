from pathlib import Path

import pytest

from ingot.datasets import DatasetStore, dataset_key, read_rows
from ingot.errors import OrderError, StorageError
from ingot.records import Instruction, Message


def instructions(count: int) -> list[Instruction]:
    return [
        Instruction(messages=(Message(role="user", content=f"Say {number}"),))
        for number in range(count)
    ]


@pytest.fixture
def store(tmp_path: Path) -> DatasetStore:
    return DatasetStore(tmp_path.as_uri())


def test_what_is_written_is_read_in_order(store: DatasetStore) -> None:
    records = instructions(25)
    manifest = store.write("a/b", Instruction, records, {"failed": 2})
    assert list(store.read("a/b", Instruction)) == records
    assert (manifest.rows, manifest.facts) == (25, {"failed": 2})


def test_shards_split_long_datasets(store: DatasetStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingot.datasets.SHARD_ROWS", 10)
    manifest = store.write("x", Instruction, instructions(25))
    assert [shard.rows for shard in manifest.shards] == [10, 10, 5]
    assert len(list(store.read("x", Instruction))) == 25


def test_the_same_records_give_the_same_bytes(store: DatasetStore) -> None:
    first = store.write("one", Instruction, instructions(5))
    second = store.write("two", Instruction, instructions(5))
    assert first.shards == second.shards


def test_a_dataset_without_manifest_does_not_exist(store: DatasetStore, tmp_path: Path) -> None:
    store.write("x", Instruction, instructions(3))
    assert store.exists("x")
    (tmp_path / "x" / "manifest.json").unlink()
    assert not store.exists("x")


def test_a_changed_shard_is_an_error(store: DatasetStore, tmp_path: Path) -> None:
    store.write("x", Instruction, instructions(3))
    shard = tmp_path / "x" / "part-00000.parquet"
    shard.write_bytes(shard.read_bytes()[:-1] + b"!")
    with pytest.raises(StorageError, match="not what was written"):
        list(store.read("x", Instruction))


def test_no_temporary_files_stay(store: DatasetStore, tmp_path: Path) -> None:
    store.write("x", Instruction, instructions(3))
    assert sorted(p.name for p in (tmp_path / "x").iterdir()) == [
        "manifest.json",
        "part-00000.parquet",
    ]


def test_a_full_disk_says_what_to_do(store: DatasetStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.fs, "pipe_file", refuse)
    with pytest.raises(StorageError, match=r"cannot write .*No space left"):
        store.write("x", Instruction, instructions(1))
    assert not store.exists("x")


def test_keys_depend_on_every_part() -> None:
    assert dataset_key("a", {"x": 1, "y": 2}) == dataset_key("a", {"y": 2, "x": 1})
    assert dataset_key("a", {"x": 1}) != dataset_key("a", {"x": 2})


def test_a_broken_line_is_named_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n\n{"a": \n')
    with pytest.raises(OrderError, match="line 3 is not JSON"):
        read_rows(str(path))
    path.write_text('{"a": 1}\n[1]\n')
    with pytest.raises(OrderError, match="line 2 is not a JSON object"):
        read_rows(str(path))


def test_a_missing_or_wrong_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"cannot read .*absent\.jsonl"):
        read_rows(str(tmp_path / "absent.jsonl"))
    (tmp_path / "x.parquet").write_bytes(b"not parquet")
    with pytest.raises(OrderError, match="not a Parquet file"):
        read_rows(str(tmp_path / "x.parquet"))


def test_datasets_live_in_a_real_bucket_too(s3: object, s3_bucket: str) -> None:
    store = DatasetStore(f"s3://{s3_bucket}/store", s3.options)  # type: ignore[attr-defined]
    store.write("x", Instruction, instructions(3))
    assert store.exists("x")
    assert list(store.read("x", Instruction)) == instructions(3)


def test_a_refusing_bucket_is_named(s3: object) -> None:
    store = DatasetStore("s3://no-such-bucket-here/store", s3.options)  # type: ignore[attr-defined]
    with pytest.raises(StorageError, match="s3://no-such-bucket-here"):
        store.write("x", Instruction, instructions(1))
