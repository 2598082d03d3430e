import pytest

from services.report.facts import Facts
from services.report.panels import (
    all_figures,
    changes,
    decision_parts,
    line_steps,
    ranked_rows,
    stage_rows,
)


def read(facts, **changed):
    return Facts.model_validate(facts | changed)


def test_the_line_shows_the_counts_of_each_station(facts):
    steps = line_steps(read(facts))
    assert [step.name for step in steps] == [
        *("order", "generate", "judge", "people", "curate", "deliver", "train")
    ]
    numbers = [step.number for step in steps]
    assert numbers == ["1,200", "4,800", "1,000", "250", "980", "953", "953"]
    assert steps[0].detail == "333 drafts rejected"


def test_the_parts_add_up_to_all_pairs(facts):
    parts = decision_parts(read(facts))
    assert [part.number for part in parts] == [400, 350, 150, 60, 40]
    assert sum(part.number for part in parts) == facts["pairs"]


@pytest.mark.parametrize("missing", ["pairs", "verified", "to_people"])
def test_there_are_no_parts_of_an_unknown_whole(facts, missing):
    assert decision_parts(read(facts, **{missing: None})) == []


def test_counts_are_ranked_and_shared():
    rows = ranked_rows({"b": 1, "near_duplicate": 3})
    assert [(row.name, row.number, row.share) for row in rows] == [
        ("near duplicate", 3, 0.75),
        ("b", 1, 0.25),
    ]


def test_stages_stand_in_the_order_of_the_line(facts):
    spent = {"train": 30.0, "unknown": 1.0, "judge": 9.0}
    rows = stage_rows(read(facts, seconds_by_stage=spent))
    assert [(row.name, row.share) for row in rows] == [
        ("judge", 0.225),
        ("train", 0.75),
        ("unknown", 0.025),
    ]


def test_domains_stand_below_the_whole_the_largest_gain_first(facts):
    domains = {"a": [0.5, 0.4], "b": [0.1, 0.3], "c": [0.2, None]}
    drawn = changes(read(facts, pass_at_1_by_domain=domains))
    assert [change.name for change in drawn] == ["all domains", "b", "c", "a"]


def test_nested_figures_are_flattened():
    facts = {"b": {"c": 1000, "d": {}}, "a": [1, None], "e": True, "f": 0.1 + 0.2, "g": [{"h": 1}]}
    assert all_figures(facts) == [
        ("a", "1, –"),
        ("b.c", "1,000"),
        ("b.d", "–"),
        ("e", "yes"),
        ("f", "0.3"),
        ("g.01.h", "1"),
    ]
