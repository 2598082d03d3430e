from pathlib import Path

import pytest

from ingot.errors import OrderError
from ingot.orders import OrderSpec, parse_order, read_order

MINIMAL = {"name": "x", "quantity": 10, "source": {"recipe": "write_instructions"}}


def test_a_minimal_order_is_filled_with_defaults() -> None:
    spec = parse_order(MINIMAL)
    assert spec.generation.engine == "vllm"
    assert spec == OrderSpec.model_validate(spec.model_dump(mode="json"))


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"quantty": 3}, "quantty", "unknown field 'quantty'"),
        ({"quantity": -1}, "quantity", "greater than 0 .got -1"),
        ({"source": {"recipe": "magic"}}, "source.recipe", "write_instructions"),
        ({"source": {"recipe": "prompts"}}, "source", "needs a path"),
        ({"generation": {"engine": "openai"}}, "", "endpoint"),
        ({"generation": {"engine": "openai", "endpoint": "ftp://x"}}, "", "http"),
        ({"guarantee": {"agreement": 1.0}}, "guarantee.agreement", "less than 1"),
        ({"seed": "abc"}, "seed", "got 'abc'"),
        ({"review": {"overlap": 3, "max_overlap": 2}}, "review", "max_overlap is below overlap"),
        ({"review": {"skill": "No Such Skill"}}, "review.skill", "pattern"),
        ({"review": {"simulated_team": [{"drop": 1}]}}, "review.simulated_team.0.drop", "unknown"),
    ],
)
def test_a_fault_names_field_value_and_remedy(
    change: dict[str, object], field: str, message: str
) -> None:
    with pytest.raises(OrderError, match=message) as caught:
        parse_order(MINIMAL | change)
    assert caught.value.field == field


@pytest.mark.parametrize("text", ["[1, 2]", "just words", ""])
def test_an_order_must_be_a_mapping(tmp_path: Path, text: str) -> None:
    path = tmp_path / "order.yaml"
    path.write_text(text)
    with pytest.raises(OrderError, match="mapping"):
        read_order(path)


def test_broken_yaml_and_missing_files_say_so(tmp_path: Path) -> None:
    path = tmp_path / "order.yaml"
    path.write_text("name: [unclosed")
    with pytest.raises(OrderError, match="neither YAML nor JSON"):
        read_order(path)
    with pytest.raises(OrderError, match="no order file"):
        read_order(tmp_path / "absent.yaml")
    with pytest.raises(OrderError, match="Is a directory; name a readable file"):
        read_order(tmp_path)


def test_files_named_in_an_order_are_relative_to_it(tmp_path: Path) -> None:
    path = tmp_path / "order.yaml"
    path.write_text(
        "name: x\nquantity: 1\nsource: {recipe: prompts, path: data/p.jsonl}\n"
        "curation: {decontaminate_against: [held_out, b.jsonl, 's3://x/y.jsonl']}\n"
        "training: {held_out: h.jsonl}\n"
    )
    spec = read_order(path)
    assert spec.source.path == str(tmp_path / "data/p.jsonl")
    against = ("held_out", str(tmp_path / "b.jsonl"), "s3://x/y.jsonl")
    assert spec.curation.decontaminate_against == against
    assert spec.training.held_out == str(tmp_path / "h.jsonl")


def test_answers_grow_only_where_the_order_says_so() -> None:
    assert parse_order(MINIMAL | {"review": {"overlap": 3}}).review.most_answers == 3
    assert parse_order(MINIMAL | {"review": {"max_overlap": 5}}).review.most_answers == 5


def test_json_is_an_order_too(tmp_path: Path) -> None:
    path = tmp_path / "order.json"
    path.write_text('{"name": "x", "quantity": 1, "source": {"recipe": "write_instructions"}}')
    assert read_order(path).quantity == 1
