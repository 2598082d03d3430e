"""`ingot judge` on real models, in process but for what only a process shows."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import Result
from long_judge import make_long_judge
from typer.testing import CliRunner

from ingot.errors import OrderError
from services.cli import app
from services.cli.rows import read_frame, write_rows

LOCAL = ("--engine", "transformers")
Judge = Callable[..., Result]
SUMS = [
    {"prompt": f"What is {x} + {y}?", "chosen": f"#### {x + y}", "rejected": f"#### {x + y - 10}"}
    for x, y in ((18, 73), (25, 31), (44, 52))
]
RUN = [
    {"role": "user", "content": "How many people live in Bern?"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "1", "function": {"name": "search", "arguments": '{"q": "Bern"}'}}],
    },
    {"role": "tool", "content": "134,000", "tool_call_id": "1"},
    {"role": "assistant", "content": "134,000."},
]


@pytest.fixture
def judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Judge:
    """Run the command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INGOT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["judge", *arguments])

    return run


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_long_judge(tmp_path_factory.mktemp("judge") / "long")


def facts_of(done: Result) -> dict[str, Any]:
    """The machine's line."""
    line = next(each for each in done.stdout.splitlines() if each.startswith("{"))
    facts: dict[str, Any] = orjson.loads(line)
    return facts


def test_pairs_are_judged_and_nothing_is_lost(judge: Judge, tmp_path: Path) -> None:
    bad = [{"prompt": "", "chosen": "x", "rejected": "y"}, {"prompt": "2+2?", "chosen": 4}]
    write_rows("in.jsonl", [SUMS[0], *bad, *SUMS[1:]])
    done = judge("in.jsonl", "out.jsonl", "--pairwise", *LOCAL, "--plot", "p.svg")
    assert done.exit_code == 0, done.output
    rows, facts = read_frame("out.jsonl"), facts_of(done)
    assert [{name: row[name] for name in SUMS[0]} for row in rows] == SUMS
    assert all(row["verdict"] == "A" for row in rows)
    assert all(0.5 < row["p"] == row["p_a"] and row["label_mass"] > 0.9 for row in rows)
    assert [row["row"] for row in read_frame("out.jsonl.failed.jsonl")] == [2, 3]
    assert (facts["decided"], facts["bad_rows"], facts["agrees_with_chosen"]) == (3, 2, 1.0)
    assert "row 2 is left out: prompt is empty" in done.stdout
    assert (tmp_path / "p.svg").read_text().startswith("<svg")


def test_the_same_command_again_asks_nothing_and_writes_the_same(judge: Judge) -> None:
    write_rows("in.jsonl", SUMS[:1])
    command = ("in.jsonl", "out.jsonl", "--pairwise", *LOCAL)
    assert facts_of(judge(*command))["requests_asked"] == 4
    before = Path("out.jsonl").read_bytes()
    assert facts_of(judge(*command))["requests_asked"] == 0
    assert Path("out.jsonl").read_bytes() == before


