"""A real S3 server on loopback: Ceph's gateway where it is installed, else moto's."""

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from ceph_gateway import KEY, SECRET, CephGateway, is_installed


@dataclass(frozen=True, slots=True)
class S3Server:
    """Where it is and how to get in."""

    endpoint: str
    key: str
    secret: str
    checks_secrets: bool
    """moto lets any secret in; Ceph does not."""

    @property
    def options(self) -> dict[str, object]:
        """What fsspec needs."""
        return {"endpoint_url": self.endpoint, "key": self.key, "secret": self.secret}

    def client(self) -> object:
        """A boto3 client."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
            region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}),
        )


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """The server of this session."""
    if not is_installed():
        yield from _moto()
        return
    folder = Path(tempfile.mkdtemp(prefix="ingot-ceph-"))
    gateway = CephGateway(folder)
    try:
        gateway.start()
        yield S3Server(gateway.endpoint, KEY, SECRET, checks_secrets=True)
    finally:
        gateway.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _moto() -> Iterator[S3Server]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield S3Server(f"http://{host}:{port}", KEY, SECRET, checks_secrets=False)
    finally:
        server.stop()


@pytest.fixture
def s3_bucket(s3: S3Server) -> str:
    """A fresh bucket."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    s3.client().create_bucket(Bucket=name)  # type: ignore[attr-defined]  # boto3 makes it at run time
    return name
