import pytest

from curation.figures import read_figures


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is 12 + 34?", "What is 12 + 35?"),
        ("What is 12 + 34?", "What is 12 - 34?"),
        ("What is 3 minus 5?", "What is 5 minus 3?"),
        ("What is -3 + 5?", "What is 3 + 5?"),
        ("Round 3.14.", "Round 3.15."),
        ("Spell 'cat' backwards.", "Spell 'dog' backwards."),
        ("Spell “cat” backwards.", "Spell “Cat” backwards."),
        ("Name three rivers.", "Name four rivers."),
        ("Which day is earlier than Monday?", "Which day is later than Monday?"),
        ("Say why it works.", "Say why it does not work."),
        ("Expand x² + 1.", "Expand x³ + 1."),
    ],
)
def test_figures_tell_questions_apart(one: str, other: str):
    assert read_figures(one) != read_figures(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is 12 + 34?", "How much is 12 + 34, please?"),
        ("Pay 1,000 euros.", "Pay 1000 euros."),
        ("Add １２ and 3.", "Add 12 and 3."),
        ("Describe the sea.", "Describe the ocean."),
        ("It's the dog's bowl.", "It is the bowl of the dog."),
    ],
)
def test_figures_pass_over_the_wording(one: str, other: str):
    assert read_figures(one) == read_figures(other)


def test_figures_stand_in_the_order_of_the_text():
    assert read_figures("Take 7 from “ten” and add -2.") == ("7", "'ten", "-", "2")
