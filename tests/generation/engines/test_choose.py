import sys

import pytest

from generation.engines.choose import choose_engine
from generation.engines.openai import OpenAIEngine
from generation.engines.transformers import TransformersEngine
from generation.engines.vllm import VllmEngine
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


async def test_a_server_is_asked_under_the_served_name() -> None:
    terms = GenerationTerms(engine="openai", model="big", endpoint="http://127.0.0.1:9/v1/")
    engine = choose_engine(terms, device="cpu")
    assert isinstance(engine, OpenAIEngine)
    assert (engine.model, engine.endpoint) == ("big", "http://127.0.0.1:9/v1")


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
