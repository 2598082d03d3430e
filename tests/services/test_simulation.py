"""Simulated reviewers: right as often as they are told to be, and always in the same places."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from ingot.client import Client
from ingot.orders import parse_order
from services.simulation import SimulatedReviewer, Truth, truth_of

MIRRORED = {"A": "B", "B": "A", "tie": "tie"}


def task(number: int, *, a: str = "right", b: str = "wrong") -> dict[str, Any]:
    return {
        "prompt": [{"role": "user", "content": f"question {number}"}],
        "a": [{"role": "assistant", "content": a}],
        "b": [{"role": "assistant", "content": b}],
    }


def reviewer(accuracy: float, *, seed: int = 1, truth: Truth | None = None) -> SimulatedReviewer:
    known = truth or (lambda prompt, completion: completion.startswith("right"))
    return SimulatedReviewer(
        Client("http://127.0.0.1:9", "no key"), known, accuracy=accuracy, seed=seed
    )


def test_a_perfect_reviewer_is_always_right() -> None:
    perfect = reviewer(1.0)
    for number in range(200):
        assert perfect.decide(task(number)) == "A"
        assert perfect.decide(task(number, a="wrong", b="right")) == "B"
        assert perfect.decide(task(number, b="right too")) == "tie"
        assert perfect.decide(task(number, a="no", b="wrong")) == "tie"


def test_a_reviewer_of_no_accuracy_is_never_right() -> None:
    hopeless = reviewer(0.0)
    verdicts = [hopeless.decide(task(number)) for number in range(400)]
    assert set(verdicts) == {"B", "tie"}
    assert {hopeless.decide(task(number, b="right too")) for number in range(400)} == {"A"}


@pytest.mark.parametrize("accuracy", [0.6, 0.9, 0.97])
def test_it_errs_at_the_set_rate(accuracy: float) -> None:
    tasks, clumsy = 4000, reviewer(accuracy)
    share = sum(clumsy.decide(task(number)) == "A" for number in range(tasks)) / tasks
    deviation = (accuracy * (1 - accuracy) / tasks) ** 0.5
    assert abs(share - accuracy) < 4 * deviation


def test_where_it_errs_is_the_same_in_every_run_and_not_where_another_does() -> None:
    tasks = [task(number) for number in range(200)]
    first, again, another = reviewer(0.7), reviewer(0.7), reviewer(0.7, seed=2)
    verdicts = [first.decide(each) for each in tasks]
    assert [again.decide(each) for each in tasks] == verdicts
    assert [another.decide(each) for each in tasks] != verdicts


def test_the_sides_on_the_screen_change_nothing() -> None:
    clumsy = reviewer(0.5)
    for number in range(200):
        for a, b in (("right", "wrong"), ("right", "right too"), ("no", "wrong")):
            seen = clumsy.decide(task(number, a=a, b=b))
            assert clumsy.decide(task(number, a=b, b=a)) == MIRRORED[seen]


def test_it_solves_what_the_embedded_model_asks() -> None:
    source = {"recipe": "write_instructions"}
    truth = truth_of(parse_order({"name": "n", "quantity": 1, "source": source}))
    assert truth("What is 12 + 30?", "The answer is 42.")
    assert not truth("What is 12 + 30?", "The answer is 43.")
    assert not truth("What is the meaning of life?", "42")


def test_it_reads_the_labs_own_column(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    row = {"q": "how?", "one": "so", "two": "or so", "one_ok": False, "two_ok": True}
    path.write_bytes(orjson.dumps(row))
    columns = {"prompt": "q", "completions": ["one", "two"], "correct": ["one_ok", "two_ok"]}
    source = {"recipe": "completions", "path": str(path), "columns": columns}
    truth = truth_of(parse_order({"name": "n", "quantity": 1, "source": source}))
    assert truth("how?", "or so")
    assert not truth("how?", "so")
    assert not truth("who?", "or so")
