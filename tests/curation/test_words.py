import numpy as np

from curation.words import split_words


def test_words_are_lower_case_and_compatible_and_carry_no_punctuation():
    words = split_words(["Ｈello, WORLD! Don't", "", "naïve हिन्दी"]).texts.to_list()
    assert words == [["hello", "world", "don", "t"], [], ["naïve", "हिन्दी"]]


def test_symbols_are_words():
    assert split_words(["C++ or C#? 😀"]).texts.to_list() == [["c", "+", "+", "or", "c", "#", "😀"]]


def test_scripts_without_spaces_are_split_into_characters():
    assert split_words(["你好 world"]).texts.to_list() == [["你", "好", "world"]]


def test_ngrams_of_equal_words_have_equal_hashes_and_stay_inside_their_text():
    words = split_words(["a b c d", "x a b c", "a b"])
    hashes, inside = words.ngrams(3)
    assert inside.tolist() == [3, 3, 2, 1, 3, 3, 2, 1, 2, 1]
    assert hashes[0] == hashes[5]
    full = hashes[inside == 3]
    assert len(np.unique(full)) == 3


def test_ngrams_depend_on_the_order_of_the_words():
    hashes, _ = split_words(["a b", "b a"]).ngrams(2)
    assert hashes[0] != hashes[2]
