import json
import re
from pathlib import Path
from random import Random

import pytest
import torch
from safetensors import safe_open

import ingot
from training.embedded.measure import (
    draw_pairs,
    judge_pairs,
    pass_rates,
    read_questions,
    sample_finals,
)
from training.embedded.sampling import Sampler

MODELS = Path(ingot.__file__).parent / "models"


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


@pytest.fixture(scope="module")
def generator() -> Sampler:
    return Sampler.load(MODELS / "generator")


@pytest.fixture(scope="module")
def judge() -> Sampler:
    return Sampler.load(MODELS / "judge")


@pytest.mark.parametrize("name", ["generator", "judge"])
def test_weights_are_small_readable_bf16_and_documented(name: str) -> None:
    weights = MODELS / name / "model.safetensors"
    assert weights.stat().st_mode & 0o444 == 0o444
    with safe_open(weights, "pt") as file:
        assert {file.get_tensor(key).dtype for key in file.keys()} == {torch.bfloat16}  # noqa: SIM118
    assert (MODELS / name / "MODEL_CARD.md").exists()
    assert sum(path.stat().st_size for path in MODELS.rglob("*")) <= 20_000_000


def test_evaluation_prompts_are_forty_a_family() -> None:
    families = [question.family for question in read_questions(MODELS / "held_out.jsonl")]
    assert {families.count(family) for family in families} == {40}
    assert len(families) == 480


def test_generator_is_partly_competent_and_judge_sees_it(
    generator: Sampler, judge: Sampler
) -> None:
    questions = Random(0).sample(read_questions(MODELS / "held_out.jsonl"), 80)
    sampled = sample_finals(generator, questions, samples=4)
    once, ever = pass_rates(sampled)
    assert 0.36 < once < 0.60
    assert ever > once + 0.15
    report = judge_pairs(judge, MODELS / "judge", draw_pairs(sampled, Random(0)))
    assert report.pairs > 25
    assert report.accuracy > 0.65


def test_generator_writes_instructions_of_many_kinds(generator: Sampler) -> None:
    replies = generator.reply(["Write one new task about the sum of two numbers."] * 20)
    assert len(set(replies)) > 15
    assert sum(bool(re.search(r"\d+.*\d+", reply)) for reply in replies) > 15


def test_verdict_labels_are_one_token_after_the_prefix(judge: Sampler) -> None:
    protocol = json.loads((MODELS / "judge" / "judge.json").read_text())
    prefix = judge.tokenizer.encode(protocol["verdict_prefix"], add_special_tokens=False)
    for label in protocol["labels"]:
        whole = judge.tokenizer.encode(protocol["verdict_prefix"] + label, add_special_tokens=False)
        assert whole[:-1] == prefix
        assert judge.tokenizer.decode(whole[-1:]) == label


def test_judge_ends_with_its_verdict(judge: Sampler) -> None:
    template = (MODELS / "judge" / "prompt.txt").read_text().strip()
    protocol = json.loads((MODELS / "judge" / "judge.json").read_text())
    prompt = template.format(prompt="What is 38 + 65?", a="103", b="93")
    reply = judge.reply([prompt], temperature=0, max_new_tokens=protocol["max_tokens"])[0]
    assert reply.rpartition("\n")[2] == f"{protocol['verdict_prefix']}A"
