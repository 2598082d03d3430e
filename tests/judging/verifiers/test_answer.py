from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judging.verifiers.answer import canonical_answer, check_answer
from judging.verifiers.finals import MAX_FINAL_CHARS, extract_final


def outcome(final, reference):
    return check_answer(f"Some steps.\n#### {final}", reference).outcome


@pytest.mark.parametrize(
    ("text", "final", "mark"),
    [
        ("5 + 7 = 12\n#### 12", "12", "####"),
        ("#### 12\n\nI hope this helps!", "12", "####"),
        ("#### Step 1\nAdd.\nThe answer is 12.", "12", "stated"),
        ("so \\boxed{\\frac{1}{2}} it is", "\\frac{1}{2}", "boxed"),
        ("The answer is 7. No, the answer is 12. Done.", "12", "stated"),
        ("Steps\nA: 12", "12", "stated"),
        ("**Final answer: 12.5**", "12.5", "stated"),
        ("#### 11\n\\boxed{12}\n#### 12", "12", "####"),
    ],
)
def test_final_answer_is_found_by_its_mark(text, final, mark):
    found = extract_final(text)
    assert found is not None
    assert (found.text, found.mark) == (final, mark)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It is 12",
        "####",
        "\\boxed{}",
        "\\boxed{12",
        "#### 11\nor\n#### 12\nperhaps",
        "#### " + "9" * (MAX_FINAL_CHARS + 1),
    ],
)
def test_text_without_a_clear_final_is_unsure(text):
    assert extract_final(text) is None
    assert check_answer(text, "12").outcome == "unsure"


@pytest.mark.parametrize(
    ("final", "reference"),
    [
        ("1,000.00", "1000"),
        ("$5.", "5"),
        ("$-5", "-5"),
        ("$12$", "12"),
        ("−5", "-5"),
        ("40 %", "40"),
        ("40 percent", "40%"),
        ("1 1/2", "1.5"),
        ("7/14", "0.5"),
        ("\\frac{3}{4}", "0.75"),
        ("x = 12", "12"),
        ("12 apples", "12"),
        ("3 hours", "3 hour"),
        ("1.2e3", "1200"),
        ("0", "-0.0"),
        ("1,2,3", "1, 2, 3"),
        ("[1, 2.0, 3]", "1, 2, 3"),
        ("1 2 3", "1, 2, 3"),
        ("cat, dog and owl", "cat, dog, owl"),
        ('{"b": [true, 2.0], "a": 1}', '{"a": 1.0, "b": [true, 2]}'),
        ("monday.", "Monday"),
        ("9:05", "09:05"),
        ("12", "They sum to 12.\n#### 12"),
    ],
)
def test_right_answers_in_another_spelling_are_right(final, reference):
    assert outcome(final, reference) == "right"


@pytest.mark.parametrize(
    ("final", "reference"),
    [
        ("1,001", "1000"),
        ("12 apples", "13"),
        ("40%", "50"),
        ("3, 2, 1", "1, 2, 3"),
        ("1, 2", "1, 2, 3"),
        ('{"a": true}', '{"a": 1}'),
        ("Tuesday", "Monday"),
        ("14:35", "14:25"),
    ],
)
def test_other_answers_are_wrong(final, reference):
    assert outcome(final, reference) == "wrong"


@pytest.mark.parametrize(
    ("final", "reference"),
    [
        ("Rome", "42"),
        ("12 or 13", "12"),
        ("12 million", "12"),
        ("1 000", "1000"),
        ("1/0", "0"),
        ("1 1/0", "1"),
        ("1e1001", "1"),
        ("2 hours", "120"),
        ("12 km", "12 m"),
        ("40%", "0.4"),
        ("$5", "500"),
        ("12", "1, 2"),
        ("one, 2", "1, 2"),
        ("not JSON", '{"a": 1}'),
        ('{"a": NaN}', '{"a": 1}'),
        ("Rome, Italy", "Rome"),
        ("2:35 pm", "14:35"),
        ("12", ""),
    ],
)
def test_what_cannot_be_compared_is_unsure(final, reference):
    assert outcome(final, reference) == "unsure"


def test_an_unmarked_text_is_never_called_wrong():
    assert check_answer("The answer is in Rome", "Paris").outcome == "unsure"
    assert check_answer("The answer is 11", "12").outcome == "wrong"


@pytest.mark.parametrize(
    "text",
    [
        "9" * 10**6,
        "#### " + "9" * 1_900,
        "#### 1e999999999",
        "#### 1e-999999999/1e9",
        "#### " * 200_000,
        "####\n" * 200_000,
        "the answer is " * 80_000,
        "\\boxed{" * 150_000,
        "#### " + "[" * 1_900,
        "#### " + "1," * 900,
        "answer is" + " " * 10**6,
        "\x00\ud800#### 1".encode("utf-8", "replace").decode(),
    ],
)
def test_hostile_text_is_unsure_and_raises_nothing(text):
    assert check_answer(text, "12").outcome == "unsure"
    assert check_answer("#### 12", text).outcome in ("wrong", "unsure")


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_text_raises(text, reference):
    assert check_answer(f"#### {text}", reference).outcome in ("right", "wrong", "unsure")


def test_spellings_of_one_answer_have_one_canonical_form():
    assert canonical_answer("1,000.0 apples") == canonical_answer("1000")
    assert canonical_answer("[1, 2]") != canonical_answer("[2, 1]")
    assert canonical_answer('{"a": 1, "b": 2}') == canonical_answer('{"b": 2.0, "a": 1}')
    assert canonical_answer("The  Cat.") == canonical_answer("the cat")


def test_verdicts_agree_with_the_flags_of_gsm8k_solutions(shared_data):
    counts = Counter()
    for row in shared_data("4_verifiable/gsm8k_example_model_solutions").to_dicts():
        reference = extract_final(row.pop("ground_truth")).text
        for solution in (value for value in row.values() if isinstance(value, dict)):
            verdict = check_answer(solution["solution"], reference).outcome
            counts[
                verdict if verdict == "unsure" else (verdict == "right") == solution["is_correct"]
            ] += 1
    assert counts[True] / (counts[True] + counts[False]) >= 0.995
    assert counts["unsure"] / counts.total() <= 0.01
