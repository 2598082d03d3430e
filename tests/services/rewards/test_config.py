from pathlib import Path
from typing import Any

import pytest

from ingot.errors import OrderError
from judging.sandbox.bubblewrap import Sandbox
from judging.verifiers.choose import VERIFIERS
from judging.verifiers.workers.pool import WorkerPool
from services.rewards.building import Builder
from services.rewards.config import RewardsConfig, read_config

ENGINES = {"local": {"model": "embedded-judge"}}
CASCADE = {"kind": "cascade", "judges": ["answer", "answer"]}


def built(judges: dict[str, Any]) -> dict[str, Any]:
    """Judges over engines that are not there."""
    config = RewardsConfig.model_validate({"judges": judges, "engines": ENGINES})
    return Builder(config, {"local": object()}, {}, WorkerPool(1), Sandbox()).judges()  # type: ignore[dict-item]


def test_without_a_file_there_are_the_verifiers() -> None:
    assert read_config(None) == RewardsConfig()
    assert set(built({})) == {"verifier", *VERIFIERS}


@pytest.mark.parametrize("name", ["judges.yaml", "judges.toml", "judges.json"])
def test_yaml_toml_and_json_say_the_same(tmp_path: Path, name: str) -> None:
    texts = {
        "yaml": "engines: {e: {model: embedded-judge}}\njudges: {j: {kind: pairwise, engine: e}}",
        "toml": '[engines.e]\nmodel = "embedded-judge"\n'
        '[judges.j]\nkind = "pairwise"\nengine = "e"',
        "json": '{"engines": {"e": {"model": "embedded-judge"}},'
        '"judges": {"j": {"kind": "pairwise", "engine": "e"}}}',
    }
    file = tmp_path / name
    file.write_text(texts[name.split(".")[1]])
    assert read_config(file).judges["j"].kind == "pairwise"


def test_files_are_looked_for_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: x")
    file = tmp_path / "judges.yaml"
    file.write_text(
        "engines: {e: {}}\njudges:\n"
        "  a: {kind: rubric, engine: e, rubric: mine.yaml}\n"
        "  b: {kind: rubric, engine: e, rubric: correctness}"
    )
    judges = read_config(file).judges
    assert judges["a"].rubric == str(tmp_path / "mine.yaml")  # type: ignore[union-attr]
    assert judges["b"].rubric == "correctness"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "cannot read"),
        ("[1]", "no mapping"),
        ("colour: red", "unknown field 'colour'"),
        ("judges: {j: {kind: pairwise, engine: none}}", "no engine 'none' under engines"),
        ("judges: {j: {kind: oracle}}", "judges.j"),
        ("judges: {j: {kind: combined, judges: [answer], weights: [1, 2]}}", "2 weights for 1"),
        ("limits: {open_per_tenant: 10}", "open_per_tenant must be"),
        ("judges: {j: {kind: reward_model, model: m, engine: endpoint}}", "endpoint goes with"),
    ],
)
def test_a_bad_file_names_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "judges.yaml"
    file.write_text(text)
    with pytest.raises(OrderError, match=said):
        read_config(file)


def test_the_example_is_a_configuration() -> None:
    example = read_config(Path(__file__).resolve().parents[3] / "examples" / "judges.yaml")
    assert set(example.judges) == {"pairs", "arithmetic"}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(OrderError, match="INGOT_REWARDS_CONFIG"):
        read_config(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("judges", "said"),
    [
        ({"j": {"kind": "verifier", "verifier": "none"}}, "no verifier 'none'"),
        ({"j": {"kind": "cascade", "judges": ["answer", "none"]}}, "no judge 'none'"),
        ({"j": {"kind": "cascade", "judges": ["answer", "code"]}}, "one verifier at most"),
        (
            {
                "p": {"kind": "pairwise", "engine": "local"},
                "r": {"kind": "rubric", "engine": "local", "rubric": "correctness"},
                "j": {"kind": "cascade", "judges": ["p", "r"]},
            },
            "look at one answer and at two",
        ),
        ({"j": {"kind": "combined", "judges": ["c"]}, "c": CASCADE}, "groups hold no groups"),
        ({"j": {"kind": "pairwise", "engine": "local", "certificate": "x"}}, "no certificate"),
        ({"j": {"kind": "rubric", "engine": "local", "rubric": "none"}}, "unknown rubric"),
    ],
)
def test_judges_that_cannot_be_are_refused(judges: dict[str, Any], said: str) -> None:
    with pytest.raises(OrderError, match=said):
        built(judges)
