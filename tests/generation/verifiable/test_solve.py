from random import Random

import pytest

from generation.verifiable.families import FAMILIES, instruction_prompt
from generation.verifiable.solve import solve
from generation.verifiable.task import Worked, draw_task, final_answer


def test_solving_inverts_drawing() -> None:
    rng = Random(11)
    for family in list(FAMILIES.values()) * 417:
        task = draw_task(family, rng)
        solved = solve(task.text)
        assert solved is not None, task.text
        assert (solved.family, solved.parameters) == (task.family, task.parameters)
        assert solved.worked == task.worked


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("What is 38 + 65?", "103"),
        ("Subtract 75 from 203.", "128"),
        ("What is 97 x 8?", "776"),
        ("Convert 3 weeks to days.", "21"),
        ("Put in descending order: 5, 40, 12", "40, 12, 5"),
        ("Turn the list round: cat, door, egg", "egg, door, cat"),
        ("Count the word cat in: cat, dog, cat", "2"),
        ("What time is it 20 minutes after 23:50?", "00:10"),
        ("What time is it 20 minutes before 00:05?", "23:45"),
        ("Which day of the week is 15 days after Sunday?", "Monday"),
        ('Read the field age from this JSON: {"age": 31, "pet": "cat"}', "31"),
        ("Which number is larger: 3.7 or 3.12?", "3.7"),
        (
            "A pen costs 2 coins and a book costs 5 coins. Ana buys 3 of each. "
            "How many coins is that?",
            "21",
        ),
    ],
)
def test_known_answers(text: str, answer: str) -> None:
    solved = solve(text)
    assert solved is not None
    assert solved.answer == answer


@pytest.mark.parametrize(
    "text",
    [
        "Write a poem about the sea.",
        "What is 5 - 9?",
        "What time is it 20 minutes after 25:50?",
        'Read the field age from this JSON: {"pet": "cat"}',
        "Read the field age from this JSON: {not json}",
        "Which number is larger: 3.5 or 3.50?",
        "",
    ],
)
def test_senseless_or_foreign_texts_have_no_solution(text: str) -> None:
    assert solve(text) is None


def test_surrounding_space_does_not_matter() -> None:
    assert solve("  What is 3 + 4?\n") == solve("What is 3 + 4?")


def test_every_family_can_be_asked_for() -> None:
    prompts = [instruction_prompt(family) for family in FAMILIES]
    assert len(set(prompts)) == len(FAMILIES) == 12


def test_unknown_family_cannot_be_asked_for() -> None:
    with pytest.raises(KeyError):
        instruction_prompt("poetry")


def test_final_answer_needs_the_mark_on_the_last_line() -> None:
    assert final_answer(Worked("Because.", "42").text) == "42"
    assert final_answer("Because.\n42") is None
    assert final_answer("#### 42\nso there") is None
