from pathlib import Path

import orjson
import pytest

from ingot.errors import OrderError
from training.held_out import read_evaluations


def write(path: Path, *rows: object) -> str:
    path.write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
    return str(path)


def test_shipped_prompts_carry_their_family_as_domain() -> None:
    items = read_evaluations("held_out")
    assert len(items) >= 100
    assert all(item.reference and item.domain for item in items)


def test_prompt_may_be_a_text_or_messages_and_counts_once(tmp_path: Path) -> None:
    text = {"prompt": "Say 1.", "reference": "1", "domain": "numbers"}
    turns = {"prompt": [{"role": "user", "content": "Say 1."}], "reference": "1"}
    other = {"prompt": "Say 2.", "reference": "2"}
    items = read_evaluations(write(tmp_path / "e.jsonl", text, turns, other))
    assert [(item.prompt[0].content, item.reference) for item in items] == [
        ("Say 1.", "1"),
        ("Say 2.", "2"),
    ]


@pytest.mark.parametrize("row", [{"prompt": "Say 1."}, {"reference": "1"}, {"prompt": []}])
def test_row_without_prompt_or_reference_is_named(tmp_path: Path, row: object) -> None:
    good = {"prompt": "Say 1.", "reference": "1"}
    with pytest.raises(OrderError, match="row 2 needs a prompt and a reference"):
        read_evaluations(write(tmp_path / "e.jsonl", good, row))


def test_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OrderError, match="no evaluation prompt"):
        read_evaluations(write(tmp_path / "e.jsonl"))
