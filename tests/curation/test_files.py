from pathlib import Path

import orjson
import polars as pl
import pytest

from curation.benchmarks import read_benchmarks
from curation.files import curate_file
from ingot.errors import OrderError
from ingot.orders import CurationTerms

ROW = {"prompt": "Name a colour.", "chosen": "red", "rejected": "seven", "score": 4}


def write(path: Path, *rows: object) -> str:
    path.write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
    return str(path)


def test_kept_rows_are_written_as_they_came_and_drops_beside_them(tmp_path: Path):
    source = write(tmp_path / "in.jsonl", ROW, {**ROW, "score": 5}, {**ROW, "chosen": "blue"})
    curated = curate_file(source, tmp_path / "out.jsonl", CurationTerms(), None)
    written = [orjson.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
    assert written == [ROW, {**ROW, "chosen": "blue"}]
    (drop,) = (tmp_path / "out.jsonl.drops.jsonl").read_bytes().splitlines()
    assert orjson.loads(drop)["reason"] == "exact_duplicate"
    assert curated.reasons == {"exact_duplicate": 1}


def test_parquet_of_messages_in_and_out(tmp_path: Path):
    turns = {name: [{"role": "assistant", "content": name}] for name in ("chosen", "rejected")}
    row = {"prompt": [{"role": "user", "content": "Hi"}], **turns, "note": "kept"}
    pl.DataFrame([row, row]).write_parquet(tmp_path / "in.parquet")
    curate_file(str(tmp_path / "in.parquet"), tmp_path / "out.parquet", CurationTerms(), None)
    assert pl.read_parquet(tmp_path / "out.parquet").to_dicts() == [row]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"prompt": "Hi", "chosen": "yes"}, "line 2 lacks rejected"),
        ({**ROW, "chosen": 7}, "line 2: chosen"),
        ({**ROW, "prompt": [{"role": "boss", "content": "Hi"}]}, "line 2: prompt.0.role"),
    ],
)
def test_a_row_that_is_no_preference_is_named_by_its_line(tmp_path: Path, row, message: str):
    source = write(tmp_path / "in.jsonl", ROW, row)
    with pytest.raises(OrderError, match=message):
        curate_file(source, tmp_path / "out.jsonl", CurationTerms(), None)
    assert not (tmp_path / "out.jsonl").exists()


def test_a_line_that_is_no_json_is_named(tmp_path: Path):
    source = tmp_path / "in.jsonl"
    source.write_bytes(orjson.dumps(ROW) + b'\n{"prompt": "\\ud800"}\n')
    with pytest.raises(OrderError, match="line 2 is not JSON"):
        curate_file(str(source), tmp_path / "out.jsonl", CurationTerms(), None)


def test_an_unknown_form_of_target_is_refused(tmp_path: Path):
    with pytest.raises(OrderError, match=r"name a \.jsonl or \.parquet file"):
        curate_file(write(tmp_path / "in.jsonl", ROW), tmp_path / "out.csv", CurationTerms(), None)


def test_benchmarks_are_read_from_prompt_or_question(tmp_path: Path):
    turns = [{"role": "user", "content": "Why?"}]
    path = write(tmp_path / "b.jsonl", {"prompt": turns}, {"question": "How?"}, {"prompt": "Who?"})
    assert read_benchmarks([path]) == {path: ["Why?", "How?", "Who?"]}
    path = write(tmp_path / "b.jsonl", {"text": "Why?"})
    with pytest.raises(OrderError, match="row 1 has no text in 'prompt' or 'question'"):
        read_benchmarks([path])
