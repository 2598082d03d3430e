"""Curation as a whole: the steps in their order, cheapest and surest first.

Decontamination comes before near-duplicates: a clean prompt must not fall to a contaminated twin
that is dropped itself afterwards.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from curation.decisions import Decisions, Drop, count_reasons
from curation.decontaminate import find_contaminated
from curation.exact import find_exact_duplicates
from curation.near import find_near_duplicates
from curation.semantic import Encoder, find_semantic_duplicates
from curation.validate import find_invalid
from ingot.orders import CurationTerms
from ingot.records import Preference


@dataclass(frozen=True, slots=True)
class Curated:
    """What stays and what does not."""

    kept: tuple[Preference, ...]
    """In the order in which they came."""
    rows: tuple[int, ...]
    """Where each kept record stood in the input."""
    drops: tuple[Drop, ...]
    """Step by step."""

    @property
    def reasons(self) -> dict[str, int]:
        """How many records each reason took."""
        return count_reasons(self.drops)


def curate(
    preferences: Sequence[Preference],
    terms: CurationTerms,
    benchmarks: Mapping[str, Sequence[str]],
    encoder: Encoder | None,
) -> Curated:
    """Apply every step to what the steps before have kept; without an encoder, none semantic."""
    rows = tuple(range(len(preferences)))
    drops: list[Drop] = []
    for step in _plan(terms, benchmarks, encoder):
        decisions = step([preferences[row] for row in rows])
        drops.extend(drop for drop in decisions if drop)
        rows = tuple(row for row, drop in zip(rows, decisions, strict=True) if drop is None)
    return Curated(tuple(preferences[row] for row in rows), rows, tuple(drops))


def _plan(
    terms: CurationTerms, benchmarks: Mapping[str, Sequence[str]], encoder: Encoder | None
) -> list[Callable[[Sequence[Preference]], Decisions]]:
    steps: list[Callable[[Sequence[Preference]], Decisions]] = [
        find_invalid,
        find_exact_duplicates,
        lambda records: find_contaminated(records, benchmarks, terms.ngram),
        lambda records: find_near_duplicates(records, terms.near_duplicate_similarity),
    ]
    if encoder is not None:
        steps.append(
            lambda records: find_semantic_duplicates(records, terms.semantic_similarity, encoder)
        )
    return steps
