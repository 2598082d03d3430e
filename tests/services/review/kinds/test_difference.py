"""The changes between two texts make both of them again, in bounded effort."""

from difflib import SequenceMatcher
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.review.kinds.alignment import Effort, align
from services.review.kinds.difference import Change, difference

texts = st.lists(st.sampled_from(["a", "b", " ", "\n", ".", "word", "é", "\r"]), max_size=40).map(
    "".join
)
parts = st.lists(st.sampled_from("abc"), max_size=14)


@given(before=texts, after=texts)
def test_both_texts_are_there_in_full(before, after):
    changes = difference(before, after)
    assert "".join(c.text for c in changes if c.kind != "new") == before
    assert "".join(c.text for c in changes if c.kind != "gone") == after


@given(before=texts, after=texts)
def test_neighbours_are_of_different_kinds_and_none_is_empty(before, after):
    changes = difference(before, after)
    assert all(c.text for c in changes)
    assert all(x.kind != y.kind for x, y in pairwise(changes))


@given(old=parts, new=parts)
def test_an_alignment_is_the_longest_common_subsequence(old, new):
    matches = align(old, new, Effort(100_000))
    assert matches is not None
    assert all(old[x : x + n] == new[y : y + n] for x, y, n in matches)
    assert sum(n for _, _, n in matches) == longest(old, new)
    assert matches == sorted(matches)


@given(old=parts, new=parts)
def test_an_alignment_finds_as_much_as_difflib_or_more(old, new):
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    found = align(old, new, Effort(100_000)) or []
    assert sum(match.length for match in found) >= sum(block.size for block in blocks)


def longest(old: list[str], new: list[str]) -> int:
    row = [0] * (len(new) + 1)
    for was in old:
        above, row = row, [0]
        for place, now in enumerate(new):
            row.append(above[place] + 1 if was == now else max(above[place + 1], row[-1]))
    return row[-1]


def test_words_change_and_lines_stay():
    changes = difference("The quick fox.\nIt runs.\n", "The red fox.\nIt runs.\n")
    assert changes == [
        Change("same", "The"),
        Change("gone", " quick"),
        Change("new", " red"),
        Change("same", " fox.\nIt runs.\n"),
    ]


def test_nothing_changed_is_one_stretch():
    assert difference("a\nb", "a\nb") == [Change("same", "a\nb")]
    assert difference("", "") == []
    assert difference("", "a") == [Change("new", "a")]


def test_effort_that_is_used_up_ends_the_search():
    effort = Effort(50)
    assert align(["a"] * 100, ["b"] * 100, effort) is None
    assert effort.left >= -200


def test_texts_too_different_keep_what_they_begin_and_end_with():
    before = "same head\n" + "a b\n" * 20_000 + "same tail"
    after = "same head\n" + "".join(f"{n} c\n" for n in range(20_000)) + "same tail"
    changes = difference(before, after)
    assert changes[0] == Change("same", "same head\n")
    assert changes[-1] == Change("same", "\nsame tail")
    assert len(changes) == 4
