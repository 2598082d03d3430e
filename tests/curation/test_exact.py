from curating import preference

from curation.exact import find_exact_duplicates


def test_a_row_that_differs_in_white_space_is_an_exact_duplicate():
    rows = [preference("Name a colour."), preference("Name  a\ncolour. ")]
    survivor = min(rows, key=lambda row: row.id)
    drops = [drop for drop in find_exact_duplicates(rows) if drop]
    assert [(drop.reason, drop.other_id) for drop in drops] == [("exact_duplicate", survivor.id)]
    assert drops[0].record_id != survivor.id


def test_other_completions_of_one_prompt_are_no_duplicates():
    rows = [
        preference("Name a colour.", "red", "seven"),
        preference("Name a colour.", "red", "eight"),
        preference("Name a colour.", "seven", "red"),
        preference("Name a colour!", "red", "seven"),
    ]
    assert find_exact_duplicates(rows) == [None] * 4


def test_of_rows_with_one_id_the_first_stays():
    twice = [preference("Name a colour."), preference("Name a colour.", confidence=0.5)]
    assert twice[0].id == twice[1].id
    first, second = find_exact_duplicates(twice)
    assert first is None
    assert second is not None


def test_the_survivor_does_not_depend_on_the_order_of_the_rows():
    rows = [preference("Name" + " " * n + "it.") for n in (1, 2, 3)]
    ids = [
        {row.id for row, drop in zip(order, find_exact_duplicates(order), strict=True) if not drop}
        for order in (rows, rows[::-1])
    ]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 1


def test_composed_and_decomposed_letters_are_the_same_but_superscripts_are_not():
    assert any(find_exact_duplicates([preference("caf\u00e9?"), preference("cafe\u0301?")]))
    assert not any(find_exact_duplicates([preference("x² = 4"), preference("x2 = 4")]))
