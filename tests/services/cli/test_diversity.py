import sys
from io import StringIO
from pathlib import Path
from typing import Any

import orjson
import pytest
from rich.console import Console

from ingot.datasets import DatasetStore
from ingot.records import (
    Evaluation,
    Instruction,
    JudgeKind,
    Message,
    Preference,
    Record,
    Trajectory,
)
from ingot.settings import load_settings
from services.cli import diversity
from services.cli.diversity import describe, measure_diversity

TOPICS = ("rivers", "bread", "prime numbers", "violins")


def turn(text: str, role: str = "user") -> dict[str, str]:
    return {"role": role, "content": text}


def prompts(count: int) -> list[Record]:
    texts = [f"Tell me thing {n} about {TOPICS[n % len(TOPICS)]}." for n in range(count)]
    return [Instruction(messages=(Message(role="user", content=text),)) for text in texts]


class Run:
    """A run's output in which there is nothing but these records."""

    def __init__(self, folder: Path, records: list[Record]) -> None:
        self.store, self.counts = DatasetStore(f"file://{folder}"), dict[str, int]()
        for kind in dict.fromkeys(type(record) for record in records):
            some = [record for record in records if type(record) is kind]
            self.counts[kind.__name__] = len(some)
            self.store.write(f"out/{kind.__name__}", kind, some)

    def measure(self, embed: int = 500, encoder: str = "") -> dict[str, Any]:
        return measure_diversity(
            load_settings(encoder=encoder),
            Console(file=StringIO()),
            self.store,
            "out",
            self.counts,
            embed=embed,
            seed=1,
        )


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, dict[str, Any]]:
    """A run of 20 prompts and what was measured of them."""
    run = Run(tmp_path_factory.mktemp("measured"), prompts(20))
    return run, run.measure()


def test_prompts_are_measured_and_embedded(measured: tuple[Run, dict[str, Any]]) -> None:
    run, found = measured
    assert (found["prompts"], found["texts"], found["embedded"]) == (20, 20, 20)
    assert sum(found["cells"]) == len(found["dots"]) == 20
    assert 1 < found["vendi"] < 20
    assert 0 < found["cluster_entropy"] <= 1
    assert f"Vendi score {found['vendi']:.1f} of 20" in describe(found)
    assert orjson.loads(run.store.get("out/diversity.json"))["vendi"] == found["vendi"]


def test_what_is_known_is_not_embedded_again(
    measured: tuple[Run, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, found = measured
    monkeypatch.setitem(sys.modules, "curation.encoder", None)
    assert run.measure() == orjson.loads(orjson.dumps(found))
    assert run.measure(embed=4)["embedded"] == 0


def test_no_more_are_embedded_than_asked_for(tmp_path: Path) -> None:
    found = Run(tmp_path, prompts(9)).measure(embed=4)
    assert (found["texts"], found["embedded"], len(found["dots"])) == (9, 4, 4)


def test_none_are_embedded_where_that_is_asked(tmp_path: Path) -> None:
    found = Run(tmp_path, prompts(9)).measure(embed=0)
    assert (found["texts"], found["embedded"], found["vendi"]) == (9, 0, None)
    assert "Nothing was embedded, as asked" in describe(found)


def test_of_many_prompts_an_even_sample_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diversity, "MOST_PROMPTS", 8)
    found = Run(tmp_path, prompts(17)).measure(embed=0)
    assert (found["prompts"], found["texts"]) == (17, 8)


def test_every_record_that_asks_something_counts_and_the_same_prompt_once(tmp_path: Path) -> None:
    asked = Message(role="user", content="What is bread?")
    preference = Preference.model_validate(
        {
            "prompt": [turn("Be brief.", "system"), turn("What is bread?")],
            "chosen": [turn("Food.", "assistant")],
            "rejected": [turn("No.", "assistant")],
            "source": JudgeKind.JUDGE,
            "confidence": 0.9,
        }
    )
    evaluation = Evaluation(prompt=(Message(role="user", content="1 + 1?"),), reference="2")
    said = [turn("Open the shop."), turn("Done.", "assistant"), turn("Thanks.")]
    trajectory = Trajectory.model_validate(
        {"messages": said, "tools": "[]", "environment": "shop", "success": True}
    )
    records = [Instruction(messages=(asked,)), preference, evaluation, trajectory]
    found = Run(tmp_path, records).measure(embed=0)
    assert (found["prompts"], found["texts"]) == (4, 3)
    words = ["what", "is", "bread", "1", "1", "open", "the", "shop"]
    assert found["distinct_1"] == len(set(words)) / len(words)


def test_a_run_without_prompts_has_no_diversity(tmp_path: Path) -> None:
    assert Run(tmp_path, []).measure() == {}
    assert not (tmp_path / "out/diversity.json").exists()


def test_a_missing_encoder_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(tmp_path, prompts(8))
    assert "check INGOT_ENCODER" in run.measure(encoder="/no/encoder")["note"]
    monkeypatch.setitem(sys.modules, "curation.encoder", None)
    found = run.measure()
    assert found["note"].endswith("install the extra 'curation'.")
    assert describe(found).startswith("diversity of 8 prompts: distinct-1 ")
    assert found["self_bleu"] > 0
