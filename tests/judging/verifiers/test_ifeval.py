import json

import pytest

from judging.verifiers.constraints import check_constraints, check_loose, read_constraints
from judging.verifiers.ifeval import INSTRUCTIONS, constraints_of
from judging.verifiers.language import is_written_in

HINDI = "यह एक छोटा वाक्य है जो हिंदी में लिखा गया है।"
KOREAN = "이것은 한국어로 쓰인 짧은 문장이며 아무 말도 하지 않습니다."
ENGLISH = "This is a short sentence that says nothing at all."


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        (KOREAN, "ko", True),
        (KOREAN + " (Ingot)", "ko", True),
        (ENGLISH, "ko", False),
        (HINDI, "hi", None),
        (ENGLISH, "hi", False),
        (ENGLISH, "de", None),
        (KOREAN, "de", False),
        (KOREAN + ENGLISH, "ko", None),
        ("네", "ko", None),
        (ENGLISH, "xx", None),
    ],
)
def test_the_script_says_what_it_can(text, language, said):
    assert is_written_in(text, language) is said


def test_a_language_nobody_can_tell_is_unsure_unless_something_is_broken():
    language = {"name": "language", "language": "de"}
    assert check_constraints(ENGLISH, json.dumps([language])).outcome == "unsure"
    assert check_loose(ENGLISH, json.dumps([language])).outcome == "unsure"
    broken = [language, {"name": "max_words", "n": 1}]
    assert check_constraints(ENGLISH, json.dumps(broken)).outcome == "wrong"
    assert check_constraints(KOREAN, json.dumps([language])).outcome == "wrong"


@pytest.mark.parametrize(
    ("instruction", "given", "constraint"),
    [
        (
            "length_constraints:number_words",
            {"relation": "less than", "num_words": 9},
            {"name": "max_words", "n": 8},
        ),
        (
            "length_constraints:number_sentences",
            {"relation": "at least", "num_sentences": 9},
            {"name": "min_sentences", "n": 9},
        ),
        (
            "keywords:letter_frequency",
            {"let_relation": "less than", "letter": "q", "let_frequency": 2},
            {"name": "letter_frequency", "letter": "q", "at_most": 1},
        ),
        ("punctuation:no_comma", {}, {"name": "no_commas"}),
        ("language:response_language", {"language": "hi"}, {"name": "language", "language": "hi"}),
    ],
)
def test_an_instruction_becomes_a_constraint(instruction, given, constraint):
    assert constraints_of([instruction], [given]) == [constraint]


def test_unknown_instructions_and_missing_parameters_are_refused():
    for ids, kwargs in ((["be:nice"], [{}]), (["keywords:existence"], [{}]), (["a"], [])):
        with pytest.raises(ValueError, match=r"instruction|lacks|parameters"):
            constraints_of(ids, kwargs)
    with pytest.raises(ValueError, match="num_words"):
        constraints_of(["length_constraints:number_words"], [{"relation": "at least"}])


def test_every_real_prompt_becomes_a_reference(shared_data):
    seen = set()
    for row in shared_data("4_verifiable/ifeval_prompts").to_dicts():
        reference = json.dumps(constraints_of(row["instruction_id_list"], row["kwargs"]))
        assert len(read_constraints(reference)) == len(row["instruction_id_list"])
        seen.update(row["instruction_id_list"])
    assert seen == set(INSTRUCTIONS)


@pytest.mark.parametrize(
    ("name", "parameters", "kept", "broken"),
    [
        ("highlighted_sections", {"n": 2}, "***bold italics***", "**bold**"),
        ("capital_words", {"n": 2}, "I'M", "NATO/EU"),
        ("capital_words", {"at_most": 1}, "the U.S. law", "the US UN law"),
        ("postscript", {}, "a\np.p.s. b", "a\nP.P.S b"),
    ],
)
def test_counts_are_those_of_the_published_checkers(name, parameters, kept, broken):
    reference = json.dumps([{"name": name, **parameters}])
    assert check_constraints(kept, reference).outcome == "right"
    assert check_constraints(broken, reference).outcome == "wrong"
