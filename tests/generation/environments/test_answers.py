import pytest

from generation.environments.answers import is_same, read_answer


@pytest.mark.parametrize(
    ("final", "answer"),
    [
        ("It took a while.\nAnswer: 42", "42"),
        ("Answer: 41\nNo, wait.\nAnswer: 42.", "42"),
        ("**Answer:** `$4.50`", "$4.50"),
        ("ANSWER :\n\n  the lamp \nThank you.", "the lamp"),
        ("Let me see.\n42\n", "42"),
        ("Answer:", ""),
        ("", ""),
    ],
)
def test_the_answer_is_the_line_after_the_last_marker(final: str, answer: str) -> None:
    assert read_answer(final) == answer


@pytest.mark.parametrize(
    ("given", "expected"),
    [("42.0", "42"), ("$1,250.50", "1250.5"), ("Red  Lamp", "red lamp"), ("-3", "-3.00")],
)
def test_equal_values_are_the_same(given: str, expected: str) -> None:
    assert is_same(given, expected)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("42", "43"), ("4.2", "42"), ("12,50", "1250"), ("41 or 42", "42"), ("", "0"), ("-3", "3")],
)
def test_other_values_are_not(given: str, expected: str) -> None:
    assert not is_same(given, expected)
