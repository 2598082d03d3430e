"""Drift in what is asked: the mix of domains and the length of the prompts."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from statistics import median

from judging.audit.drift.check import Finding
from judging.audit.drift.samples import compare_mixes, compare_shapes

MATERIAL_MIX = 0.1
"""Population stability index from which a change is usually called moderate."""
MATERIAL_DISTANCE = 0.15
"""Largest distance of two distributions: as many items in a hundred lie elsewhere."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """Prompts, each counted once however many pairs it has: its pairs are not independent."""

    domains: Sequence[str]
    characters: Sequence[int]


def compare_prompts(before: Prompts, after: Prompts) -> list[Finding]:
    """Compare two sets of prompts."""
    mix = compare_mixes(before.domains, after.domains)
    length = compare_shapes(_logs(before.characters), _logs(after.characters))
    return [
        Finding(
            "prompts",
            "domain mix",
            mix.size,
            MATERIAL_MIX,
            mix.p_value,
            len(before.domains),
            len(after.domains),
            f"population stability index of the domains {mix.size:.3f}",
        ),
        Finding(
            "prompts",
            "prompt length",
            length.size,
            MATERIAL_DISTANCE,
            length.p_value,
            len(before.characters),
            len(after.characters),
            f"median {_middle(before)} then {_middle(after)} characters, "
            f"distance {length.size:.3f}",
        ),
    ]


def _logs(characters: Sequence[int]) -> list[float]:
    return [log(1 + count) for count in characters]


def _middle(prompts: Prompts) -> int:
    return round(median(prompts.characters)) if prompts.characters else 0
