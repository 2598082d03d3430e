import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judging.verifiers.constraint_checks import CHECKS
from judging.verifiers.constraints import (
    MAX_TEXT_CHARS,
    check_constraints,
    check_loose,
)


def outcome(text, name, **parameters):
    return check_constraints(text, json.dumps([{"name": name, **parameters}])).outcome


BOTH_SIDES = [
    ("min_words", {"n": 3}, "one two, three", "one two"),
    ("max_words", {"n": 3}, "one two, three", "one two three four"),
    ("min_sentences", {"n": 2}, "Mr. Fox ran. He hid!", "Mr. Fox ran, e.g. home."),
    ("min_sentences", {"n": 2}, "She asked (why?) Then left", "Pi is 3.14 and no more."),
    ("max_sentences", {"n": 1}, "Only one here", "One. Two."),
    ("paragraphs", {"n": 2}, "a\n***\nb", "a\n***\nb\n***\nc"),
    ("paragraphs", {"n": 2}, "***\na\n***\nb\n***", "a\n***\n***\nb"),
    ("paragraph_starts", {"n": 2, "nth": 2, "word": "so"}, "a\n\nSo, b", "So\n\nb"),
    ("paragraph_starts", {"n": 1, "nth": 1, "word": "a"}, "A.", "a\n\nb"),
    ("bullet_points", {"n": 2}, "* a\n* b\nc", "* a\n* b\n- c"),
    ("bullet_points", {"n": 2}, "text\n- a\n  - b", "**a**\n- b"),
    ("highlighted_sections", {"n": 2}, "*a* and **b c**", "*a* and ** **"),
    ("sections", {"n": 2, "splitter": "SECTION"}, "SECTION 1\na\nSECTION 2\nb", "SECTION 1"),
    ("json_format", {}, '```json\n{"a": [1]}\n```', '{"a": [1]'),
    ("title", {}, "<<A title>>\ntext", "<< >>\n<A title>"),
    ("no_commas", {}, "one and two", "one, two"),
    ("all_lowercase", {}, "all small, 1 2", "Not all"),
    ("all_uppercase", {}, "ALL LARGE, 1 2", "NOT all"),
    ("capital_words", {"n": 2}, "AN ACRONYM here", "ONE Only"),
    ("capital_words", {"at_most": 1}, "ONE only", "ONE or TWO"),
    ("include_keywords", {"keywords": ["fox", "den"]}, "A Fox in a den", "A fox"),
    ("forbidden_words", {"words": ["name"]}, "rename it", "the Name."),
    ("keyword_frequency", {"keyword": "fox", "n": 2}, "Fox and fox", "one fox"),
    ("keyword_frequency", {"keyword": "fox", "at_most": 1}, "one fox", "fox and fox"),
    ("keyword_frequency", {"keyword": "a", "n": 2, "at_most": 3}, "a a a", "a a a a"),
    ("letter_frequency", {"letter": "e", "n": 3}, "Eleven", "two"),
    ("letter_frequency", {"letter": "e", "at_most": 2}, "even", "eleven"),
    ("start_phrase", {"phrase": "Dear all"}, " dear ALL, hello", "Hello, dear all"),
    ("end_phrase", {"phrase": "Goodbye."}, 'So "goodbye."', "Goodbye. Or not"),
    ("postscript", {}, "Text\nP. S. more", "Text\nPS more"),
    ("postscript", {"marker": "P.P.S"}, "Text\nP.P.S. more", "Text\nP.S. more"),
    ("postscript", {"marker": "Note:"}, "Text\nnote: more", "Text\nmore"),
    ("placeholders", {"n": 2}, "[name] in [city]", "[name] in city]"),
    ("quotation", {}, ' "quoted" ', '"open'),
    ("quotation", {}, '""', '"'),
    ("two_responses", {}, "yes\n******\nno", "yes\n******\nyes"),
    ("two_responses", {}, "yes******no******", "a\n******\nb\n******\nc"),
    ("one_of", {"options": ["My answer is yes."]}, "My answer is yes.", "Yes."),
    ("number_of_digits", {"n": 3}, "In 12 or 3", "1234"),
]