KINDS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "rubric": (("--rubric", "helpsteer"), {"prompt": "2+2?", "completion": "4"}),
    "conversation": (("--rubric", "correctness"), {"messages": [RUN[0], RUN[3]]}),
    "reference": (
        ("--rubric", "reference_match", "--reference-column", "gold.answer"),
        {"prompt": "2+2?", "completion": "4", "gold": {"answer": 4}},
    ),
    "constitution": (("--constitution", "house"), {"prompt": "2+2?", "completion": "4"}),
    "listwise": (("--listwise",), {"prompt": "2+2?", "completions": ["4", "5", "6"]}),
    "steps": (("--steps", "--final", "product"), {"messages": RUN}),
    "a and b": (
        ("--pairwise", "--ties", "--averaging", "logits"),
        {"prompt": "2+2?", "a": "4", "b": "5", "reference": "4"},
    ),
    "two completions": (
        ("--pairwise", "--ask", "choice", "--samples", "2"),
        {"prompt": "2+2?", "completions": [{"text": "4"}, {"text": "5"}]},
    ),
    "implicit prompt": (("--pairwise",), {"chosen": RUN[::3], "rejected": [RUN[0], RUN[3]]}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_judges_rows_and_writes_its_columns(judge: Judge, model: str, kind: str) -> None:
    options, row = KINDS[kind]
    write_rows("in.jsonl", [row])
    done = judge(
        *("in.jsonl", "out.parquet", "--model", model, "--max-tokens", "0", *LOCAL, *options)
    )
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    (judged,) = read_frame("out.parquet")
    assert judged["failure"] == ""
    assert judged["verdict"]
    assert facts_of(done)["rows"] == 1
    expected = {
        "rubric": lambda: len(judged["criteria"]) == 6,
        "constitution": lambda: judged["criteria"][-1]["criterion"] == "overall",
        "listwise": lambda: len(judged["ranks"] or [1, 2, 3]) == 3,
        "steps": lambda: (
            [c["criterion"] for c in judged["criteria"]] == ["step:1", "step:2", "steps"]
        ),
        "two completions": lambda: judged["agreement"] in (0.5, 0.75, 1.0),
    }
    assert expected.get(kind, lambda: True)()


def test_simulated_annotators_show_labelled_examples(judge: Judge, model: str) -> None:
    shot = {"prompt": "1+1?", "a": "2", "b": "3", "label": "A", "annotator": "ada", "note": "x"}
    write_rows("shots.jsonl", [shot, shot | {"annotator": "bob"}])
    write_rows("in.jsonl", [{"prompt": "2+2?", "a": "4", "b": "5"}])
    options = ("--pairwise", "--examples", "shots.jsonl", "--model", model)
    done = judge("in.jsonl", "out.jsonl", *options, *LOCAL)
    assert "annotators-" in facts_of(done)["judge"]
    write_rows("shots.jsonl", [shot, shot | {"label": "both"}])
    with pytest.raises(OrderError, match=r"shots\.jsonl row 2: label: Input should be 'A' or 'B'"):
        raise_from(judge("in.jsonl", "out.jsonl", *options, *LOCAL))


def test_where_nothing_is_decided_the_exit_code_says_so(judge: Judge) -> None:
    write_rows("in.jsonl", [{"prompt": "2+2?", "completion": "4"}])
    done = judge("in.jsonl", "out.jsonl", "--rubric", "helpsteer", *LOCAL)
    assert done.exit_code == 1
    assert "note: embedded-judge was taught one prompt, for pairs" in done.stdout
    assert "failed 5: prompt of N tokens; the model takes N" in done.stdout
    (row,) = read_frame("out.jsonl")
    assert row["failure"].startswith("helpfulness: prompt of ")
    assert row["completion"] == "4"


def raise_from(done: Result) -> None:
    assert done.exception is not None, done.output
    raise done.exception


BAD: list[tuple[tuple[str, ...], str]] = [
    (("--engine", "transformers"), "choose one of --rubric, --constitution, .*: 0 are given"),
    (("--pairwise", "--steps"), "choose one of .*: 2 are given"),
    (("--rubric", "tone"), "unknown rubric 'tone': choose correctness, "),
    (("--rubric", "none.yaml"), r"there is no file none\.yaml"),
    (("--pairwise",), "--a-column: column 'a' is not there; the file has prompt, completion"),
    (("--listwise",), "--completions-column: column 'completions' is not there"),
    (("--steps",), "--messages-column: column 'messages' is not there"),
    (
        ("--rubric", "correctness", "--reference-column", "gold"),
        "--reference-column: column 'gold' is not there; the file has prompt, completion",
    ),
    (
        ("--rubric", "correctness", "--prompt-column", "question"),
        "--prompt-column: column 'question' is not there",
    ),
    (("--pairwise", "--ties", "--a-column", "prompt", "--b-column", "completion"), "has no tie"),
    (("--rubric", "correctness", "--engine", "magic"), "engine: Input should be 'vllm'"),
    (("--rubric", "correctness", "--engine", "openai"), "--endpoint must be an http"),
    (("--rubric", "correctness", "--endpoint", "http://x"), "goes with --engine openai"),
    (("--rubric", "correctness", "--model", "./none"), "no model at ./none"),
]


@pytest.mark.parametrize(("options", "message"), BAD)
def test_what_cannot_be_done_is_said_before_anything_is_made(
    judge: Judge, options: tuple[str, ...], message: str
) -> None:
    write_rows("in.jsonl", [{"prompt": "2+2?", "completion": "4"}])
    with pytest.raises(OrderError, match=message):
        raise_from(judge("in.jsonl", "out.jsonl", *options))
    assert [path.name for path in Path().iterdir()] == ["in.jsonl"]


@pytest.mark.parametrize(
    ("target", "row", "message"),
    [
        ("in.jsonl", {}, r"in\.jsonl would be written over"),
        ("out.csv", {}, r"name a \.jsonl or \.parquet file"),
        ("out.jsonl", {"verdict": "A"}, r"\(verdict\): name a --prefix for the judge's"),
        ("out.parquet", {"prompt": [{"role": "user", "content": "hi"}]}, "holds several types"),
    ],
)
def test_results_that_could_not_be_written_are_refused_at_once(
    judge: Judge, target: str, row: dict[str, Any], message: str
) -> None:
    write_rows("in.jsonl", [SUMS[0], SUMS[1] | row])
    with pytest.raises(OrderError, match=message):
        raise_from(judge("in.jsonl", target, "--pairwise", *LOCAL))
    assert [path.name for path in Path().iterdir()] == ["in.jsonl"]


def test_a_prefix_keeps_the_columns_of_an_earlier_judge(judge: Judge) -> None:
    write_rows("in.jsonl", [SUMS[0] | {"verdict": "mine"}])
    done = judge("in.jsonl", "out.jsonl", "--pairwise", *LOCAL, "--prefix", "judge_")
    assert done.exit_code == 0, done.output
    (row,) = read_frame("out.jsonl")
    assert (row["verdict"], row["judge_verdict"]) == ("mine", "A")


def test_where_no_row_can_be_judged_each_is_listed(judge: Judge) -> None:
    write_rows("in.jsonl", [{"prompt": 1, "chosen": "x", "rejected": "y"}])
    with pytest.raises(OrderError, match=r"no row of in\.jsonl can be judged"):
        raise_from(judge("in.jsonl", "out.jsonl", "--pairwise", *LOCAL))
    (row,) = read_frame("out.jsonl.failed.jsonl")
    assert row["reason"] == "prompt is of type int, not a text or a list of messages"


def test_ctrl_c_loses_nothing(judge: Judge, tmp_path: Path) -> None:
    many = [
        {"prompt": f"What is {x} + {y}?", "a": f"#### {x + y}", "b": "#### 7"}
        for x in range(20, 80)
        for y in range(20, 80)
    ]
    write_rows("in.jsonl", many)
    command = ("in.jsonl", "out.jsonl", "--pairwise", "--max-tokens", "0", *LOCAL)
    ingot = Path(sys.executable).parent / "ingot"
    run = subprocess.Popen(
        [ingot, "judge", *command],
        cwd=tmp_path,
        env=os.environ | {"INGOT_HOME": str(tmp_path / "home")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    journal, deadline_s = tmp_path / "out.jsonl.journal.log", time.monotonic() + 600
    while not (journal.exists() and journal.stat().st_size):
        assert time.monotonic() < deadline_s
        time.sleep(0.1)
    run.send_signal(signal.SIGINT)
    said, complaints = run.communicate(timeout=300)
    assert run.returncode == 130
    assert b"stopped; nothing is lost" in said
    assert b"Traceback" not in complaints
    write_rows("in.jsonl", many[:20])
    assert facts_of(judge(*command))["requests_asked"] == 0
