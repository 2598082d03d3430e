"""Secrets open with their key and in their place, and nowhere else."""

import base64
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from ingot.errors import StorageError
from ingot.settings import Settings
from services.database.vault import Vault, open_vault

HERE, THERE = "webhook_endpoint:whe_1", "webhook_endpoint:whe_2"
SECRET = "whsec_abc"


def key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def vault(tmp_path: Path, *keys: str) -> Vault:
    return open_vault(Settings(home=tmp_path, secret_keys=SecretStr(",".join(keys))))


def test_a_secret_opens_in_its_place(tmp_path: Path) -> None:
    opened = vault(tmp_path, key())
    sealed = opened.seal(SECRET, HERE)
    assert opened.open(sealed, HERE) == SECRET
    assert SECRET.encode() not in sealed
    assert opened.seal(SECRET, HERE) != sealed
    with pytest.raises(StorageError, match="does not open: it was changed, or sealed for another"):
        opened.open(sealed, THERE)


@pytest.mark.parametrize("place", [0, 3, 8, -1])
def test_a_secret_that_was_changed_does_not_open(tmp_path: Path, place: int) -> None:
    opened = vault(tmp_path, key())
    sealed = bytearray(opened.seal(SECRET, HERE))
    sealed[place] ^= 1
    with pytest.raises(StorageError):
        opened.open(bytes(sealed), HERE)
    for short in (b"", bytes(sealed[:5])):
        with pytest.raises(StorageError):
            opened.open(short, HERE)


def test_keys_are_changed_by_putting_a_new_one_in_front(tmp_path: Path) -> None:
    old, new = key(), key()
    before = vault(tmp_path, old).seal(SECRET, HERE)
    both = vault(tmp_path, new, old)
    assert both.open(before, HERE) == SECRET
    after = both.seal(SECRET, HERE)
    assert vault(tmp_path, new).open(after, HERE) == SECRET
    with pytest.raises(StorageError, match="add that key to INGOT_SECRET_KEYS"):
        vault(tmp_path, new).open(before, HERE)


@pytest.mark.parametrize("wrong", ["short", "c2hvcnQ=", "!" * 44, "é", ","])
def test_what_is_no_key_is_named_and_not_shown(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(StorageError, match="INGOT_SECRET_KEYS, key 2 is not 32 bytes") as refused:
        vault(tmp_path, key(), wrong)
    assert wrong == "," or wrong not in str(refused.value)


def test_both_alphabets_of_base64_are_read(tmp_path: Path) -> None:
    raw = b"\xfb\xff" * 16
    plain, url_safe = base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()
    assert plain != url_safe
    sealed = vault(tmp_path, plain).seal(SECRET, HERE)
    assert vault(tmp_path, f" {url_safe} ").open(sealed, HERE) == SECRET


def test_without_keys_one_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with ThreadPoolExecutor(8) as many:
        made = list(many.map(lambda _: vault(home), range(8)))
    sealed = made[0].seal(SECRET, HERE)
    assert {each.open(sealed, HERE) for each in made} == {SECRET}
    assert (home / "secret.key").stat().st_mode & 0o777 == 0o600
    assert os.listdir(home) == ["secret.key"]


def test_a_home_that_keeps_no_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot keep a key in"):
        vault(tmp_path / "file")


def test_a_vault_does_not_show_its_keys(tmp_path: Path) -> None:
    made = key()
    assert made not in repr(vault(tmp_path, made))
    assert made not in repr(Settings(secret_keys=SecretStr(made)))
