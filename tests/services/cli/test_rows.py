from pathlib import Path

import pytest

from ingot.errors import OrderError, StorageError
from services.cli.rows import column, read_frame, write_rows

ROWS = [
    {"prompt": "2+2?", "gold": {"answer": "4"}, "note": None},
    {"prompt": "3+3?", "gold": {"answer": None}, "note": None},
]


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.parquet"])
def test_rows_come_back_as_they_were(tmp_path: Path, name: str) -> None:
    write_rows(tmp_path / "new folder" / name, ROWS)
    assert read_frame(tmp_path / "new folder" / name) == ROWS
    assert [path.name for path in (tmp_path / "new folder").iterdir()] == [name]


def test_a_column_may_be_nested_and_have_gaps() -> None:
    assert column(ROWS, "gold.answer") == ["4", None]
    assert column([{"a.b": 1, "a": {"b": 2}}], "a.b") == [1]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("reference", "--ref: column 'reference' is not there; the file has prompt, gold, note"),
        ("note", "--ref: column 'note' is empty in every row; the file has prompt, gold, note"),
        ("prompt.text", "--ref: column 'prompt.text' is not there"),
    ],
)
def test_a_missing_column_is_named_beside_those_that_are_there(name: str, message: str) -> None:
    with pytest.raises(OrderError, match=message) as caught:
        column(ROWS, name, "--ref")
    assert caught.value.field == name


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.csv", "a,b\n", "rows.csv: name a .jsonl or .parquet file"),
        ("rows.jsonl", "\n\n", "rows.jsonl holds no rows"),
        ("rows.jsonl", '{"a": 1}\n{"a":', "rows.jsonl line 2 is not JSON"),
        ("rows.parquet", "PAR1", "rows.parquet is not a Parquet file"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(OrderError, match=message):
        read_frame(tmp_path / name)


def test_a_file_that_is_not_there_is_the_callers_fault(tmp_path: Path) -> None:
    with pytest.raises(OrderError, match=r"there is no file .*none\.jsonl: correct the path"):
        read_frame(tmp_path / "none.jsonl")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("out.csv", 1, "cannot write .*name a .jsonl or .parquet file"),
        ("out.jsonl", b"\x00", "JSON cannot hold a value; name a .parquet file"),
        ("out.parquet", {"x": 1}, "a column holds several types; name a .jsonl file"),
    ],
)
def test_what_cannot_be_written_leaves_the_old_file(
    tmp_path: Path, name: str, value: object, message: str
) -> None:
    (tmp_path / name).write_text("old")
    with pytest.raises(OrderError, match=message):
        write_rows(tmp_path / name, [{"a": "text"}, {"a": value}])
    assert (tmp_path / name).read_text() == "old"


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot write"):
        write_rows(tmp_path / "file" / "out.jsonl", ROWS)
