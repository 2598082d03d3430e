import socket

import pytest
from delivering import FACTS, batch
from fixtures_s3 import S3Server

from ingot.errors import StorageError
from services.delivery.deliver import deliver, read_manifest, verify
from services.delivery.target import Target


def test_a_delivery_on_s3_is_whole_and_the_same_as_on_disk(s3: S3Server, s3_bucket: str, tmp_path):
    uri = f"s3://{s3_bucket}/lab/batch-1"
    delivery = deliver(batch(), FACTS, uri, s3.options)
    assert delivery.files == deliver(batch(), FACTS, tmp_path.as_uri(), {}).files
    assert verify(uri, s3.options).rows == 6
    listed = s3.client().list_objects_v2(Bucket=s3_bucket)["Contents"]
    last = max(listed, key=lambda entry: entry["LastModified"])
    assert len(listed) == 6
    assert last["Key"] == "lab/batch-1/manifest.json"


def test_a_rerun_writes_nothing_and_another_batch_is_refused(s3: S3Server, s3_bucket: str):
    uri = f"s3://{s3_bucket}/batch"
    first = deliver(batch(), FACTS, uri, s3.options)
    before = s3.client().list_objects_v2(Bucket=s3_bucket)["Contents"]
    assert deliver(batch(), FACTS, uri, s3.options) == first
    with pytest.raises(StorageError, match="already holds another delivery"):
        deliver(batch()[:2], FACTS, uri, s3.options)
    assert s3.client().list_objects_v2(Bucket=s3_bucket)["Contents"] == before


def test_the_loser_of_a_race_for_the_manifest_does_not_overwrite_it(s3: S3Server, s3_bucket: str):
    target = Target(f"s3://{s3_bucket}/batch", s3.options)
    assert target.write_new("manifest.json", b"first")
    assert not target.write_new("manifest.json", b"second")
    assert target.read("manifest.json") == b"first"


def test_a_missing_bucket_is_named_with_its_remedy(s3: S3Server):
    uri = "s3://no-such-bucket-anywhere/batch"
    with pytest.raises(StorageError, match=f"{uri}.*create the bucket"):
        deliver(batch(), FACTS, uri, s3.options)


def test_a_wrong_secret_is_named_with_its_remedy(s3: S3Server, s3_bucket: str):
    if not s3.checks_secrets:
        pytest.skip("moto accepts any secret; install ceph (infra/system-packages.sh)")
    uri = f"s3://{s3_bucket}/batch"
    with pytest.raises(StorageError, match=f"{uri}.*check key and secret"):
        deliver(batch(), FACTS, uri, {**s3.options, "secret": "wrong"})
    assert "Contents" not in s3.client().list_objects_v2(Bucket=s3_bucket)


def test_a_refused_connection_is_named_with_its_remedy():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}"
        options = {"endpoint_url": endpoint, "key": "k", "secret": "s"}
        with pytest.raises(StorageError, match=r"s3://bucket/batch.*check the endpoint"):
            deliver(batch(), FACTS, "s3://bucket/batch", options)


def test_a_kill_between_files_leaves_no_manifest(s3: S3Server, s3_bucket: str, monkeypatch):
    uri, write = f"s3://{s3_bucket}/batch", Target.write

    def write_until_killed(self: Target, name: str, payload: bytes) -> None:
        if name.startswith("lineage"):
            raise KeyboardInterrupt
        write(self, name, payload)

    monkeypatch.setattr(Target, "write", write_until_killed)
    with pytest.raises(KeyboardInterrupt):
        deliver(batch(), FACTS, uri, s3.options)
    with pytest.raises(StorageError, match="no delivery at"):
        read_manifest(uri, s3.options)


def test_a_changed_object_is_found(s3: S3Server, s3_bucket: str):
    uri = f"s3://{s3_bucket}/batch"
    deliver(batch(), FACTS, uri, s3.options)
    s3.client().put_object(Bucket=s3_bucket, Key="batch/jsonl/train.jsonl", Body=b"{}")
    with pytest.raises(StorageError, match="jsonl has changed"):
        verify(uri, s3.options)
