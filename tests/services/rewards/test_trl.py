"""A step of a real trainer over the real service."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest
from rewarding import Service

from ingot.rewards import RewardClient, reward_func
from ingot.settings import HELD_OUT, MODELS

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


async def test_a_step_of_grpo_learns_from_the_answer_verifier(
    service: Service, tmp_path: Path
) -> None:
    history, before, after = await asyncio.to_thread(_train, service, tmp_path)
    step = history[0]
    assert 0 <= step["reward"] <= 1
    assert step["rewards/ingot_answer/mean"] == pytest.approx(step["reward"])
    assert 0 <= step["ingot_answer/unscored"] <= 1
    answered = service.app.state.metrics.questions
    assert sum(n for (judge, _), n in answered.items() if judge == "answer") == 32
    assert answered["answer", "scored"] > 0
    assert step["reward_std"] > 0  # the model is right now and then, so there is something to learn
    assert before != after


def _train(service: Service, folder: Path) -> tuple[list[dict[str, Any]], float, float]:
    import torch
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import GRPOConfig, GRPOTrainer

    path = str(MODELS / "generator")
    tokenizer = AutoTokenizer.from_pretrained(path, padding_side="left")
    model = AutoModelForCausalLM.from_pretrained(path)
    rows = [orjson.loads(line) for line in HELD_OUT.read_bytes().splitlines()[::60]]
    data = [
        {"prompt": [{"role": "user", "content": row["prompt"]}], "reference": row["reference"]}
        for row in rows
    ]
    with RewardClient(service.url, service.keys["lab"]) as client:
        trainer = GRPOTrainer(
            model=model,
            processing_class=tokenizer,
            reward_funcs=reward_func(client, judge="answer"),
            train_dataset=Dataset.from_list(data),
            args=GRPOConfig(
                output_dir=str(folder / "grpo"),
                max_steps=1,
                per_device_train_batch_size=32,
                num_generations=8,
                max_completion_length=64,
                learning_rate=1e-3,
                logging_steps=1,
                report_to="none",
                save_strategy="no",
                use_cpu=True,
                bf16=False,
                seed=0,
            ),
        )
        before, threads = _norm(model), torch.get_num_threads()
        torch.set_num_threads(1)  # matrices this small are not worth sharing
        try:
            trainer.train()
        finally:
            torch.set_num_threads(threads)
    return trainer.state.log_history, before, _norm(model)


def _norm(model: Any) -> float:
    return float(sum(p.detach().double().abs().sum() for p in model.parameters()))
