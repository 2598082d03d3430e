import pytest

from services.report.generation_facts import ModelFacts, RunFacts
from services.report.generation_panels import main_player, slot_uses
from services.report.generation_samples import tell
from services.report.generation_words import (
    made_words,
    money_words,
    replay_words,
    speed_words,
    verdict,
)


def run(quantity=10, accepted=10, models=None, **fields):
    part = {"recipe": "riddles", "quantity": quantity, "accepted": accepted}
    part["records"] = {"Instruction": accepted} if accepted else {}
    return RunFacts.model_validate({"recipes": [part], "models": models or {}, **fields})


@pytest.mark.parametrize(
    ("quantity", "accepted", "said"),
    [
        (10, 0, "Nothing was made."),
        (10, 9, "9 of 10 wanted items were made."),
        (10, 10, "All 10 wanted items were made."),
        (1, 1, "The wanted item was made."),
    ],
)
def test_the_first_line_says_whether_it_is_all_there(quantity, accepted, said):
    assert verdict(run(quantity, accepted)) == said


def test_a_run_that_asked_nothing_claims_no_time():
    writer = {"writer": [{"asked": 0, "replayed": 7}]}
    replayed = run(models=writer, seconds=0.1)
    assert made_words(replayed) == "10 Instruction records by riddles."
    assert "asked nothing anew" in replay_words(replayed)
    assert "answered 7 requests" in replay_words(replayed)


def test_a_run_that_went_on_says_how_much_was_asked():
    went_on = run(models={"writer": [{"asked": 3, "replayed": 7}]}, seconds=2.0)
    assert "answered 7 requests, and 3 were asked" in replay_words(went_on)
    assert made_words(went_on).endswith("by riddles in 2.0\u202fs.")


def test_a_fresh_run_says_nothing_of_journals():
    assert replay_words(run(models={"writer": [{"asked": 3}]})) == ""


def test_speed_is_told_where_something_was_written():
    told = speed_words(run(completion_tokens=300, seconds=2.0, tokens_per_second=150.0))
    assert told.startswith("300 tokens in 2.0\u202fs: 150 tokens per second")
    assert speed_words(run(completion_tokens=0, seconds=2.0, tokens_per_second=0.0)) == (
        "No engine wrote anything in this run."
    )


@pytest.mark.parametrize(
    ("usd", "facts", "said"),
    [
        (0, {}, "Every model ran here: no endpoint was paid."),
        (0, {"usd": 0.0}, "No money was counted: either nothing was asked, or the order names no"),
        (
            0.5,
            {"usd": 0.5},
            "$0.5000 by the prices that the order names, $0.050000 for each record",
        ),
    ],
)
def test_money(usd, facts, said):
    assert money_words(run(models={"writer": [facts]}, usd=usd)).startswith(said)


def test_a_model_of_two_roles_counts_once():
    shared = {"name": "m", "asked": 5, "completion_tokens": 50}
    facts = run(models={"writer": [shared], "judge": [shared, {"name": "n", "asked": 1}]})
    assert [player.roles for player in facts.players] == [["writer", "judge"], ["judge"]]
    assert facts.asked == 6


def test_the_main_model_is_the_one_that_wrote_most_and_whose_slots_are_known():
    small = {"name": "s", "completion_tokens": 5, "engine_efficiency": 0.9}
    large = {"name": "l", "completion_tokens": 9, "engine_efficiency": 0.5}
    remote = {"name": "r", "completion_tokens": 99}
    found = main_player(run(models={"writer": [small, large, remote]}))
    assert found is not None
    assert found.facts.name == "l"
    assert main_player(run(models={"writer": [remote]})) is None


def test_the_uses_of_the_slots_add_up():
    lost = {"lost_to_starved_slots": 0.1, "lost_waiting_for_other_models": 0.2}
    facts = ModelFacts(engine_efficiency=0.4, lost_in_the_tail=0.3, **lost)
    assert sum(use.share for use in slot_uses(facts)) == pytest.approx(1)
    assert slot_uses(ModelFacts()) == []


def test_a_conversation_is_told_turn_by_turn_with_its_calls():
    call = {"id": "1", "name": "add", "arguments": '{"a": 1}'}
    turns = [
        {"role": "user", "content": "1 + 1?", "tool_calls": []},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "2", "tool_calls": []},
    ]
    assert tell(turns) == 'user: 1 + 1?\n\nassistant: calls add({"a": 1})\n\ntool: 2'
    assert tell(turns[:1]) == "1 + 1?"
    assert tell([{"outcome": "ok"}]) == '[\n  {\n    "outcome": "ok"\n  }\n]'
