from random import Random

import pytest

from generation.ingredients.passages import draw_passage

DOCUMENT = "  One two three. Four five!\nSix seven eight nine? Ten."


@pytest.mark.parametrize(
    ("max_words", "passages"),
    [
        (10, {DOCUMENT.strip()}),
        (6, {"One two three. Four five!", "Four five!\nSix seven eight nine?",
             "Six seven eight nine? Ten."}),
        (5, {"One two three. Four five!", "Four five!", "Six seven eight nine? Ten."}),
        (2, {"One two", "Four five!", "Six seven", "Ten."}),
    ],
)  # fmt: skip
def test_whole_sentences_from_any_place(max_words: int, passages: set[str]) -> None:
    drawn = [draw_passage(DOCUMENT, max_words, Random(seed)) for seed in range(200)]
    assert {each.text for each in drawn} == passages
    assert all(DOCUMENT[each.start : each.end] == each.text for each in drawn)


def test_a_sentence_without_an_end_is_cut() -> None:
    passage = draw_passage("word " * 1000, 7, Random(1))
    assert passage.text == "word word word word word word word"


def test_a_blank_document_gives_an_empty_passage() -> None:
    assert draw_passage(" \n", 7, Random(1)).text == ""
