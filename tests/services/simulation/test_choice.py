"""What simulated reviewers say: right as often as told, and always in the same places."""

from pathlib import Path
from statistics import NormalDist, mean, median
from typing import Any

import orjson
import pytest

from ingot.orders import SimulatedHabits, parse_order
from services.simulation import Truth, truth_of
from services.simulation.choice import Seen, active_ms, choose
from services.simulation.truth import domain_of

MIRRORED = {"A": "B", "B": "A", "tie": "tie"}
MANY = 2000


def seen(number: int, *, a: str = "right", b: str = "wrong") -> Seen:
    return Seen(f"question {number}", a, b)


def say(task: Seen, seed: int = 1, domain: str = "", **habits: Any) -> str:
    return choose(task, knowing, SimulatedHabits.model_validate(habits), domain, seed)


def knowing(prompt: str, completion: str) -> bool:
    return completion.startswith("right")


def close(share: float, expected: float) -> bool:
    """Within four standard errors."""
    return abs(share - expected) <= 4 * (expected * (1 - expected) / MANY) ** 0.5


def test_a_perfect_reviewer_is_always_right() -> None:
    for number in range(200):
        assert say(seen(number), accuracy=1) == "A"
        assert say(seen(number, a="wrong", b="right"), accuracy=1) == "B"
        assert say(seen(number, b="right too"), accuracy=1) == "tie"
        assert say(seen(number, a="no", b="wrong"), accuracy=1) == "tie"


def test_a_reviewer_of_no_accuracy_is_never_right() -> None:
    assert {say(seen(number), accuracy=0) for number in range(400)} == {"B", "tie"}
    assert {say(seen(number, b="right too"), accuracy=0) for number in range(400)} == {"A"}


@pytest.mark.parametrize("accuracy", [0.6, 0.9, 0.97])
def test_it_errs_at_the_set_rate(accuracy: float) -> None:
    assert close(mean(say(seen(n), accuracy=accuracy) == "A" for n in range(MANY)), accuracy)


def test_it_errs_at_the_rate_of_the_domain() -> None:
    habits = {"accuracy": 0.9, "accuracy_by_domain": {"weekday": 0.5}}
    for domain, accuracy in (("weekday", 0.5), ("add", 0.9), ("", 0.9)):
        right = mean(say(seen(n), domain=domain, **habits) == "A" for n in range(MANY))
        assert close(right, accuracy)


def test_where_it_errs_is_the_same_in_every_run_and_not_where_another_does() -> None:
    said = [say(seen(number), accuracy=0.7) for number in range(200)]
    assert [say(seen(number), accuracy=0.7) for number in range(200)] == said
    assert [say(seen(number), seed=2, accuracy=0.7) for number in range(200)] != said


@pytest.mark.parametrize("habits", [{}, {"tie_aversion": 0.5}, {"length_bias": 0.5}])
def test_the_sides_on_the_screen_change_nothing(habits: dict[str, float]) -> None:
    for number in range(200):
        for a, b in (("right", "wrong"), ("right", "right too"), ("no", "wrong")):
            said = say(seen(number, a=a, b=b), accuracy=0.5, **habits)
            assert say(seen(number, a=b, b=a), accuracy=0.5, **habits) == MIRRORED[said]


@pytest.mark.parametrize(("bias", "side"), [(0.3, "A"), (-0.3, "B")])
def test_a_habit_of_one_side_shows_on_both_screens(bias: float, side: str) -> None:
    tie = {"a": "right", "b": "right"}
    taken = mean(say(seen(n, **tie), accuracy=1, left_bias=bias) == side for n in range(MANY))
    assert close(taken, 0.3)


def test_the_longer_answer_is_taken_without_looking() -> None:
    longer = {"a": "wrong and long", "b": "right"}
    taken = mean(say(seen(n, **longer), accuracy=1, length_bias=0.2) == "A" for n in range(MANY))
    assert close(taken, 0.2)
    same = {"a": "right", "b": "wrong"}
    assert {say(seen(n, **same), accuracy=1, length_bias=1) for n in range(50)} == {"A"}


def test_who_dislikes_ties_names_either_side() -> None:
    tie = {"a": "right", "b": "right too"}
    said = [say(seen(n, **tie), accuracy=1, tie_aversion=0.4) for n in range(MANY)]
    assert close(said.count("tie") / MANY, 0.6)
    assert close(said.count("A") / MANY, 0.2)


def test_times_lie_around_their_median() -> None:
    habits = SimulatedHabits(seconds=20, spread=0.5)
    times = [active_ms(seen(number), habits, 1) for number in range(MANY)]
    assert median(times) == pytest.approx(20_000, rel=0.1)
    above = 20_000 * 2.718281828**0.5  # one standard deviation
    assert close(mean(time > above for time in times), 1 - NormalDist().cdf(1))
    assert {active_ms(seen(number), SimulatedHabits(), 1) for number in range(9)} == {1000}
    longest = SimulatedHabits(seconds=3600, spread=3)
    assert max(active_ms(seen(number), longest, 1) for number in range(MANY)) == 86_400_000


def test_it_solves_what_the_embedded_model_asks() -> None:
    source = {"recipe": "write_instructions"}
    truth = truth_of(parse_order({"name": "n", "quantity": 1, "source": source}))
    assert truth("What is 12 + 30?", "The answer is 42.")
    assert not truth("What is 12 + 30?", "The answer is 43.")
    assert not truth("What is the meaning of life?", "42")


def test_it_knows_the_family_of_what_it_can_solve() -> None:
    assert domain_of("What is 12 + 30?") == "add"
    assert domain_of("What is the meaning of life?") == ""


def test_it_reads_the_labs_own_column(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    row = {"q": "how?", "one": "so", "two": "or so", "one_ok": False, "two_ok": True}
    path.write_bytes(orjson.dumps(row))
    columns = {"prompt": "q", "completions": ["one", "two"], "correct": ["one_ok", "two_ok"]}
    source = {"recipe": "completions", "path": str(path), "columns": columns}
    truth: Truth = truth_of(parse_order({"name": "n", "quantity": 1, "source": source}))
    assert truth("how?", "or so")
    assert not truth("how?", "so")
    assert not truth("who?", "or so")
