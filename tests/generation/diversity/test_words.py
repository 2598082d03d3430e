import pytest

from generation.diversity.words import split_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't PANIC, 42 times!", ["don", "t", "panic", "42", "times"]),
        ("snake_case Größe", ["snake_case", "größe"]),
        ("写一首诗 now", ["写", "一", "首", "诗", "now"]),
        ("カタカナabc", ["カ", "タ", "カ", "ナ", "abc"]),
        (" ... ", []),
    ],
)
def test_words_are_lower_case_runs_and_single_unspaced_characters(text, words):
    assert split_words(text) == words
