"""What labs do with a delivery: load it with `datasets`, train on it with TRL, no mapping."""

import math
import subprocess
import sys
from pathlib import Path

import datasets
import pytest
from delivering import FACTS, batch
from trl import DPOConfig, DPOTrainer

from ingot.settings import resolve_model
from services.delivery.deliver import deliver


@pytest.fixture
def delivered(tmp_path: Path) -> Path:
    deliver(batch(), FACTS, (tmp_path / "set").as_uri(), {})
    return tmp_path / "set"


def load(folder: Path) -> datasets.DatasetDict:
    return datasets.load_dataset(str(folder), cache_dir=str(folder.parent / "cache"))


def test_load_dataset_reads_the_folder_once_and_only_the_training_rows(delivered: Path):
    loaded = load(delivered)
    assert list(loaded) == ["train"]
    assert loaded["train"].column_names == ["prompt", "chosen", "rejected", "margin"]
    assert [row["prompt"][0]["content"] for row in loaded["train"]] == [
        preference.prompt[0].content for preference in batch()
    ]


def test_trl_trains_dpo_on_the_folder_without_a_mapping(delivered: Path):
    trainer = DPOTrainer(
        model=resolve_model("embedded"),
        args=DPOConfig(
            output_dir=str(delivered.parent / "run"),
            max_steps=1,
            per_device_train_batch_size=2,
            use_cpu=True,
            bf16=False,
            report_to=[],
            save_strategy="no",
        ),
        train_dataset=load(delivered)["train"],
    )
    # Before the first update policy and reference agree: the loss is log 2.
    assert trainer.train().training_loss == pytest.approx(math.log(2), abs=1e-3)


def test_delivering_needs_no_torch():
    code = "import sys, services.delivery.deliver; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
