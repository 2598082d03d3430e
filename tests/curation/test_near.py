import random

from curating import preference, turns

from curation.near import find_near_duplicates

LONG = (
    "Describe in your own words how a lighthouse keeper on a lonely island spends a stormy winter "
    "evening, what the lamp needs, and why the ships out at sea depend on it so much"
)


def dropped(rows, similarity=0.8):
    decisions = find_near_duplicates(rows, similarity)
    return [row for row, drop in zip(rows, decisions, strict=True) if drop]


def test_a_prompt_with_one_word_changed_at_the_end_is_a_near_duplicate():
    rows = [preference(LONG), preference(LONG.replace("so much", "so greatly"))]
    (drop,) = [drop for drop in find_near_duplicates(rows, 0.8) if drop]
    assert drop.reason == "near_duplicate"
    assert {drop.record_id, drop.other_id} == {row.id for row in rows}
    assert drop.other_id == min(row.id for row in rows)
    assert "Jaccard 0.9" in drop.detail


def test_the_threshold_has_two_sides():
    rows = [preference("a b c d e f g"), preference("a b c d e f h")]  # 4 of 6 shingles
    assert len(dropped(rows, 0.66)) == 1
    assert dropped(rows, 0.67) == []


def test_prompts_that_differ_in_a_number_stay():
    rows = [preference(f"{LONG}, in {count} sentences") for count in range(20)]
    assert dropped(rows) == []


def test_the_same_numbers_in_other_words_are_dropped():
    rows = [preference(f"{LONG}, in 5 sentences"), preference(f"{LONG}, in 5 lines")]
    assert len(dropped(rows)) == 1


def test_pairs_of_the_same_prompt_stay_together():
    rows = [preference(LONG, "a", "b"), preference(LONG, "c", "d")]
    assert dropped(rows) == []
    rows.append(preference(LONG.replace("so much", "so greatly")))
    lost = dropped(rows)
    assert lost in ([rows[2]], rows[:2])


def test_prompts_under_different_system_turns_stay():
    texts = [f"You are a {who}." for who in ("pirate", "poet")]
    rows = [
        preference(LONG).model_copy(update={"prompt": turns(("system", text), ("user", LONG))})
        for text in texts
    ]
    assert dropped(rows) == []


def test_a_planted_near_duplicate_is_found_and_nothing_else_is():
    rng = random.Random(7)
    vocabulary = [f"w{chr(97 + i // 26)}{chr(97 + i % 26)}x" for i in range(600)]
    words = [rng.choices(vocabulary, k=60) for _ in range(300)]
    planted = [[*text[:59], "changed"] for text in words[:100]]
    rows = [preference(" ".join(text)) for text in words + planted]
    lost = {row.id for row in dropped(rows)}
    twins = list(zip(rows[:100], rows[300:], strict=True))
    assert all(max(one.id, other.id) in lost for one, other in twins)
    assert len(lost) == 100


def test_the_order_of_the_rows_does_not_change_what_stays():
    rows = [preference(LONG.replace("so much", end)) for end in ("a", "b", "c d")]
    assert {row.id for row in dropped(rows)} == {row.id for row in dropped(rows[::-1])}


def test_hostile_texts_are_compared_like_any_other():
    texts = ["\u202e" * 50, "\u0300" * 500, "🏳️‍🌈" * 40, "…?!", "\u200b", "ﷺ" * 90, "a" * 50_000]
    assert dropped([preference(text) for text in texts]) == []
    assert len(dropped([preference("ﬁne " * 9), preference("fine  " * 8 + "FINE!")])) == 1
