import hashlib
import json
from pathlib import Path

import orjson
import polars as pl
import pytest
from delivering import FACTS, batch

from ingot.errors import StorageError
from services.delivery.deliver import deliver, read_manifest, verify
from services.delivery.target import Target

NAMES = [
    "data/train-00000-of-00001.parquet",
    "jsonl/train.jsonl",
    "lineage/lineage.parquet",
    "quality.json",
    "README.md",
]


def files_in(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_the_manifest_lists_every_other_file_with_its_hash(tmp_path: Path):
    delivery = deliver(batch(), FACTS, tmp_path.as_uri(), {})
    written = files_in(tmp_path)
    assert sorted(written) == sorted([*NAMES, "manifest.json"])
    for entry in delivery.files:
        payload = written[entry.name]
        assert entry.size_bytes == len(payload)
        assert entry.sha256 == hashlib.sha256(payload).hexdigest()
    assert [entry.rows for entry in delivery.files] == [6, 6, 6, 0, 0]
    assert delivery.manifest_sha256 == hashlib.sha256(written["manifest.json"]).hexdigest()
    assert read_manifest(tmp_path.as_uri(), {}).files == tuple(delivery.files)


def test_training_files_hold_training_columns_only_and_say_the_same(tmp_path: Path):
    deliver(batch(), FACTS, tmp_path.as_uri(), {})
    frame = pl.read_parquet(tmp_path / NAMES[0])
    lines = (tmp_path / NAMES[1]).read_bytes().splitlines()
    assert frame.columns == ["prompt", "chosen", "rejected", "margin"]
    assert frame.to_dicts() == [orjson.loads(line) for line in lines]
    assert frame["margin"].to_list() == [0, 0.5, 0, 0, 2, 0]
    assert frame["prompt"][0].to_list() == [{"role": "user", "content": "What is 0 + 34?"}]


def test_lineage_holds_all_that_training_rows_leave_out(tmp_path: Path):
    rows = batch()
    deliver(rows, FACTS, tmp_path.as_uri(), {})
    lineage = pl.read_parquet(tmp_path / NAMES[2]).to_dicts()
    assert [entry["row"] for entry in lineage] == list(range(6))
    assert [entry["id"] for entry in lineage] == [row.id for row in rows]
    for entry, row in zip(lineage, rows, strict=True):
        del entry["row"]
        assert entry == row.model_dump(mode="json", exclude={"prompt", "chosen", "rejected"})


def test_the_same_batch_gives_the_same_bytes(tmp_path: Path):
    first, second = (
        deliver(batch(), FACTS, (tmp_path / name).as_uri(), {}) for name in ("one", "two")
    )
    assert first.manifest_sha256 == second.manifest_sha256
    assert files_in(tmp_path / "one") == files_in(tmp_path / "two")


def test_a_second_delivery_of_the_batch_writes_nothing(tmp_path: Path):
    first = deliver(batch(), FACTS, tmp_path.as_uri(), {})
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert deliver(batch(), FACTS, tmp_path.as_uri() + "/", {}) == first
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == written


def test_another_batch_at_the_address_is_refused_and_nothing_changes(tmp_path: Path):
    deliver(batch(), FACTS, tmp_path.as_uri(), {})
    before = files_in(tmp_path)
    with pytest.raises(StorageError, match="already holds another delivery"):
        deliver(batch()[:3], FACTS, tmp_path.as_uri(), {})
    assert files_in(tmp_path) == before


@pytest.mark.parametrize("written", range(5))
def test_a_kill_between_files_leaves_no_delivery(tmp_path: Path, written: int, monkeypatch):
    write, done = Target.write, []

    def write_until_killed(self: Target, name: str, payload: bytes) -> None:
        if len(done) == written:
            raise KeyboardInterrupt
        done.append(write(self, name, payload))

    monkeypatch.setattr(Target, "write", write_until_killed)
    with pytest.raises(KeyboardInterrupt):
        deliver(batch(), FACTS, tmp_path.as_uri(), {})
    with pytest.raises(StorageError, match="no delivery at"):
        read_manifest(tmp_path.as_uri(), {})
    monkeypatch.undo()
    deliver(batch(), FACTS, tmp_path.as_uri(), {})
    assert verify(tmp_path.as_uri(), {}).rows == 6


def test_the_loser_of_a_race_for_the_manifest_does_not_overwrite_it(tmp_path: Path):
    target = Target(tmp_path.as_uri(), {})
    assert target.write_new("manifest.json", b"first")
    assert not target.write_new("manifest.json", b"second")
    assert files_in(tmp_path) == {"manifest.json": b"first"}


def test_verify_names_what_is_missing_or_changed(tmp_path: Path):
    deliver(batch(), FACTS, tmp_path.as_uri(), {})
    assert verify(tmp_path.as_uri(), {}).rows == 6
    (tmp_path / "README.md").unlink()
    (tmp_path / "quality.json").write_bytes(b"{}")
    fault = "quality.json has changed, README.md is missing"
    with pytest.raises(StorageError, match=fault):
        verify(tmp_path.as_uri(), {})


def test_a_foreign_manifest_is_not_read_as_one(tmp_path: Path):
    (tmp_path / "manifest.json").write_text("[]")
    with pytest.raises(StorageError, match="no manifest of a delivery"):
        read_manifest(tmp_path.as_uri(), {})
    with pytest.raises(StorageError, match="already holds another delivery"):
        deliver(batch(), FACTS, tmp_path.as_uri(), {})


def test_an_address_without_a_file_system_is_refused():
    with pytest.raises(StorageError, match="name a file:// or s3:// folder"):
        deliver(batch(), FACTS, "gopher://hole/x", {})


def test_a_full_disk_says_so_and_leaves_no_scraps(tmp_path: Path, monkeypatch):
    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(StorageError, match="free space on the disk"):
        deliver(batch(), FACTS, tmp_path.as_uri(), {})
    assert files_in(tmp_path) == {}


def test_a_folder_that_may_not_be_written_names_the_address(tmp_path: Path):
    (tmp_path / "taken").write_text("a file")
    uri = (tmp_path / "taken").as_uri()
    with pytest.raises(StorageError, match=f"cannot .* {uri}"):
        deliver(batch(), FACTS, uri, {})


def test_quality_counts_the_rows_itself(tmp_path: Path):
    deliver(batch(), FACTS, tmp_path.as_uri(), {})
    quality = json.loads((tmp_path / "quality.json").read_bytes())
    assert quality["decided_by"] == {"judge": 2, "person": 2, "verifier": 2}
    assert quality["human_share"] == pytest.approx(1 / 6, abs=1e-6)  # the simulated one is none
    assert quality["simulated_rows"] == 1
    audit = quality["facts"]["audit"]
    assert (audit["items"], audit["agreement"]) == (40, 0.925)
    assert (audit["low"], audit["high"], audit["method"]) == (0.83, 0.975, "exact")
