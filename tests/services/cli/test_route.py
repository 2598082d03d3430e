"""`ingot route`: in this process but for what only a process shows."""

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import orjson
import pytest
from labelled_files import Row, facts_of, make_rows, raise_from, run_command

from ingot.errors import OrderError, StorageError
from services.cli.route import ADDED
from services.cli.rows import read_frame, write_rows


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")


def route(rows: list[Row], *options: str, out: str = "out.jsonl") -> Any:
    write_rows("in.jsonl", rows)
    return run_command("route", "in.jsonl", out, *options)


def routed(rows: list[Row], *options: str, out: str = "out.jsonl") -> list[Row]:
    facts_of(route(rows, *options, out=out))
    return read_frame(out)


@pytest.mark.parametrize("out", ["out.jsonl", "new folder/out.parquet"])
def test_every_row_comes_back_with_where_it_goes(out: str) -> None:
    rows = make_rows(n=600, labelled=300, skill=0.7)
    facts = facts_of(route(rows, out=out))
    written = read_frame(out)
    assert [{name: row[name] for name in rows[0]} for row in written] == rows
    assert all(set(ADDED) <= set(row) for row in written)
    assert facts["routes"] == Counter(row["route"] for row in written)
    assert facts["reasons"] == Counter(row["reason"] for row in written)
    assert facts["out"] == out
    assert set(facts["routes"]) == {"auto", "audit", "person", "labelled"}


def test_the_threshold_parts_judges_from_people() -> None:
    facts = facts_of(route(make_rows(n=600, labelled=300, skill=0.7)))
    for row in read_frame("out.jsonl"):
        above = row["confidence"] >= facts["thresholds"][""] - 1e-6
        if row["route"] != "labelled":
            assert (row["route"] != "person") == above
            assert row["reason"] == ("above_threshold" if above else "below_threshold")


def test_people_decide_what_they_labelled_and_judges_what_they_are_sure_of() -> None:
    rows = make_rows(skill=2.0)
    rows[0] |= {"label": "tie"}
    rows[1] |= {"judge0_p_a": 1.0, "judge1_p_a": 1.0, "label": "B"}
    written = routed(rows)
    assert [row["decision"] for row in written[:2]] == ["tie", "B"]
    for row in written[120:]:
        mean = (row["judge0_p_a"] + row["judge1_p_a"]) / 2
        if row["route"] == "person":
            assert row["decision"] is None
        elif abs(mean - 0.5) > 0.45:
            assert row["decision"] == ("A" if mean > 0.5 else "B")


def test_people_see_the_least_sure_first_and_the_audit_last() -> None:
    written = routed(make_rows(n=600, labelled=300, skill=0.7), "--audit-share", "0.2")
    asked = sorted((row for row in written if row["priority"]), key=lambda row: row["priority"])
    assert [row["priority"] for row in asked] == list(range(1, len(asked) + 1))
    assert {row["route"] for row in asked} == {"person", "audit"}
    order = [(row["route"] == "audit", row["confidence"]) for row in asked]
    assert order == sorted(order)


def test_the_audit_is_a_seeded_share_of_what_judges_decide() -> None:
    rows = make_rows(n=1000, skill=2.0)
    assert "audit" not in Counter(row["route"] for row in routed(rows, "--audit-share", "0"))
    assert "auto" not in Counter(row["route"] for row in routed(rows, "--audit-share", "1"))
    audits = [
        [
            r["id"]
            for r in routed(rows, "--audit-share", "0.1", "--seed", seed)
            if r["route"] == "audit"
        ]
        for seed in ("1", "1", "2")
    ]
    assert audits[0] == audits[1] != audits[2]
    assert 50 < len(audits[0]) < 130  # 10 % of 880, five standard errors


def test_what_nobody_judged_is_for_people() -> None:
    silent = {"judge0_p_a": None, "judge1_p_a": None}
    rows = [row | (silent if row["id"] >= 280 else {}) for row in make_rows(skill=2.0)]
    written = routed(rows, "--target", "0.6")
    assert {(r["route"], r["reason"], r["decision"]) for r in written[280:]} == {
        ("person", "not_judged", None)
    }


def test_without_a_certificate_people_decide_everything() -> None:
    written = routed(make_rows(labelled=0))
    assert {(row["route"], row["reason"]) for row in written} == {("person", "no_certificate")}


