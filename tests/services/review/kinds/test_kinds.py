"""Every kind reads what fits it, labels it, and says what does not fit."""

import copy
from typing import Any

import pytest

from services.review.kinds import KINDS, AnswerFault, ItemFault, Rubric


def stored(kind_name: str, example: Any) -> dict[str, Any]:
    return KINDS[kind_name].read_item(example.item).model_dump(mode="json")


def read(kind_name: str, examples: Any, change: dict[str, Any], **rubric: Any) -> dict[str, Any]:
    example = examples[kind_name]
    item = stored(kind_name, example)
    return KINDS[kind_name].read_answer(example.answer | change, item, Rubric(**rubric))


def fault(kind_name: str, examples: Any, change: dict[str, Any], **rubric: Any) -> AnswerFault:
    with pytest.raises(AnswerFault) as caught:
        read(kind_name, examples, change, **rubric)
    return caught.value


def test_the_examples_are_of_all_kinds(examples):
    assert examples.keys() == KINDS.keys()


def test_every_kind_names_itself(kind_name):
    assert KINDS[kind_name].name == kind_name


def test_an_item_comes_back_as_it_was(kind_name, example):
    kind = KINDS[kind_name]
    item = kind.read_item(example.item)
    assert kind.read_item(item.model_dump(mode="json")) == item


def test_an_answer_has_its_label(kind_name, example):
    kind = KINDS[kind_name]
    answer = kind.read_answer(example.answer, stored(kind_name, example), Rubric())
    assert kind.label(answer) == example.label


def test_an_answer_read_twice_is_the_same(kind_name, example):
    kind, item = KINDS[kind_name], stored(kind_name, example)
    answer = kind.read_answer(example.answer, item, Rubric())
    assert kind.read_answer(answer, item, Rubric()) == answer


def test_reading_leaves_the_answer_that_was_sent_alone(kind_name, example):
    sent = copy.deepcopy(example.answer)
    KINDS[kind_name].read_answer(sent, stored(kind_name, example), Rubric())
    assert sent == example.answer


def test_an_unknown_field_is_named(kind_name, examples):
    assert fault(kind_name, examples, {"mood": "good"}).pointer == "/mood"


def test_a_missing_field_is_named(kind_name, example):
    kind = KINDS[kind_name]
    name = next(iter(example.answer))
    answer = {key: value for key, value in example.answer.items() if key != name}
    with pytest.raises(AnswerFault) as caught:
        kind.read_answer(answer, stored(kind_name, example), Rubric())
    assert caught.value.pointer.startswith(f"/{name}")


def test_an_item_of_another_kind_names_the_field():
    with pytest.raises(ItemFault) as caught:
        KINDS["turns"].read_item({"prompt": []})
    assert caught.value.pointer == "/messages"
    assert caught.value.status == 422


def test_a_reason_that_the_rubric_does_not_know_is_refused(examples):
    assert fault("pairwise", examples, {"reasons": ["correct", "vibes"]}).pointer == "/reasons/1"


def test_a_reason_ticked_twice_is_refused(examples):
    wrong = fault("pairwise", examples, {"reasons": ["correct", "correct"]})
    assert "twice" in wrong.detail


def test_the_rubric_brings_its_own_reasons(examples):
    answer = read("pairwise", examples, {"reasons": ["vibes"]}, reasons=["vibes"])
    assert answer == {"preference": -2, "reasons": ["vibes"]}


@pytest.mark.parametrize(
    ("preference", "label"), [(-3, "A"), (-1, "A"), (0, "tie"), (1, "B"), (3, "B")]
)
def test_a_preference_below_0_is_for_a(preference, label):
    assert KINDS["pairwise"].label({"preference": preference}) == label


def test_pairwise_keeps_to_the_steps_of_the_rubric(examples):
    assert read("pairwise", examples, {"preference": 1}, steps=1)["preference"] == 1
    assert fault("pairwise", examples, {"preference": 2}, steps=1).pointer == "/preference"
    assert fault("pairwise", examples, {"preference": 4}).pointer == "/preference"


def test_pairwise_can_do_without_ties(examples):
    assert fault("pairwise", examples, {"preference": 0}, tie=False).pointer == "/preference"


def test_pairwise_can_ask_for_a_reason_of_strong_preferences(examples):
    bare = {"reasons": []}
    assert read("pairwise", examples, bare | {"preference": 1}, reasons_from=2)
    strong = fault("pairwise", examples, bare | {"preference": 2}, reasons_from=2)
    assert strong.pointer == "/reasons"


@pytest.mark.parametrize("order", [[[0, 1, 2]], [[0], [1], [2], [3], [3]], [[0, 1, 2, 4]]])
def test_a_ranking_names_each_answer_once(examples, order):
    assert fault("ranking", examples, {"order": order}).pointer == "/order"


def test_a_ranking_can_do_without_ties(examples):
    assert fault("ranking", examples, {}, tie=False).pointer == "/order"
    assert read("ranking", examples, {"order": [[3], [1], [0], [2]]}, tie=False)


