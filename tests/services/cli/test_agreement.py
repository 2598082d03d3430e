"""`ingot agreement`: any table of answers in, figures and labels out.

The command itself runs once; the rest is called in this process, which is quicker.
"""

import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import orjson
import polars as pl
import pytest
from rich.console import Console

from ingot.errors import OrderError
from services.cli.agreement import Method, Options, show_agreement

Ingot = Callable[..., CompletedProcess[str]]
Row = dict[str, Any]


@pytest.fixture
def crowd() -> list[Row]:
    """Five good people and one who guesses, 300 items, three answers each; numbers as labels."""
    rng = np.random.default_rng(0)
    rows = []
    for item in range(300):
        truth = int(rng.integers(2))
        for person in rng.choice(6, size=3, replace=False):
            right = rng.random() < (0.5 if person == 5 else 0.92)
            row = {"task_id": item, "annotator": f"p{person}", "answer": truth ^ (not right)}
            rows.append(row | ({"gold": truth} if item < 20 else {}))
    return rows


def write(path: Path, rows: list[Row]) -> str:
    if path.suffix == ".parquet":
        pl.DataFrame(rows, infer_schema_length=None).write_parquet(path)
    else:
        path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return str(path)


def figures(output: str) -> Row:
    found: Row = json.loads(output.strip().splitlines()[-1])
    return found


def show(source: str, **options: Any) -> str:
    console = Console(file=io.StringIO(), width=120)
    show_agreement(console, Path(source), Options(**options))
    shown: str = console.file.getvalue()  # type: ignore[attr-defined]
    return shown


def test_the_command_takes_all_its_options(ingot: Ingot, tmp_path: Path, crowd: list[Row]) -> None:
    source = write(tmp_path / "answers.jsonl", crowd)
    files = ["--labels", "labels.jsonl", "--plot", "people.svg", "--bad-rows", "bad.jsonl"]
    columns = ["--item-column", "task_id", "--worker-column", "annotator", "--gold-column", "gold"]
    more = ["--label-column", "answer", "--scale", "ordinal", "--method", "mace", "--seed", "3"]
    done = ingot("agreement", source, *files, *columns, *more)
    assert (done.returncode, done.stderr) == (0, "")
    assert figures(done.stdout)["scale"] == "ordinal"
    assert len((tmp_path / "labels.jsonl").read_bytes().splitlines()) == 300
    assert (tmp_path / "people.svg").exists()


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_figures_of_a_crowd(tmp_path: Path, crowd: list[Row], suffix: str) -> None:
    output = show(write(tmp_path / f"answers{suffix}", crowd))
    found = figures(output)
    assert (found["items"], found["answers"], found["labels"]) == (300, 900, ["0", "1"])
    assert 0 < found["alpha_interval"][0] < found["alpha"] < found["alpha_interval"][1] < 1
    assert found["gold_items"] == 20
    suspects = {person["name"]: person["suspicion"] for person in found["people"]}
    assert suspects.pop("p5") == ["guesses"]
    assert set(map(tuple, suspects.values())) == {()}
    assert "Krippendorff's alpha" in output


@pytest.mark.parametrize("method", ["majority", "dawid_skene", "mace"])
def test_labels_are_written_as_they_were_read(
    tmp_path: Path, crowd: list[Row], method: Method
) -> None:
    target = tmp_path / "labels.parquet"
    show(write(tmp_path / "answers.jsonl", crowd), labels=target, method=method)
    labels = pl.read_parquet(target)
    assert labels["item"].to_list() == list(range(300))
    assert set(labels["label"]) == {0, 1}
    assert labels["posterior"].min() >= 0.5
    assert labels["answers"].unique().to_list() == [3]
    assert labels["gold"].sum() == 20


def test_the_drawing_is_svg_with_everybody_in_it(tmp_path: Path, crowd: list[Row]) -> None:
    crowd[0]["annotator"] = "<script>&\x1b[31m\x00"
    target = tmp_path / "people.svg"
    show(write(tmp_path / "answers.jsonl", crowd), plot=target)
    drawing = ET.parse(target).getroot()
    titles = [title.text or "" for title in drawing.iter("{http://www.w3.org/2000/svg}title")]
    assert len(titles) == 7
    assert any(title.startswith("<script>&�[31m�: ") for title in titles)


def test_a_name_cannot_steer_the_terminal(tmp_path: Path, crowd: list[Row]) -> None:
    crowd[0] |= {"annotator": "[red]x[/red]\x1b[2J", "answer": "\x1b]0;title\x07"}
    output = show(write(tmp_path / "answers.jsonl", crowd))
    assert "[red]x[/red]�[2J" in output
    assert "\x1b" not in output
    assert "\x1b]0;title\x07" in figures(output)["labels"]


def test_bad_rows_are_named_and_nothing_is_lost(tmp_path: Path) -> None:
    good = [{"item": f"q{n}", "worker": w, "label": "a"} for n in range(3) for w in ("x", "y")]
    bad = [{"item": "q1", "worker": "z"}, {"item": "", "worker": "x", "label": "a"}]
    again = {"item": "q0", "worker": "x", "label": "b"}
    source = write(tmp_path / "answers.jsonl", [*good, *bad, again])
    output = show(source, bad_rows=tmp_path / "bad.jsonl")
    assert figures(output)["rows_left_out"] == 3
    assert "row 7 left out: no label" in output
    listed = [orjson.loads(line) for line in (tmp_path / "bad.jsonl").read_bytes().splitlines()]
    assert [(row["number"], row["reason"]) for row in listed] == [
        (1, "answered again in row 9"),
        (7, "no label"),
        (8, "no item"),
    ]
    assert listed[1]["row"] == bad[0]


def test_all_say_the_same(tmp_path: Path) -> None:
    rows = [{"item": n, "worker": w, "label": 1} for n in range(3) for w in ("x", "y")]
    source = write(tmp_path / "answers.jsonl", rows)
    found = figures(show(source, scale="interval", labels=tmp_path / "l.jsonl"))
    assert found["alpha"] is None
    assert found["pairwise_agreement"] == 1
    label = orjson.loads((tmp_path / "l.jsonl").read_bytes().splitlines()[0])
    assert label["label"] == 1
    assert 0.9 < label["posterior"] < 1


WORDS = [{"item": "q", "worker": w, "label": said} for w, said in (("x", "low"), ("y", "high"))]


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ([{"item": 1, "label": 2}], {}, "no column for the worker: name one of worker, "),
        (WORDS, {"columns": {"label": "colour"}}, "--label-column: column 'colour' is not there"),
        (WORDS, {"scale": "ordinal"}, "label 'high' is no number, so its rank is unknown"),
        (WORDS, {"scale": "interval"}, "label 'high' is no number: use the nominal scale"),
        (WORDS, {"plot": Path("people.png")}, "cannot write people.png: name a .svg file"),
        (
            WORDS,
            {"labels": Path("out.csv")},
            "cannot write out.csv: name a .jsonl or .parquet file",
        ),
        ([{"item": 1, "worker": 1, "label": [1]}], {}, "the first one: label is a list"),
        (
            [{"item": n, "worker": "x", "label": f"text {n}"} for n in range(300)],
            {},
            "column 'label' holds 300 different labels of 1 people",
        ),
    ],
)
def test_what_cannot_be_read_is_one_sentence(
    tmp_path: Path, rows: list[Row], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(OrderError, match=re.escape(message)):
        show(write(tmp_path / "answers.jsonl", rows), **options)
