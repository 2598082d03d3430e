import logging
import pickle
from pathlib import Path

import orjson
import pytest

from ingot import log
from ingot.errors import IngotError, OrderError, StorageError, boundary
from ingot.settings import MODELS, load_settings, resolve_model


def test_settings_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("INGOT_HOME", str(tmp_path))
    monkeypatch.setenv("INGOT_S3_KEY", "ak")
    monkeypatch.setenv("INGOT_S3_ENDPOINT", "http://localhost:1")
    settings = load_settings()
    assert settings.store_root == (tmp_path / "store").as_uri()
    options = settings.storage_options("s3://bucket/x")
    assert (options["key"], options["endpoint_url"]) == ("ak", "http://localhost:1")
    assert settings.storage_options("file:///x") == {}
    assert "ak" not in repr(settings)


def test_a_wrong_setting_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INGOT_API_PORT", "many")
    with pytest.raises(OrderError, match="INGOT_API_PORT"):
        load_settings()


def test_production_refuses_the_embedded_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INGOT_ENVIRONMENT", "production")
    monkeypatch.delenv("INGOT_DATABASE_URL", raising=False)
    with pytest.raises(OrderError, match="INGOT_DATABASE_URL"):
        load_settings()


def test_production_sends_webhooks_to_public_addresses_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("INGOT_WEBHOOKS_TO_PRIVATE_ADDRESSES", "true")
    assert load_settings().webhooks_to_private_addresses
    monkeypatch.setenv("INGOT_ENVIRONMENT", "production")
    monkeypatch.setenv("INGOT_DATABASE_URL", "postgresql://db/ingot")
    with pytest.raises(OrderError, match="INGOT_WEBHOOKS_TO_PRIVATE_ADDRESSES"):
        load_settings()


def test_embedded_models_have_a_place_and_others_keep_their_name() -> None:
    assert resolve_model("embedded") == str(MODELS / "generator")
    assert resolve_model("org/name") == "org/name"


def test_a_boundary_classifies_plain_errors_and_keeps_ours() -> None:
    with (
        pytest.raises(StorageError, match="cannot read x: ValueError: odd") as caught,
        boundary(StorageError, "cannot read x"),
    ):
        raise ValueError("odd")
    assert isinstance(caught.value.__cause__, ValueError)
    with pytest.raises(OrderError), boundary(StorageError, "x"):
        raise OrderError("mine")


def test_errors_survive_pickling() -> None:
    error = pickle.loads(pickle.dumps(OrderError("wrong", "a.b")))
    assert (str(error), error.field) == ("wrong", "a.b")
    assert isinstance(error, IngotError)


def test_json_lines_carry_the_bound_ids() -> None:
    token = log.bound.set({"batch_id": "bat_1"})
    record = logging.LogRecord("x", logging.INFO, "", 1, "done rows=%d", (3,), None)
    line = orjson.loads(log.JsonFormatter().format(record))
    log.bound.reset(token)
    assert (line["event"], line["batch_id"], line["level"]) == ("done rows=3", "bat_1", "info")
