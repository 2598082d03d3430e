import asyncio
from itertools import pairwise

import pytest

from ingot.errors import OrderError
from judging.pairs import build_pairs, verify_completions


def verify(instructions, completions):
    return asyncio.run(verify_completions(instructions, completions))


def pairs_of(instruction, completions, per_instruction=1, seed=0):
    verdicts = verify([instruction], completions)
    return build_pairs([instruction], completions, verdicts, per_instruction, seed)


def texts(pair):
    return {pair.a[-1].content, pair.b[-1].content}


def test_completions_are_judged_where_a_reference_is_known(make_instruction, make_completions):
    known, open_ended = make_instruction(), make_instruction("Why?", reference="")
    completions = [
        *make_completions(known, "#### 4", "#### 5", "four"),
        *make_completions(open_ended, "#### 4"),
    ]
    verdicts = verify([known, open_ended], completions)
    assert [v.verdict for v in verdicts] == ["right", "wrong", "unsure"]
    assert [v.p for v in verdicts] == [1.0, 1.0, None]
    assert [v.subject_id for v in verdicts] == [c.id for c in completions[:3]]


def test_an_unknown_verifier_is_named(make_instruction, make_completions):
    instruction = make_instruction(verifier="oracle")
    with pytest.raises(OrderError, match="no verifier 'oracle': use one of answer"):
        verify([instruction], make_completions(instruction, "#### 4"))


def test_each_instruction_is_checked_by_the_verifier_it_names(make_instruction, make_completions):
    short = make_instruction(verifier="constraints", reference='[{"name": "max_words", "n": 2}]')
    verdicts = verify([short], make_completions(short, "two words", "now three words"))
    assert [(v.judge, v.verdict) for v in verdicts] == [
        ("constraints", "right"),
        ("constraints", "wrong"),
    ]


def test_right_against_wrong_is_a_verified_pair(make_instruction, make_completions):
    instruction = make_instruction()
    completions = make_completions(instruction, "#### 5", "#### 4", "#### 5")
    (pair,) = pairs_of(instruction, completions)
    assert (pair.a if pair.verified == "A" else pair.b)[-1].content == "#### 4"
    assert texts(pair) == {"#### 4", "#### 5"}
    assert pair.provenance.parents[0] == instruction.id
    assert (pair.provenance.order_id, pair.provenance.model) == ("ord_1", "m")
    assert pair.provenance.seed is None  # the two differ


def test_verified_pairs_share_as_little_as_they_can(make_instruction, make_completions):
    instruction = make_instruction()
    answers = ("#### 4", "So #### 4\n#### 4", "#### 4", "#### 5", "#### 6", "#### 5.0")
    pairs = pairs_of(instruction, make_completions(instruction, *answers), per_instruction=9)
    assert len(pairs) == len({pair.id for pair in pairs}) == 4  # 2 right texts x 2 wrong answers
    assert not texts(pairs[0]) & texts(pairs[1])


def test_at_most_per_instruction_pairs(make_instruction, make_completions):
    instruction = make_instruction()
    completions = make_completions(instruction, "#### 4", "#### 5", "#### 6")
    assert [len(pairs_of(instruction, completions, k)) for k in (1, 2, 3)] == [1, 2, 2]


@pytest.mark.parametrize("answers", [("#### 4", "Yes #### 4\n#### 4"), ("#### 5", "#### 6")])
def test_two_right_or_two_wrong_answers_make_no_pair(make_instruction, make_completions, answers):
    instruction = make_instruction()
    assert pairs_of(instruction, make_completions(instruction, *answers), 4) == []


def test_unverified_pair_sets_the_majority_against_the_next(make_instruction, make_completions):
    instruction = make_instruction(reference="")
    answers = ("#### 7", "#### 5", "#### 4", "a #### 4\n#### 4", "#### 5.0", "b\n#### 4.0")
    (pair,) = pairs_of(instruction, make_completions(instruction, *answers))
    assert texts(pair) == {"#### 4", "#### 5"}
    assert pair.verified == ""


def test_texts_without_finals_are_paired_when_they_differ(make_instruction, make_completions):
    instruction = make_instruction("Why?", reference="")
    same = make_completions(instruction, "Because.", " Because. ")
    other = make_completions(instruction, "Because.", "Nobody knows.")
    assert pairs_of(instruction, same) == []
    assert texts(pairs_of(instruction, other)[0]) == {"Because.", "Nobody knows."}


def test_an_unsure_answer_is_set_against_a_decided_one(make_instruction, make_completions):
    instruction = make_instruction()
    completions = make_completions(instruction, "#### 5", "#### 5", "#### 6", "four")
    (pair,) = pairs_of(instruction, completions, 3)
    assert texts(pair) == {"#### 5", "four"}
    assert pair.verified == ""


def test_pairs_are_the_same_in_every_run_and_order(make_instruction, make_completions):
    instruction = make_instruction()
    completions = make_completions(instruction, *(f"#### {i}" for i in (4, 5, 6, 7, 4)))
    assert pairs_of(instruction, completions, 3) == pairs_of(instruction, completions[::-1], 3)


def test_a_is_right_half_of_the_time(make_instruction, make_completions):
    verified = []
    for i in range(400):
        instruction = make_instruction(f"{i}+0?", reference=str(i))
        completions = make_completions(instruction, f"#### {i}", "#### -1")
        verified += [pair.verified for pair in pairs_of(instruction, completions)]
    assert 160 < verified.count("A") < 240  # 4 standard deviations
    assert sum(x != y for x, y in pairwise(verified)) > 150
