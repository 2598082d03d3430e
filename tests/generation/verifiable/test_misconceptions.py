from collections import Counter
from random import Random

import pytest

from generation.verifiable.families import FAMILIES
from generation.verifiable.misconceptions import RATES, answer_wrongly, respond_wrongly, slip
from generation.verifiable.task import draw_task, final_answer


@pytest.mark.parametrize("family", FAMILIES)
def test_wrong_responses_are_wrong(family: str) -> None:
    rng = Random(5)
    for _ in range(400):
        task = draw_task(FAMILIES[family], rng)
        assert final_answer(respond_wrongly(task, rng)) != task.worked.answer
        assert answer_wrongly(task, rng) != task.worked.answer


def test_wrong_responses_of_a_family_differ() -> None:
    rng = Random(6)
    task = draw_task(FAMILIES["weekday"], rng)
    assert len(Counter(respond_wrongly(task, rng) for _ in range(100))) > 2


def test_every_family_has_a_rate() -> None:
    assert RATES.keys() == FAMILIES.keys()


@pytest.mark.parametrize("answer", ["7", "Monday", "cat, dog", "red", "12, 40, 7", "09:30"])
def test_a_slip_changes_the_answer(answer: str) -> None:
    rng = Random(7)
    assert all(slip(answer, rng) != answer for _ in range(50))
