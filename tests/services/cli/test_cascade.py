from pathlib import Path

import pytest
from labelled_files import Row, facts_of, make_rows, raise_from, run_command

from ingot.errors import OrderError
from services.cli.rows import write_rows


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")


def put(rows: list[Row]) -> str:
    write_rows("in.jsonl", rows)
    return "in.jsonl"


def test_judges_are_asked_in_the_order_of_their_columns() -> None:
    rows = make_rows(n=600, labelled=300, skill=2.0)
    done = run_command("calibrate", put(rows), "--cascade", "--target", "0.8")
    facts = facts_of(done)
    names = list(facts["decided"])
    assert names == ["judge0_p_a", "judge1_p_a"]
    assert facts["decided"][names[0]] > 0
    assert facts["coverage"] == pytest.approx(sum(facts["decided"].values()) / 600, abs=1e-4)
    assert 600 <= facts["judgements"] < facts["judgements_without_cascade"] == 1200
    assert "people" in done.stdout


def test_where_nothing_is_certified_all_is_for_people() -> None:
    labels = ["A" if i % 2 else "B" for i in range(100)] + [None] * 100
    rows = [{"a_p_a": 0.9, "b_p_a": 0.8, "label": label} for label in labels]
    facts = facts_of(run_command("calibrate", put(rows), "--cascade", "--target", "0.9"))
    assert facts["coverage"] == 0
    assert set(facts["thresholds"].values()) == {None}
    assert facts["judgements"] == facts["judgements_without_cascade"]


@pytest.mark.parametrize(
    ("changed", "options", "reason"),
    [({"domain": "d"}, ["--by-domain"], "one promise"), ({"label": "tie"}, [], "no ties")],
)
def test_what_a_cascade_cannot_do_is_refused(changed: Row, options: list[str], reason: str) -> None:
    name = put([{**row, **changed} for row in make_rows()])
    with pytest.raises(OrderError, match=reason):
        raise_from(run_command("calibrate", name, "--cascade", *options))
