"""An API that lets webhooks go to this machine, and a receiver there."""

from collections.abc import Iterator

import pytest
from fixtures_postgres import Api
from receiving import Receiver, receiving


@pytest.fixture
def to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a developer sets."""
    monkeypatch.setenv("INGOT_WEBHOOKS_TO_PRIVATE_ADDRESSES", "true")


@pytest.fixture
def api(to_this_machine: None, api: Api) -> Api:
    """Its settings are read after that."""
    return api


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that thanks for everything."""
    with receiving() as started:
        yield started