@pytest.mark.parametrize(("name", "parameters", "kept", "broken"), BOTH_SIDES)
def test_each_constraint_knows_both_sides(name, parameters, kept, broken):
    assert outcome(kept, name, **parameters) == "right"
    assert outcome(broken, name, **parameters) == "wrong"


def test_every_constraint_is_tested():
    assert {name for name, *_ in BOTH_SIDES} == set(CHECKS)


@pytest.mark.parametrize(("name", "parameters"), [(row[0], row[1]) for row in BOTH_SIDES])
def test_an_empty_text_keeps_no_constraint(name, parameters):
    assert outcome(" \n", name, **parameters) == "wrong"


def test_all_have_to_hold_and_the_first_broken_is_named():
    reference = '[{"name": "no_commas"}, {"name": "max_words", "n": 2}, {"name": "all_uppercase"}]'
    assert check_constraints("ONE TWO", reference).reason == "all 3 constraints hold"
    found = check_constraints("one two three", reference)
    assert (found.outcome, found.reason) == ("wrong", "max_words(n=2) is broken")


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("", "Expecting value"),
        ("{}", "no list of 1 to 100"),
        ("[]", "no list of 1 to 100"),
        ('["no_commas"]', "unknown constraint None"),
        ('[{"name": "be_nice"}]', "unknown constraint 'be_nice'"),
        ('[{"name": "max_words"}]', "missing a required argument: 'n'"),
        ('[{"name": "max_words", "n": "3"}]', "n cannot be '3'"),
        ('[{"name": "max_words", "n": true}]', "n cannot be True"),
        ('[{"name": "max_words", "n": -1}]', "n cannot be -1"),
        ('[{"name": "no_commas", "n": 1}]', "unexpected keyword argument 'n'"),
        ('[{"name": "include_keywords", "keywords": "fox"}]', "keywords cannot be 'fox'"),
        ('[{"name": "include_keywords", "keywords": []}]', "keywords cannot be []"),
        ('[{"name": "capital_words"}]', "n or at_most is missing"),
        ('[{"name": "letter_frequency", "letter": "ab", "n": 1}]', "letter cannot be 'ab'"),
        ("[" * 100_000, "the reference is too deep"),
    ],
)
def test_an_unusable_reference_is_unsure(reference, reason):
    found = check_constraints("text", reference)
    assert found.outcome == "unsure"
    assert reason in found.reason


LOOSE = [
    ("json_format", {}, 'Here it is:\n{"a": 1}'),
    ("json_format", {}, '{"a": 1}\nI hope this helps.'),
    ("json_format", {}, 'Here it is:\n{"a": 1}\nI hope this helps.'),
    ("start_phrase", {"phrase": "Dear all"}, "**Dear** all"),
]


@pytest.mark.parametrize(("name", "parameters", "text"), LOOSE)
def test_loose_forgives_a_frame_and_markdown(name, parameters, text):
    reference = json.dumps([{"name": name, **parameters}])
    assert check_constraints(text, reference).outcome == "wrong"
    assert check_loose(text, reference).outcome == "right"


def test_loose_forgives_no_more():
    reference = '[{"name": "no_commas"}, {"name": "json_format"}]'
    assert check_loose("Well,\n[1]", reference).outcome == "right"
    assert check_loose("Well,\n[1, 2]", reference).reason == "no_commas() is broken"


@pytest.mark.parametrize(
    "piece", ["[", "*", "<<", '"', " ", "-", "a.", "P.", "{[", "SECTION 1", "\n"]
)
def test_hostile_text_takes_no_time_and_raises_nothing(piece):
    text = piece * (200_000 // len(piece))
    for name, parameters, *_ in BOTH_SIDES:
        assert outcome(text, name, **parameters) in ("right", "wrong")


def test_a_text_beyond_the_limit_is_unsure():
    assert outcome("x" * MAX_TEXT_CHARS, "no_commas") == "right"
    assert outcome("x" * (MAX_TEXT_CHARS + 1), "no_commas") == "unsure"


@given(st.text(max_size=80))
def test_no_text_raises(text):
    reference = json.dumps([{"name": name, **parameters} for name, parameters, *_ in BOTH_SIDES])
    assert check_constraints(text, reference).outcome == "wrong"
    assert check_loose(text, reference).outcome == "wrong"
