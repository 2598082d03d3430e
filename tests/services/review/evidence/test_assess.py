"""One answer by every rule, and what its writer reads about it."""

import pytest
from evidence_texts import BRIDGE, BRIDGE_EDITED, GARDEN, MODEL_ONE, MODEL_TWO

from services.review.evidence.answers import has_text, model_answers, text_of
from services.review.evidence.assess import TASK_CHARS, Written, assess
from services.review.evidence.disclosure import PROMISE, SENTENCES, explain
from services.review.evidence.writing import Writing

PROMPT = [{"role": "user", "content": "Why do bridges hum?"}]
HASTY = Writing.model_validate(
    {
        "typed": 500,
        "silent": 600,
        "dropped": 500,
        "bursts": [{"ms": 10_000, "chars": 500}],
    }
)


def _all_rules() -> Written:
    text = f"{BRIDGE} {MODEL_ONE}"
    item = {"wanted": "answer", "brief": "", "prompt": PROMPT}
    return Written("write", item, text, HASTY, (MODEL_ONE, MODEL_TWO), {"asg_1": BRIDGE_EDITED})


def test_every_rule_is_told_to_the_writer_in_words() -> None:
    found = assess(_all_rules())
    assert {evidence.rule for evidence in found} == set(SENTENCES)
    for evidence in found:
        sentence = explain(evidence.rule, evidence.measured)
        assert "{" not in sentence
        assert str(evidence.measured.get("other", "asg_1")) not in sentence
    assert "not a verdict" in PROMISE


def test_a_flag_that_a_person_raised_explains_itself() -> None:
    assert explain("rude", {}) == ""


def test_quotes_are_looked_for_all_through_a_long_task_or_nothing_is_compared() -> None:
    room = TASK_CHARS - len(BRIDGE) - 1
    for padding in ("x" * room, "x" * (room + 1)):
        item = {"messages": [{"content": f"{padding} {BRIDGE}"}]}
        assert assess(Written("turns", item, BRIDGE, None, (), {"asg_1": BRIDGE})) == []


def test_an_answer_from_elsewhere_than_the_page_is_compared_only() -> None:
    written = Written("write", {"prompt": PROMPT}, BRIDGE, None, (), {"asg_1": BRIDGE_EDITED})
    assert [evidence.rule for evidence in assess(written)] == ["near_duplicate"]


def test_a_rewrite_that_keeps_most_of_the_answer_is_no_evidence() -> None:
    completion = [{"role": "assistant", "content": MODEL_ONE}]
    item = {"prompt": PROMPT, "completion": completion}
    text = MODEL_ONE.replace("audible", "clear")
    writing = Writing(typed=130, edits=12)
    assert assess(Written("rewrite", item, text, writing, (MODEL_ONE, MODEL_TWO))) == []


@pytest.mark.parametrize(
    ("kind", "answer", "comment", "text"),
    [
        ("write", {"text": "A"}, "aside", "A"),
        ("rewrite", {"text": "A"}, "", "A"),
        ("accept", {"accept": False, "reason": "why"}, "aside", "why\naside"),
        ("pairwise", {"preference": 2}, "aside", "aside"),
    ],
)
def test_the_text_is_what_the_work_is(
    kind: str, answer: dict[str, object], comment: str, text: str
) -> None:
    assert text_of(kind, answer, comment) == text


def test_short_comments_are_not_looked_at() -> None:
    assert not has_text("pairwise", {"preference": 2}, "x" * 119)
    assert has_text("pairwise", {"preference": 2}, "x" * 120)


def test_models_answers_are_read_from_every_kind_of_task() -> None:
    said = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "one"}]
    assert model_answers({"prompt": PROMPT, "a": said, "b": said}) == ["one", "one"]
    assert model_answers({"prompt": PROMPT, "answers": [said, said, said]}) == ["one"] * 3
    assert model_answers({"prompt": PROMPT, "completion": said}) == ["one"]
    assert model_answers({"prompt": PROMPT, "messages": said}) == []


def test_a_calm_writer_is_not_found() -> None:
    writing = Writing(typed=600, edits=40)
    assert assess(Written("write", {"prompt": PROMPT}, GARDEN, writing)) == []
