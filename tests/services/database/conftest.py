"""A database in which nothing was ever applied."""

from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    """The database's address."""
    name = f"empty_{uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name}")
        yield urlunsplit(urlsplit(postgres_url)._replace(path=f"/{name}"))
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")