def test_tied_ranks_share_their_mean():
    values = KINDS["ranking"].values({"order": [[1], [0, 2], [3]]})
    assert values == {"rank of 0": 2.5, "rank of 1": 1.0, "rank of 2": 2.5, "rank of 3": 4.0}


def test_attributes_are_kept_in_the_order_of_the_rubric(examples):
    scores = dict(reversed(examples["attributes"].answer["scores"].items()))
    answer = read("attributes", examples, {"scores": scores})
    assert next(iter(answer["scores"])) == "helpfulness"


def test_each_attribute_needs_a_score_on_its_scale(examples):
    scores = examples["attributes"].answer["scores"]
    high = fault("attributes", examples, {"scores": scores | {"coherence": 5}})
    unknown = fault("attributes", examples, {"scores": scores | {"a/b": 1}})
    missing = fault("attributes", examples, {"scores": {"verbosity": 1}})
    assert high.pointer == "/scores/coherence"
    assert unknown.pointer == "/scores/a~1b"
    assert missing.pointer == "/scores/helpfulness"


@pytest.mark.parametrize(("score", "good"), [(0, False), (1, True), (5, True), (6, False)])
def test_a_rating_is_on_its_scale(examples, score, good):
    if good:
        assert read("rating", examples, {"score": score}) == {"score": score}
    else:
        assert fault("rating", examples, {"score": score}).pointer == "/score"


def test_a_rejection_needs_a_reason(examples):
    assert fault("accept", examples, {"reason": "bad   "}).pointer == "/reason"
    assert read("accept", examples, {"reason": "", "reasons": ["wrong"]})
    assert read("accept", examples, {"reason": "", "accept": True}) == {"accept": True}


def test_a_rewrite_changes_the_text(examples):
    assert fault("rewrite", examples, {"text": " It  is 4."}).pointer == "/text"
    assert read("rewrite", examples, {"text": "It is 4."}, must_change=False)


def test_a_text_has_its_length(examples):
    assert fault("write", examples, {"text": "  \n"}).pointer == "/text"
    assert fault("write", examples, {"text": "four"}, max_chars=3).pointer == "/text"
    assert read("write", examples, {"text": "four"}, min_chars=4, max_chars=4)


def test_what_is_answered_must_be_there():
    with pytest.raises(ItemFault, match="add 'prompt'"):
        KINDS["write"].read_item({"wanted": "answer", "brief": ""})
    assert KINDS["write"].read_item({"wanted": "prompt", "brief": "on bees"})


def test_each_turn_of_the_assistant_is_scored_once(examples):
    one = [{"turn": 2, "score": 3}]
    assert "turn 4" in fault("turns", examples, {"turns": one}).detail
    both = [*one, {"turn": 4, "score": 3}]
    assert fault("turns", examples, {"turns": [*both, *one]}).pointer == "/turns"
    user = [*both, {"turn": 1, "score": 3}]
    assert fault("turns", examples, {"turns": user}).pointer == "/turns"
    high = [*one, {"turn": 4, "score": 6}]
    assert fault("turns", examples, {"turns": high}).pointer == "/turns/1/score"
    assert fault("turns", examples, {"whole": 0}).pointer == "/whole"


def test_the_screen_says_which_turns_are_graded(examples):
    for name in ("turns", "trajectory"):
        item = stored(name, examples[name])
        assert KINDS[name].shown(item, 1)["graded"] == [2, 4]


@pytest.mark.parametrize("name", ["turns", "trajectory"])
def test_a_conversation_without_an_answer_cannot_be_graded(name):
    with pytest.raises(ItemFault, match="nothing to grade"):
        KINDS[name].read_item({"messages": [{"role": "user", "content": "?"}]})


@pytest.mark.parametrize("first_error", [None, 2])
def test_the_first_error_is_the_first_bad_step(examples, first_error):
    wrong = fault("trajectory", examples, {"first_error": first_error})
    assert wrong.pointer == "/first_error"


def test_a_run_without_bad_steps_has_no_first_error(examples):
    steps = [{"step": 2, "grade": "good"}, {"step": 4, "grade": "good"}]
    answer = read("trajectory", examples, {"steps": steps, "first_error": None, "success": True})
    assert answer["first_error"] is None
    assert KINDS["trajectory"].values(answer) == {"success": "success", "first_error": "none"}


def test_each_claim_is_judged_once(examples):
    claims = examples["facts"].answer["claims"]
    assert fault("facts", examples, {"claims": claims[:1]}).pointer == "/claims"
    assert fault("facts", examples, {"claims": [*claims, claims[0]]}).pointer == "/claims"
    assert [each["claim"] for each in read("facts", examples, {})["claims"]] == [0, 1]


def test_values_are_numbers_where_the_scale_has_an_order(kind_name, example):
    kind = KINDS[kind_name]
    answer = kind.read_answer(example.answer, stored(kind_name, example), Rubric())
    wanted = str if kind.scale == "nominal" else float
    assert all(type(value) is wanted for value in kind.values(answer).values())
