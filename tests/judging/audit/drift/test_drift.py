"""What has not changed is called stable, what has is found."""

import numpy as np
import pytest

from ingot.records import JudgeKind, Judgment
from judging.audit.drift.check import drifting, settle
from judging.audit.drift.judge import Habits, compare_anchors, compare_habits
from judging.audit.drift.people import Answers, compare_answers
from judging.audit.drift.prompts import Prompts, compare_prompts
from judging.audit.drift.samples import compare_bands, compare_mixes, compare_shares

RANDOM = np.random.default_rng(9)


def prompts(shares, length, count=300):
    domains = RANDOM.choice(list(shares), count, p=list(shares.values())).tolist()
    return Prompts(domains, RANDOM.lognormal(length, 0.4, count).astype(int).tolist())


def habits(sure, flips=0.05, mass=0.99, count=300):
    return Habits(
        confidences=RANDOM.beta(sure, 2, count).tolist(),
        verdicts=RANDOM.choice(["A", "B"], count).tolist(),
        flips=(RANDOM.random(count) < flips).tolist(),
        label_masses=RANDOM.beta(100 * mass, 100 * (1 - mass), count).tolist(),
    )


def names(findings):
    return [check.name for check in drifting(settle(findings))]


def test_the_same_source_is_stable_in_nearly_all_comparisons():
    mix, found = {"add": 0.5, "sort": 0.3, "date": 0.2}, 0
    for _ in range(200):
        found += bool(
            names(compare_prompts(prompts(mix, 5), prompts(mix, 5)))
            + names(compare_habits(habits(8), habits(8)))
        )
    assert found <= 4  # 0.5 % each of two families


def test_other_prompts_are_found():
    before = prompts({"add": 0.5, "sort": 0.3, "date": 0.2}, 5)
    assert names(compare_prompts(before, prompts({"add": 0.2, "sort": 0.3, "date": 0.5}, 5))) == [
        "domain mix"
    ]
    assert "prompt length" in names(
        compare_prompts(before, prompts({"add": 0.5, "sort": 0.3, "date": 0.2}, 6))
    )


@pytest.mark.parametrize(
    ("changed", "name"),
    [({"sure": 3}, "confidence"), ({"flips": 0.3}, "flips"), ({"mass": 0.8}, "label mass")],
)
def test_another_judge_is_found_by_its_habits(changed, name):
    assert name in names(compare_habits(habits(8), habits(**{"sure": 8, **changed})))


def test_a_judge_that_leans_to_one_side_is_found():
    leaning = Habits([0.9] * 300, ["A"] * 230 + ["B"] * 70, [False] * 300)
    assert "verdicts" in names(
        compare_habits(Habits([0.9] * 300, ["A", "B"] * 150, [False] * 300), leaning)
    )


def test_a_judge_that_falls_silent_is_found():
    talking, silent = (Habits([], [], [], (), share) for share in ((2, 100), (60, 100)))
    assert names(compare_habits(talking, silent)) == ["silence"]


def test_habits_leave_out_what_was_not_judged():
    said = [
        Judgment(subject_id="par_1", kind=JudgeKind.JUDGE, judge="j", verdict="A", p=0.9),
        Judgment(subject_id="par_2", kind=JudgeKind.JUDGE, judge="j", verdict="", p=None),
    ]
    assert Habits.of(said) == Habits([0.9], ["A"], [False], [], (1, 2))


def test_a_few_changes_on_anchors_are_allowed_and_many_are_not():
    before = {str(n): "A" for n in range(200)}
    few, many = ({**before, **{str(n): "B" for n in range(k)}} for k in (5, 30))
    assert names(compare_anchors(before, few)) == []
    assert names(compare_anchors(before, many)) == ["anchor items"]


def test_people_who_agree_less_or_hurry_are_found():
    before = Answers(
        (90, 100), (95, 100), (88, 100), RANDOM.lognormal(9, 0.5, 100).astype(int).tolist()
    )
    after = Answers((60, 100), (96, 100), (60, 100), [900] * 100)
    assert names(compare_answers(before, before)) == []
    found = names(compare_answers(before, after))
    assert found == ["agreement with each other", "agreement with the judge", "time per answer"]


def test_the_stability_index_is_its_formula():
    assert compare_mixes(["a"] * 50 + ["b"] * 50, ["a"] * 50 + ["b"] * 50).size == 0
    shares = [(np.array(c) + 0.5) / 101 for c in ([50, 50], [80, 20])]
    expected = sum((b - a) * np.log(b / a) for a, b in zip(*shares, strict=True))
    found = compare_mixes(["a"] * 50 + ["b"] * 50, ["a"] * 80 + ["b"] * 20)
    assert found.size == pytest.approx(expected)
    assert compare_bands([0.1] * 100, [0.1] * 100) == 0


def test_too_few_items_and_one_label_change_nothing():
    assert compare_shares((1, 5), (5, 5)).p_value == 1
    assert compare_mixes(["a"] * 100, ["a"] * 100).p_value == 1


def test_a_served_judge_that_changed_between_two_dates_is_found(shared_data):
    rows = shared_data("4_verifiable/llmdrift_prime")
    said = {}
    for model, item, answer in zip(rows["model"], rows["id"], rows["answer"], strict=True):
        verdict = "yes" if "[yes]" in answer.lower() else "no" if "[no]" in answer.lower() else ""
        said.setdefault(model, {})[item] = verdict
    old, new = (said[name] for name in sorted(said) if "gpt-4" in name)
    assert names(compare_anchors(old, new)) == ["anchor items"]
    halves = [[old[i] for i in sorted(old)][part::2] for part in (0, 1)]
    still = compare_habits(*(Habits([0.9] * len(h), h, [False] * len(h)) for h in halves))
    assert names(still) == []
