"""Rubric judges and reward models behind the service, and the embedded judge for real."""

import shutil
from pathlib import Path
from typing import Any

import orjson
import pytest
from rewarding import ScriptedEngine, Service

from ingot.settings import HELD_OUT, MODELS
from services.rewards.config import RewardModelTerms
from services.rewards.wiring import choose_reward_model

ENGINES = {"local": {"engine": "openai", "model": "m", "endpoint": "http://x/v1"}}
YES_NO = {"kind": "rubric", "engine": "local", "rubric": "correctness", "max_tokens": 0}


async def rubric_service(new_service: Any, engine: ScriptedEngine, **fields: Any) -> Service:
    """A service whose judge 'graded' has this rubric."""
    judges = {"graded": {**YES_NO, **fields}}
    service: Service = await new_service({"engines": ENGINES, "judges": judges}, engine)
    return service


async def test_a_rubric_of_yes_and_no_gives_the_probability_of_yes(new_service: Any) -> None:
    service = await rubric_service(new_service, ScriptedEngine(taste=lambda prompt: 0.3))
    answer = await service.rewards("graded", [{"prompt": "p", "completions": ["a", "b"]}])
    first = answer["items"][0]["completions"][0]
    assert first["score"] == first["probability"] == pytest.approx(0.7)  # B stands for right
    assert (first["verdict"], first["tokens"]) == ("right", 11)


async def test_several_criteria_come_to_their_overall_score(new_service: Any) -> None:
    engine = ScriptedEngine(taste=lambda prompt: 1.0)
    service = await rubric_service(new_service, engine, rubric="helpsteer")
    answer = await service.rewards("graded", [{"prompt": "p", "completions": ["a"]}])
    only = answer["items"][0]["completions"][0]
    assert only["score"] is not None
    assert only["probability"] is None
    assert only["tokens"] == 11 * len(engine.asked)
    assert "helpfulness" in only["reason"]


async def test_a_rubric_that_needs_a_reference_fails_without_one(new_service: Any) -> None:
    service = await rubric_service(new_service, ScriptedEngine(), rubric="reference_match")
    items = [{"prompt": "p", "completions": ["a"]}, {"completions": ["a"], "reference": "a"}]
    first, second = (await service.rewards("graded", items))["items"]
    assert "needs a reference" in first["completions"][0]["failure"]
    assert second["completions"][0]["score"] is not None


async def test_a_rubric_judge_does_not_compare(new_service: Any) -> None:
    service = await rubric_service(new_service, ScriptedEngine())
    body = {"judge": "graded", "items": [{"completions": ["a", "b"]}]}
    response = await service.lab.post("/v1/preferences", json=body)
    assert response.status_code == 422
    assert "use POST /v1/rewards" in response.json()["detail"]


@pytest.fixture(scope="session")
def reward_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reward model with random weights over the embedded judge's tokenizer."""
    import torch
    from transformers import LlamaConfig, LlamaForSequenceClassification

    torch.manual_seed(1)
    sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2}
    ids = {"pad_token_id": 0, "eos_token_id": 1, "bos_token_id": None, "num_labels": 1}
    spread = {"num_attention_heads": 2, "vocab_size": 1024, "initializer_range": 0.3}
    network = LlamaForSequenceClassification(LlamaConfig(**sizes, **ids, **spread))
    folder = tmp_path_factory.mktemp("reward_model")
    network.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(MODELS / "judge" / name, folder / name)
    return folder


async def test_a_reward_model_scores_one_and_compares_two(
    new_service: Any, reward_folder: Path
) -> None:
    terms = {"kind": "reward_model", "model": str(reward_folder), "engine": "transformers"}
    service = await new_service({"judges": {"reward": {**terms, "temperature": 2.0}}})
    item = {"prompt": "What is 12 + 30?", "completions": ["It is 42.", "It is 41."]}
    scored = (await service.rewards("reward", [item]))["items"][0]["completions"]
    a, b = (each["score"] for each in scored)
    assert a != b
    assert scored[0]["probability"] is None
    assert scored[0]["tokens"] > 0
    (pair,) = (await service.preferences("reward", [item]))["items"][0]["comparisons"]
    assert pair["score"] == pytest.approx(1 / (1 + 2.718281828 ** (-(a - b) / 2.0)), rel=1e-6)
    assert pair["verdict"] == ("A" if a > b else "B")


async def test_a_conversation_that_does_not_fit_is_no_score(
    new_service: Any, reward_folder: Path
) -> None:
    terms = {"kind": "reward_model", "model": str(reward_folder), "engine": "transformers"}
    service = await new_service({"judges": {"reward": terms}})
    items = [{"completions": ["long " * 20_000]}, {"completions": ["short"]}]
    first, second = (await service.rewards("reward", items))["items"]
    assert first["completions"][0]["score"] is None
    assert first["completions"][0]["failure"]
    assert second["completions"][0]["score"] is not None


@pytest.mark.parametrize(
    ("engine", "kind"), [("vllm", "VllmRewardModel"), ("endpoint", "EndpointRewardModel")]
)
def test_each_engine_of_reward_models_has_its_class(
    reward_folder: Path, engine: str, kind: str
) -> None:
    where = {"endpoint": "http://127.0.0.1:9"} if engine == "endpoint" else {}
    fields = {"kind": "reward_model", "model": str(reward_folder), "engine": engine, **where}
    model = choose_reward_model(RewardModelTerms.model_validate(fields), "cpu")
    assert type(model).__name__ == kind


async def test_the_embedded_judge_knows_right_from_wrong(new_service: Any) -> None:
    from generation.engines.transformers import TransformersEngine

    engine: Any = TransformersEngine(str(MODELS / "judge"))
    engines = {"embedded": {"model": "embedded-judge", "engine": "transformers"}}
    judges = {"pairs": {"kind": "pairwise", "engine": "embedded"}}
    service = await new_service({"engines": engines, "judges": judges}, engine)
    rows = [orjson.loads(line) for line in HELD_OUT.read_bytes().splitlines()[:24:2]]
    items = []
    for place, row in enumerate(rows):
        told = [f"#### {row['reference']}", f"#### {int(row['reference']) + 11}"]
        completions = told[::-1] if place % 2 else told
        items.append({"prompt": row["prompt"], "completions": completions})
    answer = await service.preferences("pairs", items)
    verdicts = [item["comparisons"][0]["verdict"] for item in answer["items"]]
    right = sum(verdict == "AB"[n % 2] for n, verdict in enumerate(verdicts))
    assert right >= 10  # of 12; by chance once in 52 times
    assert all(item["comparisons"][0]["tokens"] > 0 for item in answer["items"])