def test_a_budget_buys_the_least_sure_and_spares_the_rest() -> None:
    written = routed(make_rows(), "--budget", "30")
    counts = Counter((row["route"], row["reason"]) for row in written)
    assert counts == {("labelled",) * 2: 120, ("person", "budget"): 30, ("auto", "spared"): 150}
    bought = [row["confidence"] for row in written if row["reason"] == "budget"]
    assert max(bought) <= min(row["confidence"] for row in written if row["reason"] == "spared")
    assert all(row["decision"] in ("A", "B") for row in written if row["route"] == "auto")


def test_a_budget_never_lets_a_row_pass_that_nobody_judged() -> None:
    silent = {"judge0_p_a": None, "judge1_p_a": None}
    rows = [row | (silent if row["id"] >= 280 else {}) for row in make_rows()]
    written = routed(rows, "--budget", "5")
    assert {(r["reason"], r["decision"]) for r in written[280:]} == {("not_judged", None)}
    assert Counter(row["reason"] for row in written)["budget"] == 5


def test_a_promise_for_each_domain() -> None:
    rows = make_rows(n=400, labelled=400, skill=2.0)
    for row in rows:
        row["domain"] = ("[red]good[/red]", "bad")[row["id"] % 2]
        if row["id"] % 2:
            row["label"] = "AB"[row["id"] // 2 % 2]
        if row["id"] >= 200:
            row["label"] = None
    done = route(rows, "--by-domain", "--audit-share", "0")
    facts = facts_of(done)
    assert facts["thresholds"]["bad"] is None
    reasons = {row["reason"] for row in read_frame("out.jsonl") if row["domain"] == "bad"}
    assert reasons == {"labelled", "no_certificate"}
    assert facts["routes"]["auto"] > 50


def test_single_answers_are_right_or_wrong() -> None:
    words = {"A": "right", "B": "wrong", None: None}
    rows = [
        {"mine": row["judge0_p_a"], "label": words[row["label"]]} for row in make_rows(skill=2.0)
    ]
    written = routed(rows, "--signal", "mine")
    assert {row["decision"] for row in written} <= {"right", "wrong", None}
    assert {row["decision"] for row in written if row["route"] == "auto"} == {"right", "wrong"}


def test_the_drawing_holds_every_item() -> None:
    facts_of(route(make_rows(), "--plot", "new folder/sure.svg"))
    drawing = ET.parse("new folder/sure.svg").getroot()
    assert "confidence: 300 items" in "".join(drawing.itertext())


@pytest.mark.parametrize(
    ("options", "out", "message"),
    [
        (("--audit-share", "1.5"), "out.jsonl", r"--audit-share is 1\.5: give a share from 0 to 1"),
        (("--target", "0.2"), "out.jsonl", "--target is 0.2"),
        (("--plot", "p.png"), "out.jsonl", "cannot write p.png: name a .svg file"),
        ((), "out.csv", "cannot write out.csv: name a .jsonl or .parquet file"),
        ((), "in.jsonl", "in.jsonl would be written over: name another file"),
        ((), "folder.jsonl", "cannot write folder.jsonl: it is a folder"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    options: tuple[str, ...], out: str, message: str
) -> None:
    Path("folder.jsonl").mkdir()
    with pytest.raises(OrderError, match=message):
        raise_from(route(make_rows(n=30), *options, out=out))
    assert sorted(path.name for path in Path().iterdir()) == ["folder.jsonl", "in.jsonl"]


@pytest.mark.parametrize("name", ADDED)
def test_a_column_of_the_callers_is_never_written_over(name: str) -> None:
    rows = make_rows(n=30)
    rows[20][name] = "mine"  # the first row has none
    with pytest.raises(OrderError, match=f"has a column '{name}' already: rename it"):
        raise_from(route(rows))
    assert not Path("out.jsonl").exists()


def test_a_folder_that_cannot_be_made_is_a_storage_error() -> None:
    Path("file").write_text("")
    with pytest.raises(StorageError, match=r"cannot write file/out\.jsonl"):
        raise_from(route(make_rows(n=30), out="file/out.jsonl"))


def test_as_a_person_runs_it(ingot: Callable[..., CompletedProcess[str]]) -> None:
    write_rows("in.jsonl", make_rows())
    done = ingot("route", "in.jsonl", "out.parquet", "--confidence", "0.8")
    assert (done.returncode, done.stderr) == (0, "")
    assert orjson.loads(done.stdout.splitlines()[-1])["items"] == 300
    done = ingot("route", "out.parquet", "again.parquet")
    assert done.returncode == 2
    assert "error: out.parquet has a column 'route' already: rename it" in done.stderr
