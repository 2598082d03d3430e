import numpy as np
import pytest

from judging.people.answers import Answers, collect
from judging.people.posterior import estimate
from judging.people.survey import survey

POOL = [0.9] * 6


def look(answers, gold=None, seconds=None):
    gold = np.full(answers.shape[0], -1) if gold is None else gold
    seconds = np.full(len(answers.items), np.nan) if seconds is None else seconds
    return survey(answers, estimate(answers, gold=gold), gold=gold, seconds=seconds)


def suspicions(found):
    return {person.name: person.suspicion for person in found.people if person.suspicion}


def test_honest_people_are_not_suspected(simulate):
    answers, truth = simulate([0.95, 0.9, 0.85, 0.8, 0.75], items=300)
    found = look(answers, gold=np.where(np.arange(300) < 100, truth, -1))
    assert suspicions(found) == {}
    assert found.items == found.items_with_overlap == 300
    assert (found.answers, found.overlap) == (900, 3.0)
    assert sum(person.gold for person in found.people) == 300


def test_a_guesser_is_found(simulate):
    answers, _ = simulate([*POOL, 0.5], items=400)
    assert suspicions(look(answers)) == {"w06": ("guesses",)}


def test_one_who_always_says_the_same_is_found(simulate):
    answers, _ = simulate(POOL, items=400)
    stuck = np.where(answers.workers == 2, 1, answers.labels)
    names = answers.item_names, answers.worker_names, answers.label_names
    found = suspicions(look(Answers(answers.items, answers.workers, stuck, *names)))
    assert "one label" in found.pop("w02")
    assert found == {}


def test_one_who_fails_gold_is_found(simulate):
    answers, truth = simulate([*POOL, 0.45], items=300, per_item=1)
    assert suspicions(look(answers, gold=truth)) == {"w06": ("fails gold",)}


def test_one_who_is_too_fast_is_found(simulate):
    answers, _ = simulate(POOL)
    seconds = np.where(answers.workers == 1, 2.0, 30.0)
    found = look(answers, seconds=seconds)
    assert suspicions(found) == {"w01": ("fast",)}
    assert {p.seconds for p in found.people} == {2.0, 30.0}


def test_nine_answers_are_too_few_for_a_suspicion():
    rows = [(f"q{n}", "ada", "a") for n in range(9)]
    rows += [(f"q{n}", f"w{k}", "b") for n in range(9) for k in range(4)]
    assert "ada" not in suspicions(look(collect(rows)))


def test_a_person_stands_with_all_figures(simulate):
    answers, truth = simulate([0.9, 0.8, 0.7], items=500)
    found = look(answers, gold=np.where(np.arange(500) < 50, truth, -1))
    best = next(person for person in found.people if person.name == "w00")
    assert best.answers == 500
    assert best.accuracy == pytest.approx(0.9, abs=0.04)
    assert best.accuracy_interval.low < best.accuracy < best.accuracy_interval.high
    assert best.gold == 50
    assert best.gold_right / best.gold == pytest.approx(0.9, abs=0.12)
