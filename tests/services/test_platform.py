"""The processes of a platform: one per home, and each one's end is noticed."""

import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from running import Home, fresh_home

from ingot.errors import IngotError, OrderError, StorageError
from ingot.rewards import RewardClient
from ingot.settings import Settings
from services.platform import Platform, attach, running_platform


@dataclass(frozen=True, slots=True)
class Up:
    """A running platform, and what it was asked for."""

    home: Home
    settings: Settings
    platform: Platform
    told: list[str]
    taken_port: int


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    """A platform whose port for the API was taken."""
    told: list[str] = []
    with fresh_home() as home, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = Settings(home=home.path, api_port=port, prefect_port=0, rewards_port=0)
        with running_platform(settings, told.append, rewards=True) as platform:
            yield Up(home, settings, platform, told, port)
        home.await_end(postgres=True)


def test_all_parts_answer(up: Up) -> None:
    assert up.told == ["PostgreSQL", "the API", "Prefect", "the worker", "the reward service"]
    assert httpx.get(f"{up.platform.api_url}/readyz").status_code == 200
    assert httpx.get(f"{up.platform.prefect_url}/api/health").status_code == 200
    assert {"worker", "webhooks"} <= up.platform.processes.keys()
    up.platform.check()


def test_the_reward_service_takes_the_platforms_keys(up: Up) -> None:
    with RewardClient(up.platform.rewards_url, up.platform.keys["operator"]) as client:
        (result,) = client.rewards("answer", [{"completions": ["#### 4"], "reference": "4"}])
    assert result["completions"][0]["score"] == 1.0
    assert attach(up.settings).rewards_url == up.platform.rewards_url


def test_a_taken_port_gives_way_to_another(up: Up) -> None:
    assert not up.platform.api_url.endswith(f":{up.taken_port}")


def test_a_second_platform_on_the_same_home_uses_the_first(up: Up) -> None:
    before = up.home.processes()
    with running_platform(up.settings, up.told.append) as second:
        assert (second.api_url, second.keys) == (up.platform.api_url, up.platform.keys)
        assert not second.processes
        assert {p.pid for p in before} >= {p.pid for p in up.home.processes()}
    assert attach(up.settings).prefect_url == up.platform.prefect_url
    up.platform.check()  # the end of the second was not the end of the first


def test_the_keys_are_for_their_owner_only(up: Up) -> None:
    assert (up.home.path / "keys.json").stat().st_mode & 0o777 == 0o600


def test_a_part_that_dies_is_named(up: Up) -> None:
    worker = up.platform.processes["worker"]
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    with pytest.raises(IngotError, match=r"worker stopped with code -9; its last words: "):
        up.platform.check()


def test_without_a_platform_there_is_nothing_to_attach_to(tmp_path: Path) -> None:
    with pytest.raises(IngotError, match="start it with `ingot up`"):
        attach(Settings(home=tmp_path))


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(OrderError, match="cannot make INGOT_HOME"),
        running_platform(Settings(home=tmp_path / "file" / "home"), lambda what: None),
    ):
        pass


def test_a_platform_that_cannot_start_leaves_nothing_behind(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url="postgresql://127.0.0.1:9/none")
    for _ in range(2):  # the lock is free again the second time
        with (
            pytest.raises(StorageError, match="check INGOT_DATABASE_URL"),
            running_platform(settings, lambda what: None),
        ):
            pass
    assert not (tmp_path / "platform.json").exists()
