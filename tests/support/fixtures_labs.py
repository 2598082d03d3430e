"""Two labs that rehearse, over REST."""

from collections.abc import Iterator

import pytest
from fixtures_postgres import Api
from rehearsing import Lab, lab_at

from services.accounts.keys import create_key
from services.database.pool import Pool, transaction


@pytest.fixture
async def test_keys(pool: Pool) -> tuple[str, str]:
    """Keys of the rehearsals of two tenants."""
    async with transaction(pool) as conn:
        first = await create_key(conn, "lab", "acme", test=True)
        return first, await create_key(conn, "lab", "other", test=True)


@pytest.fixture
def lab(api: Api, test_keys: tuple[str, str]) -> Iterator[Lab]:
    """The lab acme, rehearsing."""
    made = lab_at(api.url, test_keys[0])
    yield made
    made.http.close()


@pytest.fixture
def other(api: Api, test_keys: tuple[str, str]) -> Iterator[Lab]:
    """The lab other, rehearsing."""
    made = lab_at(api.url, test_keys[1])
    yield made
    made.http.close()
