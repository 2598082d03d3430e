from generation.ingredients.known_texts import KnownTexts

KNOWN = KnownTexts(["One two, three FOUR five six", "short text", "?!"], 4)


def test_a_run_of_words_is_known_whatever_case_and_punctuation() -> None:
    assert KNOWN.share("zero two three four. Five seven")
    assert not KNOWN.share("zero two three four seven five six")


def test_a_text_without_a_run_is_known_as_a_whole() -> None:
    assert KNOWN.share("Short text!")
    assert not KNOWN.share("short")
    assert not KNOWN.share("one two three")
    assert not KNOWN.share("")
