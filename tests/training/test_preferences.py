from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import orjson
import pytest

from ingot.errors import OrderError
from training.preferences import read_preferences


def test_delivered_folder_and_its_file_hold_the_same_rows(delivery: str) -> None:
    rows = read_preferences(delivery)
    assert rows == read_preferences(f"{delivery}/data/train-00000-of-00001.parquet")
    assert len(rows) == 96
    assert rows[0].chosen[0].role == "assistant"


def test_rows_are_read_from_any_address_that_fsspec_knows(delivery: str) -> None:
    payload = Path(delivery.removeprefix("file://"), "data/train-00000-of-00001.parquet")
    fsspec.filesystem("memory").pipe("/batch/data/train-0.parquet", payload.read_bytes())
    assert read_preferences("memory://batch") == read_preferences(delivery)


def test_json_lines_are_read_too_and_other_columns_left_alone(
    make_rows: Callable[[int], Any], tmp_path: Path
) -> None:
    lines = [orjson.dumps({**row, "id": "prf_1"}) for row in make_rows(3)]
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\n".join(lines))
    assert len(read_preferences(str(path))) == 3


def test_folder_without_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OrderError, match=r"no data/\*\.parquet: name a delivered folder"):
        read_preferences(tmp_path.as_uri())


def test_broken_parquet_is_an_order_error(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"PAR1 but not really")
    with pytest.raises(OrderError, match="is not a Parquet file"):
        read_preferences(str(path))


def test_missing_column_is_named(
    make_rows: Callable[[int], Any], write_delivery: Callable[[Any], str]
) -> None:
    rows = [{"prompt": row["prompt"], "chosen": row["chosen"]} for row in make_rows(2)]
    with pytest.raises(OrderError, match="row 1 lacks rejected"):
        read_preferences(write_delivery(rows))


@pytest.mark.parametrize(
    ("field", "value"),
    [("chosen", []), ("prompt", None), ("rejected", [{"role": "robot", "content": "hello"}])],
)
def test_unusable_row_is_named_with_its_field(
    make_rows: Callable[[int], Any], tmp_path: Path, field: str, value: object
) -> None:
    good, bad = make_rows(2)
    path = tmp_path / "rows.jsonl"
    path.write_bytes(orjson.dumps(good) + b"\n" + orjson.dumps({**bad, field: value}))
    with pytest.raises(OrderError, match=f"row 2: {field}") as caught:
        read_preferences(str(path))
    assert caught.value.field.startswith(field)
