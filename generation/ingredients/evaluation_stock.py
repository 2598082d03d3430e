"""What evaluation questions are asked about, and the prompts that they must not repeat."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from generation.flow.item import Row
from generation.ingredients.known_texts import KnownTexts
from generation.ingredients.lineage import document_id
from generation.ingredients.passages import draw_passage

TOPICS = (
    "arithmetic in everyday life", "probability", "geometry", "logic puzzles", "physics",
    "chemistry", "biology", "medicine", "world history", "geography", "law", "economics",
    "literature", "music", "grammar", "computer science", "engineering", "astronomy",
    "cooking and measures", "rules of sports",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Matter:
    """What one question is asked about."""

    domain: str
    passage: str = ""
    """Stands above the question."""
    document_id: str = ""

    @property
    def request(self) -> str:
        """How the model is told."""
        if self.passage:
            return f"Ask about this text, which will stand above the question:\n{self.passage}"
        return f"Topic: {self.domain}"


@dataclass(frozen=True, slots=True)
class Stock:
    """A pool, sorted by what its rows are for."""

    matters: Sequence[Row]
    known: KnownTexts

    def matter(self, index: int, passage_words: int, rng: Random) -> Matter:
        """The pool's documents and topics in turn, else our topics."""
        if not self.matters:
            return Matter(TOPICS[index % len(TOPICS)])
        row = self.matters[index % len(self.matters)]
        domain, document = str(row.get("topic") or ""), row.get("document")
        if not document:
            return Matter(domain)
        passage = draw_passage(str(document), passage_words, rng).text
        return Matter(domain or "reading", passage, document_id(row, str(document)))


def stock_of(pool: Sequence[Row], ngram: int) -> Stock:
    """The pool's rows, sorted once for all items of a run."""
    return _sort(_Same(pool), ngram)


class _Same:
    """A pool as a key: the same list is the same key, whatever it holds."""

    def __init__(self, pool: Sequence[Row]) -> None:
        self.pool = pool

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.pool is self.pool

    def __hash__(self) -> int:
        return id(self.pool)


@lru_cache(maxsize=2)
def _sort(same: _Same, ngram: int) -> Stock:
    """Not per item: with 10,000 known prompts that would be most of a run's time."""
    known = (row.get("prompt") or row.get("question") for row in same.pool)
    return Stock(
        [row for row in same.pool if row.get("document") or row.get("topic")],
        KnownTexts((str(text) for text in known if text), ngram),
    )
