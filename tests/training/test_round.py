import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from ingot.errors import ModelError, OrderError, StorageError
from ingot.orders import TrainingTerms
from training.bootstrap import Lift
from training.checkpoint import decide, read_manifest
from training.preferences import PreferenceRow, read_preferences
from training.round import Trained, train_round
from training.sft import chosen_conversations

SFT = TrainingTerms(method="sft", learning_rate=1e-2, epochs=4)
DPO = TrainingTerms(method="dpo", learning_rate=5e-3, epochs=4)


@pytest.fixture
def train(delivery: str, tiny_model: str, tmp_path: Path) -> Callable[..., Trained]:
    def train(terms: TrainingTerms = SFT, seed: int = 0, **keywords: Any) -> Trained:
        out = tmp_path / "checkpoints"
        return train_round(delivery, tiny_model, terms=terms, out=out, seed=seed, **keywords)

    return train


def mean_logprobs(model_path: Path | str, rows: list[PreferenceRow]) -> tuple[float, float]:
    """Mean log-probability of the chosen and of the rejected completions."""
    model = AutoModelForCausalLM.from_pretrained(model_path, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(model_path)

    def logprob(row: PreferenceRow, answer: str) -> float:
        turns = [message.model_dump() for message in (*row.prompt, *getattr(row, answer))]
        encoded = tokenizer.apply_chat_template(
            turns, return_dict=True, return_assistant_tokens_mask=True
        )
        ids = torch.tensor([encoded["input_ids"]])
        mask = torch.tensor(encoded["assistant_masks"])[1:].bool()
        logprobs = model(ids).logits[0, :-1].log_softmax(-1)
        return float(logprobs.gather(1, ids[0, 1:, None])[mask].sum())

    with torch.no_grad():
        chosen, rejected = ([logprob(row, a) for row in rows] for a in ("chosen", "rejected"))
    return sum(chosen) / len(rows), sum(rejected) / len(rows)


def test_sft_makes_the_chosen_completions_likelier(
    train: Callable[..., Trained], delivery: str, tiny_model: str
) -> None:
    rows = read_preferences(delivery)[:16]
    trained = train()
    assert trained.steps == 12  # 4 epochs of 96 rows in batches of 32
    assert trained.rows == 96
    assert mean_logprobs(trained.path, rows)[0] > mean_logprobs(tiny_model, rows)[0] + 1


def test_dpo_widens_the_gap_between_chosen_and_rejected(
    train: Callable[..., Trained], delivery: str, tiny_model: str
) -> None:
    rows = read_preferences(delivery)[:32]
    before, after = mean_logprobs(tiny_model, rows), mean_logprobs(train(DPO).path, rows)
    assert after[0] - after[1] > before[0] - before[1]
    assert after[0] > before[0]  # the likelihood term at work


def test_checkpoint_keeps_the_base_settings_and_can_be_read_by_all(
    train: Callable[..., Trained],
) -> None:
    path = train().path
    weights = path / "model.safetensors"
    assert AutoConfig.from_pretrained(path).use_cache
    assert {tensor.dtype for tensor in load_file(weights).values()} == {torch.bfloat16}
    assert weights.stat().st_mode & 0o777 == 0o644


def test_same_round_is_found_again_and_not_trained_again(train: Callable[..., Trained]) -> None:
    steps = list[int]()

    def count(done: int, total: int, facts: object) -> None:
        steps.append(done)

    first = train(on_progress=count)
    again = train(on_progress=count)
    assert first == again
    assert steps == list(range(1, 13))


def test_other_seed_or_terms_make_another_checkpoint(train: Callable[..., Trained]) -> None:
    one_epoch = SFT.model_copy(update={"epochs": 1})
    paths = {train(SFT).path, train(SFT, seed=1).path, train(one_epoch).path}
    assert len(paths) == 3


def test_evaluation_terms_do_not_train_again(train: Callable[..., Trained]) -> None:
    other = SFT.model_copy(update={"samples_per_prompt": 8, "held_out": "other.jsonl"})
    assert train(SFT) == train(other)


def test_same_seed_gives_the_same_weights(delivery: str, tiny_model: str, tmp_path: Path) -> None:
    terms = SFT.model_copy(update={"epochs": 1})
    folders = [tmp_path / "a", tmp_path / "b"]
    paths = [train_round(delivery, tiny_model, terms=terms, out=f, seed=3).path for f in folders]
    manifests = [read_manifest(path) for path in paths]
    assert manifests[0] is not None
    assert manifests[1] is not None
    assert manifests[0].weights_sha256 == manifests[1].weights_sha256


def test_killed_training_leaves_no_checkpoint(
    train: Callable[..., Trained], tmp_path: Path
) -> None:
    def kill(done: int, total: int, facts: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(on_progress=kill)
    assert list((tmp_path / "checkpoints").iterdir()) == []
    assert train().steps == 12


def test_training_is_quiet(
    train: Callable[..., Trained], capfd: pytest.CaptureFixture[str], caplog: Any
) -> None:
    caplog.set_level(logging.WARNING)
    train(SFT.model_copy(update={"epochs": 1}))
    train(DPO.model_copy(update={"epochs": 1}))
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


@pytest.mark.parametrize(("low", "verdict"), [(0.001, "accepted"), (0.0, "refused")])
def test_gate_marks_the_checkpoint_by_its_lift(
    train: Callable[..., Trained], low: float, verdict: str
) -> None:
    path = train().path
    fresh = read_manifest(path)
    decided = decide(path, Lift(0.4, 0.5, difference=0.1, low=low, high=0.2, n=480))
    assert fresh is not None
    assert (fresh.verdict, decided.verdict) == ("", verdict)
    assert read_manifest(path) == decided
    assert train().path == path  # a refused checkpoint stays


def test_gate_wants_a_finished_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no finished checkpoint"):
        decide(tmp_path, Lift(0.4, 0.5, difference=0.1, low=0.05, high=0.2, n=480))


def test_damaged_manifest_says_what_to_do(train: Callable[..., Trained]) -> None:
    path = train().path
    (path / "training.json").write_text("{")
    with pytest.raises(StorageError, match=r"is damaged; delete .* and train again"):
        train()


def test_checkpoint_that_another_process_finished_first_stands(
    train: Callable[..., Trained],
) -> None:
    first: list[Trained] = []

    def be_overtaken(done: int, total: int, facts: object) -> None:
        if done == total and not first:
            first.append(train())

    second = train(on_progress=be_overtaken)
    assert first == [second]


@pytest.mark.parametrize("count", [7, 8])
def test_fewer_than_eight_rows_are_refused_with_the_remedy(
    make_rows: Any, write_delivery: Any, tiny_model: str, tmp_path: Path, count: int
) -> None:
    uri = write_delivery(make_rows(count))
    if count == 8:
        assert train_round(uri, tiny_model, terms=SFT, out=tmp_path, seed=0).steps == 4
        return
    with pytest.raises(OrderError, match="7 preference rows, training needs 8: order a larger"):
        train_round(uri, tiny_model, terms=SFT, out=tmp_path, seed=0)


def test_method_none_is_refused(train: Callable[..., Trained]) -> None:
    with pytest.raises(OrderError, match="'none' trains nothing: choose sft or dpo"):
        train(TrainingTerms())


def test_missing_base_model_is_a_model_error(delivery: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot load the base model /no/such/model"):
        train_round(delivery, "/no/such/model", terms=SFT, out=tmp_path, seed=0)


def test_chosen_completion_that_pairs_share_is_learned_once(make_rows: Any) -> None:
    pair = make_rows(1)[0]
    other = {**pair, "rejected": [{"role": "assistant", "content": "#### nothing"}]}
    rows = [PreferenceRow.model_validate(row) for row in (pair, other)]
    assert chosen_conversations(rows) == [pair["prompt"] + pair["chosen"]]
