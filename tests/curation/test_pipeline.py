import numpy as np
from curating import preference

from curation.pipeline import curate
from ingot.orders import CurationTerms

LONG = (
    "Describe in your own words how a lighthouse keeper on a lonely island spends a stormy winter "
    "evening, what the lamp needs, and why the ships out at sea depend on it so much"
)
BENCHMARKS = {"held_out": ["Which of the seven bridges did the careless general forget to burn?"]}


class Blind:
    """Everything looks the same to it."""

    def encode(self, texts: list[str]) -> np.ndarray:
        return np.ones((len(texts), 1), np.float32)


def rows_of_every_kind():
    return [
        preference("Name a colour.", "red", "red "),
        preference("Name a  colour.", "red", "blue"),
        preference("Name a colour.", "red", "blue"),
        preference(LONG),
        preference(LONG + ", my friend"),
        preference(BENCHMARKS["held_out"][0]),
        preference("What is 12 + 34?"),
        preference("What is 12 + 35?"),
    ]


def test_every_record_is_kept_or_dropped_once_for_a_named_reason():
    rows = rows_of_every_kind()
    curated = curate(rows, CurationTerms(), BENCHMARKS, None)
    assert curated.reasons == {
        "same_completions": 1, "exact_duplicate": 1, "contaminated": 1, "near_duplicate": 1
    }  # fmt: skip
    assert len(curated.kept) + len(curated.drops) == len(rows)
    assert [rows[row] for row in curated.rows] == list(curated.kept)
    assert rows[6] in curated.kept
    assert rows[7] in curated.kept


def test_an_encoder_adds_the_semantic_step():
    curated = curate(rows_of_every_kind(), CurationTerms(), BENCHMARKS, Blind())
    assert curated.reasons["semantic_duplicate"] == 1  # colour and lighthouse look the same to it


def test_a_clean_prompt_does_not_fall_to_a_contaminated_twin():
    asked = LONG + " as the careless old general forgot to say that night"
    rows = [preference(asked), preference(asked.replace("that night", "then"))]
    for spoiled in (0, 1):
        leaked = " ".join(rows[spoiled].prompt[0].content.split()[-8:])
        curated = curate(
            rows, CurationTerms(ngram=8), {"leak": [leaked + " though nobody asked"]}, None
        )
        assert curated.kept == (rows[1 - spoiled],)


def test_the_same_input_gives_the_same_result():
    rows = rows_of_every_kind()
    first, second = (curate(rows, CurationTerms(), BENCHMARKS, Blind()) for _ in range(2))
    assert first == second


def test_nothing_in_nothing_out():
    assert curate([], CurationTerms(), BENCHMARKS, Blind()).kept == ()
