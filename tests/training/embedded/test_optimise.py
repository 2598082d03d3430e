from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from training.embedded.architecture import build_model
from training.embedded.build import Pupil, load, save
from training.embedded.examples import (
    Example,
    collate,
    cut_batches,
    encode_rows,
    read_protocol,
    read_rows,
)
from training.embedded.optimise import Schedule, optimise
from training.embedded.tokenizer import train_tokenizer


def teach_to_add(count: int) -> list[dict[str, object]]:
    rng = Random(0)
    rows: list[dict[str, object]] = []
    for _ in range(count):
        a, b = rng.randint(0, 4), rng.randint(0, 4)
        messages = [
            {"role": "user", "content": f"{a}+{b}?"},
            {"role": "assistant", "content": str(a + b)},
        ]
        rows.append({"messages": messages, "focus": "", "focus_weight": 1.0})
    return rows


def test_a_tiny_run_lowers_the_loss_and_survives_saving(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    rows = teach_to_add(1_500)
    tokenizer = train_tokenizer([f"{a}+{b}?" for a in range(9) for b in range(9)])
    model = build_model(tokenizer, seed=0)
    schedule = Schedule(tokens=256, warmup=10)
    losses = optimise(model, encode_rows(rows, tokenizer), schedule, seed=0, name="test")
    assert sum(losses[-5:]) < 0.5 * sum(losses[:5])
    save(Pupil(model, tokenizer), tmp_path)
    ids = torch.tensor([[5, 6, 7]])
    assert torch.allclose(load(tmp_path).model(ids).logits, model(ids).logits, atol=0.3)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o644}


def test_batches_keep_every_example_within_the_limit() -> None:
    examples = [Example([1] * length, [1.0] * length) for length in range(1, 60)] * 3
    batches = cut_batches(examples, 128, Random(0))
    assert sum(len(batch) for batch in batches) == len(examples)
    assert all(len(batch) * max(len(e.ids) for e in batch) <= 128 for batch in batches)


def test_padding_weighs_nothing() -> None:
    batch = collate([Example([1, 2, 3], [1.0] * 3), Example([4], [1.0])])
    assert batch.ids_BT.shape == (2, 3)
    assert batch.weights_BT.tolist() == [[1, 1, 1], [1, 0, 0]]


def test_rates_warm_up_hold_and_fall() -> None:
    schedule = Schedule(warmup=10, decay=0.4)
    assert schedule.scale(0, 100) == pytest.approx(0.1)
    assert schedule.scale(59, 100) == 1
    assert schedule.scale(80, 100) == pytest.approx(0.5)
    assert schedule.scale(99, 100) == pytest.approx(0.05)
    assert Schedule(warmup=10, decay=0).scale(99, 100) == 1


def test_a_corpus_without_the_stage_or_the_protocol_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "corpus.parquet"
    pq.write_table(pa.table({"stage": ["clean"]}), path)
    with pytest.raises(ValueError, match="no rows of stage judge"):
        read_rows(path, "judge")
    with pytest.raises(ValueError, match="no judge_protocol"):
        read_protocol(path)
