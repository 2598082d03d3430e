import numpy as np
from curating import preference

from curation.encoder import SentenceEncoder
from curation.semantic import find_semantic_duplicates


class Compass:
    """Places 'north <degrees word>' on the unit circle, from a table."""

    def __init__(self, degrees: dict[str, float]) -> None:
        self.degrees = degrees
        self.asked: list[str] = []

    def encode(self, texts: list[str]) -> np.ndarray:
        self.asked += texts
        angles = np.radians([self.degrees[text] for text in texts])
        return np.stack((np.cos(angles), np.sin(angles)), axis=1).astype(np.float32)


def test_the_cosine_threshold_has_two_sides():
    rows = [preference("Describe the sea"), preference("Tell me about the ocean")]
    compass = Compass({"Describe the sea": 0, "Tell me about the ocean": 10})
    below, above = np.cos(np.radians(10)) - 1e-4, np.cos(np.radians(10)) + 1e-4
    (drop,) = [drop for drop in find_semantic_duplicates(rows, below, compass) if drop]
    assert drop.reason == "semantic_duplicate"
    assert drop.other_id == min(row.id for row in rows)
    assert not any(find_semantic_duplicates(rows, above, compass))


def test_prompts_whose_figures_nobody_shares_are_not_even_encoded():
    rows = [preference(f"What is {n} + 34?") for n in range(5)]
    compass = Compass({})
    assert not any(find_semantic_duplicates(rows, 0.5, compass))
    assert compass.asked == []


def test_blocks_cover_all_pairs(monkeypatch):
    monkeypatch.setattr("curation.semantic.BLOCK", 3)
    names = [f"place {a}{b}" for a in "abcd" for b in "xyz"]
    compass = Compass({name: 30.0 * (index % 6) for index, name in enumerate(names)})
    rows = [preference(name) for name in names]
    drops = [drop for drop in find_semantic_duplicates(rows, 0.999, compass) if drop]
    assert len(drops) == 6
    texts = {row.id: row.prompt[0].content for row in rows}
    pairs = [
        (compass.degrees[texts[d.record_id]], compass.degrees[texts[d.other_id]]) for d in drops
    ]
    assert all(one == other for one, other in pairs)


def test_the_packaged_model_knows_a_paraphrase_from_another_question():
    encoder = SentenceEncoder("", "cpu")
    texts = [
        "How do I bake bread at home?",
        "What is the way to bake bread at home?",
        "Who wrote the opera Carmen?",
        "How do I bake bread at home? " + "We were talking about the weather. " * 80,
    ]
    rows = encoder.encode(texts)
    cosines = rows @ rows.T
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.diag(cosines), 1, atol=1e-5)
    assert cosines[0, 1] > 0.9 > 0.3 > cosines[0, 2]
    assert cosines[0, 3] < 0.9


def test_the_end_of_a_long_text_counts():
    encoder = SentenceEncoder("", "cpu")
    start = "The harbour was quiet and the boats lay still in the evening light. " * 30
    ends = ("Which boat is the oldest one here?" * 9, "Explain how a compiler parses code." * 9)
    one, other = encoder.encode([start + end for end in ends])
    assert one @ other < 0.999
