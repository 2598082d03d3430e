import json
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq
import pytest

from generation.verifiable.corpus import write_corpus, write_held_out
from generation.verifiable.families import FAMILIES
from generation.verifiable.held_out import is_held_out
from generation.verifiable.lessons import LABELS, VERDICT_PREFIX
from generation.verifiable.solve import solve
from generation.verifiable.task import draw_task, final_answer


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "corpus.parquet"
    write_corpus(path, seed=3, scale=0.02)
    return path


@pytest.fixture(scope="module")
def rows(corpus: Path) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = pq.read_table(corpus).to_pylist()
    return read


def test_no_held_out_task_is_ever_taught(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        prompt, reply = (message["content"] for message in row["messages"])
        question = prompt.partition("Question: ")[2].partition("\nAnswer A:")[0]
        text = {"answer": prompt, "write_instruction": reply, "judge": question}[row["kind"]]
        solved = solve(text)
        assert solved is not None, text
        assert not is_held_out(solved)


def test_about_a_tenth_is_held_out() -> None:
    rng = Random(1)
    drawn = [draw_task(family, rng) for family in list(FAMILIES.values()) * 300]
    share = sum(is_held_out(task) for task in drawn) / len(drawn)
    assert 0.08 < share < 0.13  # 26/256 = .10; three standard errors, families with few tasks


def test_the_same_seed_writes_the_same_corpus(corpus: Path, tmp_path: Path) -> None:
    write_corpus(tmp_path / "again.parquet", seed=3, scale=0.02)
    assert pq.read_table(tmp_path / "again.parquet").equals(pq.read_table(corpus))


def test_clean_answers_are_right_and_flawed_ones_sometimes_not(rows: list[dict[str, Any]]) -> None:
    shares = {stage: _share_right(rows, stage) for stage in ("clean", "generator", "judge")}
    assert shares["clean"] == shares["judge"] == 1
    assert 0.4 < shares["generator"] < 0.8


def _share_right(rows: list[dict[str, Any]], stage: str) -> float:
    answers = [row for row in rows if row["kind"] == "answer" and row["stage"] == stage]
    right = 0
    for row in answers:
        prompt, reply = (message["content"] for message in row["messages"])
        solved = solve(prompt)
        right += solved is not None and final_answer(reply) == solved.answer
    return right / len(answers)


def test_verdicts_name_the_right_side_and_both_sides_win(rows: list[dict[str, Any]]) -> None:
    verdicts = []
    for row in (row for row in rows if row["kind"] == "judge"):
        own, a, b = (row["messages"][1]["content"].split("\n")[i][p:] for i, p in _FINALS)
        assert row["messages"][1]["content"].endswith(f"\n{VERDICT_PREFIX}{row['focus']}")
        if (own == a) != (own == b):
            assert row["focus"] == ("A" if own == a else "B")
        verdicts.append(row["focus"])
    assert 0.45 < verdicts.count("A") / len(verdicts) < 0.55
    assert set(verdicts) == set(LABELS)


_FINALS = ((-4, 5), (-3, 2), (-2, 2))  # line from the end, length of "#### ", "A ", "B "


def test_the_protocol_rides_in_the_metadata(corpus: Path) -> None:
    protocol = json.loads(pq.read_schema(corpus).metadata[b"judge_protocol"])
    assert protocol["verdict_prefix"] == VERDICT_PREFIX
    assert all(slot in protocol["prompt"] for slot in ("{prompt}", "{a}", "{b}"))


def test_evaluation_prompts_are_held_out_and_balanced(tmp_path: Path) -> None:
    path = tmp_path / "held_out.jsonl"
    assert write_held_out(path, seed=0, per_family=5) == 60
    for line in path.read_text().splitlines():
        item = json.loads(line)
        solved = solve(item["prompt"])
        assert solved is not None
        assert is_held_out(solved)
        assert (solved.family, solved.answer) == (item["family"], item["reference"])
