"""Exact duplicates: rows of the same prompt, chosen and rejected but for white space."""

from collections.abc import Sequence

from curation.decisions import Decisions, Drop, Reason
from curation.prompts import normalise_turns
from ingot.records import Preference


def find_exact_duplicates(preferences: Sequence[Preference]) -> Decisions:
    """Keep the row of the lowest id; of rows with one id, the first."""
    survivors: dict[object, int] = {}
    for row in sorted(range(len(preferences)), key=lambda row: preferences[row].id):
        survivors.setdefault(_key(preferences[row]), row)
    return [
        _decide(preference, preferences[survivor]) if (survivor := survivors[key]) != row else None
        for row, (preference, key) in enumerate((p, _key(p)) for p in preferences)
    ]


def _decide(preference: Preference, survivor: Preference) -> Drop:
    detail = "prompt, chosen and rejected are the same text"
    return Drop(preference.id, Reason.EXACT_DUPLICATE, detail, survivor.id)


def _key(preference: Preference) -> object:
    turns = (preference.prompt, preference.chosen, preference.rejected)
    return tuple(normalise_turns(part) for part in turns)
