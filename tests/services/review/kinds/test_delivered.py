"""What answers become for a trainer."""

from typing import Any

import pytest

from services.review.kinds import KINDS, Rubric
from services.review.kinds.delivered import Row, records


def rows(kind_name: str, example: Any, change: dict[str, Any] | None = None) -> list[Row]:
    kind = KINDS[kind_name]
    item = kind.read_item(example.item).model_dump(mode="json", exclude_defaults=True)
    answer = kind.read_answer(example.answer | (change or {}), item, Rubric())
    return records(kind_name, item, answer)


FORMS = {
    "pairwise": ["preference"],
    "ranking": ["preference"] * 4,
    "attributes": ["scored"],
    "rating": ["scored"],
    "accept": ["unpaired"],
    "rewrite": ["sft", "preference"],
    "write": ["sft"],
    "turns": ["scored"] * 3,
    "trajectory": ["unpaired", "stepwise"],
    "facts": ["unpaired"],
}
COLUMNS = {
    "sft": {"messages"},
    "prompt": {"prompt"},
    "preference": {"prompt", "chosen", "rejected", "margin"},
    "unpaired": {"prompt", "completion", "label"},
    "scored": {"prompt", "completion", "scores"},
    "stepwise": {"prompt", "completions", "labels"},
}


def test_every_kind_becomes_rows_with_the_columns_of_their_form(kind_name, example):
    delivered = rows(kind_name, example)
    assert [row.form for row in delivered] == FORMS[kind_name]
    for form, columns in delivered:
        assert columns.keys() - {"tools"} == COLUMNS[form]


@pytest.mark.parametrize(
    ("preference", "chosen", "margin"), [(-3, "4", 3.0), (-1, "4", 1.0), (2, "5", 2.0)]
)
def test_the_preferred_side_is_chosen(examples, preference, chosen, margin):
    (row,) = rows("pairwise", examples["pairwise"], {"preference": preference})
    assert row.columns["chosen"][0]["content"] == chosen
    assert row.columns["rejected"][0]["content"] == {"4": "5", "5": "4"}[chosen]
    assert row.columns["margin"] == margin


def test_a_tie_and_an_unclear_fact_become_nothing(examples):
    assert rows("pairwise", examples["pairwise"], {"preference": 0}) == []
    assert rows("facts", examples["facts"], {"verdict": "unclear"}) == []


def test_a_ranking_of_k_gives_k_less_one_pairs_or_all(examples):
    item, order = examples["ranking"].item, {"order": [[2], [0], [3], [1]]}
    few = records("ranking", item, order)
    every = records("ranking", item, order, pairs="all")
    assert [(pair(row), row.columns["margin"]) for row in few] == [
        (("four", "5"), 1.0),
        (("5", "22"), 1.0),
        (("22", "4"), 1.0),
    ]
    assert len(every) == 6
    assert (("four", "4"), 3.0) in [(pair(row), row.columns["margin"]) for row in every]


def test_what_is_tied_makes_no_pair(examples):
    item = examples["ranking"].item
    delivered = records("ranking", item, {"order": [[0, 1], [2, 3]]}, pairs="all")
    assert [pair(row) for row in delivered] == [
        ("5", "four"),
        ("5", "22"),
        ("4", "four"),
        ("4", "22"),
    ]


def pair(row: Row) -> tuple[str, str]:
    return row.columns["chosen"][0]["content"], row.columns["rejected"][0]["content"]


def test_a_rewrite_is_a_text_to_learn_from_and_is_better_than_the_original(examples):
    sft, preference = rows("rewrite", examples["rewrite"])
    assert [m["content"] for m in sft.columns["messages"]] == ["What is 2 + 2?", "2 + 2 = 4."]
    assert pair(preference) == ("2 + 2 = 4.", "It is 4.")


def test_an_unchanged_rewrite_is_no_preference(examples):
    delivered = records("rewrite", examples["rewrite"].item, {"text": "It is 4."})
    assert [row.form for row in delivered] == ["sft"]


def test_a_rewrite_keeps_the_turns_before_the_last():
    turns = [{"role": "assistant", "content": "let me see"}, {"role": "assistant", "content": "3"}]
    item = {"prompt": [], "completion": turns}
    _, preference = records("rewrite", item, {"text": "4"})
    assert [m["content"] for m in preference.columns["chosen"]] == ["let me see", "4"]


def test_a_written_prompt_goes_on_from_its_conversation(examples):
    before = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    item = {"wanted": "prompt", "brief": "", "prompt": before}
    (row,) = records("write", item, {"text": "And now?"})
    assert row == Row("prompt", {"prompt": [*before, {"role": "user", "content": "And now?"}]})
    (alone,) = records("write", {"wanted": "prompt", "brief": ""}, {"text": "Why?"})
    assert alone.columns == {"prompt": [{"role": "user", "content": "Why?"}]}


def test_each_turn_is_scored_after_what_was_said_before(examples):
    first, second, whole = rows("turns", examples["turns"])
    assert len(first.columns["prompt"]) == 2
    assert first.columns["scores"] == {"turn": 3}
    assert second.columns["completion"][0]["content"] == "It is 42."
    assert whole.columns["scores"] == {"whole": 4}
    assert len(whole.columns["completion"]) == 3


def test_a_run_becomes_its_steps_with_what_the_tools_returned(examples):
    whole, stepwise = rows("trajectory", examples["trajectory"])
    assert whole.columns["label"] is False
    assert whole.columns["tools"] == examples["trajectory"].item["tools"]
    assert [len(step) for step in stepwise.columns["completions"]] == [2, 1]
    assert stepwise.columns["labels"] == [True, False]
    assert [m["role"] for m in stepwise.columns["prompt"]] == ["system", "user"]


def test_yes_and_no_are_labels(examples):
    assert rows("accept", examples["accept"])[0].columns["label"] is False
    assert rows("facts", examples["facts"])[0].columns["label"] is True
