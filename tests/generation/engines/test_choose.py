import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from generation.engines.choose import choose_engine
from generation.engines.openai import OpenAIEngine
from generation.engines.openai_batch import OpenAIBatchEngine
from generation.engines.transformers import TransformersEngine
from generation.engines.vllm import VllmEngine
from ingot.engine import ModelIdentity
from ingot.errors import ModelError, OrderError
from ingot.orders import GenerationTerms, JudgeTerms
from ingot.settings import MODELS


@pytest.mark.parametrize(
    ("engine", "kind"), [("vllm", VllmEngine), ("transformers", TransformersEngine)]
)
def test_local_engines_find_the_embedded_models(engine: str, kind: type) -> None:
    writer = choose_engine(GenerationTerms.model_validate({"engine": engine}), device="cpu")
    judge = choose_engine(JudgeTerms.model_validate({"engine": engine}), device="cpu")
    assert isinstance(writer, kind)
    assert isinstance(judge, kind)
    assert (writer.path, judge.path) == (str(MODELS / "generator"), str(MODELS / "judge"))
    assert writer.model != judge.model


@pytest.mark.parametrize(
    ("engine", "kind"), [("openai", OpenAIEngine), ("openai_batch", OpenAIBatchEngine)]
)
def test_a_server_is_asked_under_the_served_name(
    engine: str, kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    address = {"model": "big", "endpoint": "http://127.0.0.1:9/v1/"}
    options = {"engine": engine, "revision": "r1", "api_key_env": "OPENAI_API_KEY"}
    chosen = choose_engine(
        GenerationTerms.model_validate(address | options), device="cpu", home=tmp_path
    )
    assert isinstance(chosen, kind)
    assert chosen.identity == ModelIdentity("big", "r1 http://127.0.0.1:9/v1")
    assert chosen.model == chosen.identity.key
    assert "sk-1" in str(chosen._endpoint._headers)


def test_a_key_that_is_not_there_is_named() -> None:
    terms = GenerationTerms(engine="openai", endpoint="http://h/v1", api_key_env="NO_SUCH_API_KEY")
    with pytest.raises(ModelError, match="NO_SUCH_API_KEY is not set"):
        choose_engine(terms, device="cpu")


@pytest.mark.parametrize("variable", ["INGOT_API_KEY", "INGOT_S3_SECRET", "PATH", "x_API_KEY"])
def test_an_order_names_no_secret_of_the_platform(variable: str) -> None:
    with pytest.raises(ValidationError):
        GenerationTerms(engine="openai", api_key_env=variable)


@pytest.mark.parametrize("engine", ["vllm", "transformers"])
def test_a_folder_without_a_model_is_named(engine: str) -> None:
    terms = GenerationTerms.model_validate({"engine": engine, "model": "/no/model"})
    with pytest.raises(ModelError, match=r"no model at /no/model: .*config\.json"):
        choose_engine(terms, device="cpu")


@pytest.mark.parametrize("engine", ["vllm", "transformers"])
def test_an_engine_that_is_not_installed_is_named_with_the_remedy(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, f"generation.engines.{engine}", None)
    with pytest.raises(ModelError, match=rf"engine '{engine}' is not installed .*pip install"):
        choose_engine(GenerationTerms.model_validate({"engine": engine}), device="cpu")


def test_an_engine_outside_the_schema_is_refused() -> None:
    terms = GenerationTerms.model_construct(engine="abacus", model="embedded")
    with pytest.raises(OrderError, match="unknown engine 'abacus'"):
        choose_engine(terms, device="cpu")
