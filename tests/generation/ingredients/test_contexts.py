from random import Random

from generation.ingredients.contexts import build_context
from generation.ingredients.passages import Passage

DOCUMENT = " ".join(f"d{number}" for number in range(100))
START = DOCUMENT.index("d50")
PASSAGE = Passage(DOCUMENT[START : START + 7], START, START + 7)
OTHERS = [{"document": f"o{n} " * 40} for n in range(5)] + [{"document": DOCUMENT}, {"title": "x"}]


def test_the_document_stands_at_every_place_among_others() -> None:
    places = set()
    for seed in range(60):
        context = build_context(DOCUMENT, PASSAGE, OTHERS, 200, Random(seed))
        assert context.text[int(context.depth * len(context.text) + 0.5) :].startswith("d50 d51")
        assert len(context.text.split()) == 200 + 2 * context.text.count("Document ")
        assert context.text.count("d50") == 1
        places.add(context.text.split(DOCUMENT)[0].count("Document "))
    assert places == {1, 2, 3, 4}


def test_a_document_that_is_too_long_is_cut_around_its_passage() -> None:
    starts = set()
    for seed in range(100):
        context = build_context(DOCUMENT, PASSAGE, OTHERS, 10, Random(seed))
        words = context.text.split()[2:]
        assert len(words) == 10
        assert "d50 d51" in context.text
        starts.add(words[0])
    assert starts == {f"d{number}" for number in range(42, 51)}


def test_a_passage_longer_than_the_context_stays_whole() -> None:
    assert build_context(DOCUMENT, PASSAGE, (), 1, Random(1)).text == "Document 1:\nd50 d51"
