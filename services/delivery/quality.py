"""The quality report: the facts of the batch with what the delivered rows say themselves."""

from collections import Counter
from collections.abc import Iterable, Sequence

from ingot.records import JudgeKind, Model, Preference
from services.delivery.facts import DeliveryFacts


class Quality(Model):
    """What stands in `quality.json`."""

    facts: DeliveryFacts
    rows: int
    prompts: int
    """Different prompts among the rows."""
    decided_by: dict[str, int]
    """Rows by who decided: verifier, judge, person."""
    domains: dict[str, int]
    human_share: float
    """Share of rows that people decided; 0 where people were simulated."""
    simulated_rows: int
    """Rows that simulated reviewers answered."""


def count_quality(preferences: Sequence[Preference], facts: DeliveryFacts) -> Quality:
    """Count the rows; nothing is taken on trust that can be counted."""
    people = sum(_is_human(preference) for preference in preferences)
    return Quality(
        facts=facts,
        rows=len(preferences),
        prompts=len({preference.prompt for preference in preferences}),
        decided_by=_count(preference.source.value for preference in preferences),
        domains=_count(preference.domain or "(none)" for preference in preferences),
        human_share=round(people / max(len(preferences), 1), 6),
        simulated_rows=sum(preference.provenance.simulated for preference in preferences),
    )


def _is_human(preference: Preference) -> bool:
    return preference.source is JudgeKind.PERSON and not preference.provenance.simulated


def _count(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))
