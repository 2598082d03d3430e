"""`ingot calibrate`: in this process but for what only a process shows."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import orjson
import pytest
from labelled_files import Row, facts_of, make_rows, raise_from, run_command

from ingot.errors import OrderError, StorageError
from judging.guarantee.threshold import Certificate
from services.cli.rows import write_rows

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")


def calibrate(rows: list[Row], *options: str, name: str = "in.jsonl") -> Any:
    write_rows(name, rows)
    return run_command("calibrate", name, *options)


@pytest.mark.parametrize("name", ["in.jsonl", "in.parquet"])
def test_several_judges_are_one_probability_with_a_certificate(name: str) -> None:
    done = calibrate(make_rows(), name=name)
    facts = facts_of(done)
    assert (facts["items"], facts["labels"]) == (300, 120)
    assert facts["coverage"] > 0.5
    assert facts["thresholds"] == {"": facts["threshold"]}
    assert facts["comparison"]["labels"] == 120
    assert "300 items, 120 labelled, 2 judges: judge0_p_a, judge1_p_a" in done.stdout
    assert "the best single judge (judge" in done.stdout


def test_the_combination_is_better_calibrated_than_a_judge_that_is_too_sure() -> None:
    done = calibrate(make_rows(n=600, labelled=300, skill=0.5))
    facts = facts_of(done)
    assert 0 < facts["ece"] < facts["ece_best_single"] < 1
    assert 0 < facts["brier"] < facts["brier_best_single"] < 1
    assert f"{facts['ece']:.3f}" in done.stdout
    assert f"{facts['brier_best_single']:.3f}" in done.stdout


def test_the_errors_of_one_judge_are_those_of_its_own_probabilities() -> None:
    rows = [{"p_a": 0.9, "label": "A" if i % 2 else "B"} for i in range(40)]
    facts = facts_of(calibrate(rows))
    assert facts["ece_best_single"] == pytest.approx(0.4)
    assert facts["brier_best_single"] == pytest.approx((0.01 + 0.81) / 2)


def test_a_verdict_and_p_are_enough() -> None:
    rows = [
        {"verdict": "A" if row["judge0_p_a"] > 0.5 else "B", "label": row["label"]}
        | {"p": max(row["judge0_p_a"], 1 - row["judge0_p_a"])}
        for row in make_rows(skill=2.0)
    ]
    done = calibrate(rows)
    assert facts_of(done)["coverage"] > 0.5
    assert "1 judge: judge" in done.stdout
    assert "single judge (" not in done.stdout


def test_single_answers_are_calibrated_too() -> None:
    words = {"A": "right", "B": "wrong", None: ""}
    rows = [
        {"p_right": row["judge0_p_a"], "label": words[row["label"]]} for row in make_rows(skill=2.0)
    ]
    assert facts_of(calibrate(rows))["coverage"] > 0.5


def test_without_labels_it_says_how_many_are_needed() -> None:
    facts = facts_of(calibrate(make_rows(labelled=0)))
    assert (facts["labels"], facts["coverage"], facts["threshold"]) == (0, 0, None)
    assert facts["labels_needed"] == 22  # ln .1 / ln .9
    assert facts["comparison"] is facts["ece"] is facts["brier"] is None


def test_judges_that_guess_are_told_so() -> None:
    done = calibrate(make_rows(skill=0.0))
    assert facts_of(done)["coverage"] == 0
    assert "none" in done.stdout


def test_a_plan_says_what_other_numbers_of_labels_would_buy() -> None:
    done = calibrate(make_rows(), "--plan")
    plan = facts_of(done)["plan"]
    assert [purchase["labels"] for purchase in plan] == [22, 25, 50, 100, 150, 200, 300]
    assert all(0 <= purchase["human_share"] <= 1 for purchase in plan)
    assert done.stdout.count("least work for people") == 1
    few = calibrate(make_rows(n=10, labelled=5), "--plan")
    assert facts_of(few)["plan"] == []
    assert "10 items are too few for this promise: label them all" in few.stdout


def test_the_certificate_is_written_and_can_be_read_back() -> None:
    facts = facts_of(calibrate(make_rows(), "--out", "new folder/cert.json"))
    written = orjson.loads(Path("new folder/cert.json").read_bytes())
    certificate = Certificate.model_validate(written.pop("certificates")[""])
    assert written == facts
    assert certificate.threshold == facts["threshold"]
    assert certificate.path


@pytest.mark.parametrize("labelled", [0, 120])
def test_the_drawing_is_a_file_of_its_own(labelled: int) -> None:
    facts_of(calibrate(make_rows(labelled=labelled), "--plot", "new folder/curve.svg"))
    drawing = ET.parse("new folder/curve.svg").getroot()
    assert drawing.tag == f"{SVG}svg"
    assert ".judge {" in (drawing[0].text or "")
    assert f"{labelled} labelled pairs" in drawing.attrib["aria-label"]
    assert bool(list(drawing.iter(f"{SVG}circle"))) is (labelled > 0)


HOSTILE = ["[red]law[/red]", "[/red]", "\x1b[2J\x1b]0;title\x07", ""]


def test_domains_have_promises_of_their_own_and_cannot_steer_the_terminal() -> None:
    rows = make_rows(n=400, labelled=400, skill=2.0)
    for place, row in enumerate(rows):
        row["domain"] = HOSTILE[place % 4]
    done = calibrate(rows, "--by-domain", "--out", "c.json", "--plot", "p.svg")
    facts = facts_of(done)
    assert set(facts["thresholds"]) == set(HOSTILE)
    assert facts["threshold"] is facts["labels_needed"] is None  # not that of the nameless domain
    table = done.stdout
    assert all(shown in table for shown in ("[red]law[/red]", "│ [/red] ", "no domain"))
    assert "\x1b" not in table
    ET.parse("p.svg")


def test_names_of_columns_cannot_steer_the_terminal() -> None:
    names = {"judge0_p_a": "[/red]\x1b[2J_p_a", "judge1_p_a": "[bold]x_p_a"}
    rows = [{names.get(name, name): value for name, value in r.items()} for r in make_rows()]
    done = calibrate(rows)
    facts_of(done)
    assert "[/red]\N{REPLACEMENT CHARACTER}[2J_p_a, [bold]x_p_a" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_promise_about_the_population_is_told_from_one_about_the_batch() -> None:
    assert facts_of(calibrate(make_rows(), "--out", "b.json"))
    assert facts_of(calibrate(make_rows(), "--population", "--out", "p.json"))
    promises = [
        orjson.loads(Path(name).read_bytes())["certificates"][""]["promise"]
        for name in ("b.json", "p.json")
    ]
    assert promises == ["batch", "population"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--target", "1"), r"--target is 1\.0: give a number from 0\.5 to below 1"),
        (("--target", "0.49"), "--target is 0.49"),
        (("--target", "nan"), "--target is nan"),
        (("--confidence", "1.5"), "--confidence is 1.5"),
        (("--by-domain",), "--by-domain needs a column 'domain', or --domain-column"),
        (("--signal", "none"), "--signal: column 'none' is not there"),
        (("--out", "c.txt"), "cannot write c.txt: name a .json file"),
        (("--plot", "p.png"), "cannot write p.png: name a .svg file"),
        (("--out", "folder.json"), "cannot write folder.json: it is a folder"),
    ],
)
def test_what_cannot_be_done_is_said(options: tuple[str, ...], message: str) -> None:
    Path("folder.json").mkdir()
    with pytest.raises(OrderError, match=message):
        raise_from(calibrate(make_rows(n=30), *options))


@pytest.mark.parametrize("option", ["--out file/x.json", "--plot file/x.svg"])
def test_a_folder_that_cannot_be_made_is_a_storage_error(option: str) -> None:
    Path("file").write_text("")
    done = calibrate(make_rows(n=30), *option.split())
    with pytest.raises(StorageError, match="cannot write file/x"):
        raise_from(done)


def test_as_a_person_runs_it(ingot: Callable[..., CompletedProcess[str]]) -> None:
    write_rows("in.jsonl", make_rows())
    done = ingot("calibrate", "in.jsonl", "--target", "0.85", "--label-column", "label")
    assert (done.returncode, done.stderr) == (0, "")
    assert orjson.loads(done.stdout.splitlines()[-1])["target"] == 0.85
    write_rows("in.jsonl", [*make_rows(), {"judge0_p_a": 0.5, "label": "[/x]"}])
    done = ingot("calibrate", "in.jsonl")
    assert done.returncode == 2
    assert done.stderr.startswith("error: row 301: label is '[/x]': use A, B or tie")
    assert len(done.stderr.splitlines()) == 1
