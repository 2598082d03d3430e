"""From signals and a random sample of people's labels to who decides each item.

    signals, labels ─► combine ─► one probability ─► certify ─► accepted alone, or for people

A tie said by people is a disagreement with whatever the judges say, and teaches the combination
nothing. An item on which every source is silent is for people: no promise counts it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from judging.evidence.combine import Combined, combine
from judging.evidence.signals import Signals
from judging.guarantee.promise import Promise
from judging.guarantee.strata import Stratum, certify_strata
from judging.guarantee.threshold import Certificate
from judging.intervals import Booleans, Floats

Label = Literal["first", "second", "tie"]
WHOLE = ""
"""The name of the only stratum where the promise is about the batch as a whole."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is promised."""

    target_risk: float
    delta: float
    by_domain: bool = False
    """A promise for each domain instead of one for the batch."""
    grouped: bool = False
    """Whether labels were drawn by whole groups."""
    promise: Promise = "batch"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Decided:
    """Who decides each item."""

    combined: Combined
    certificates: dict[str, Certificate]
    """By domain, or one under WHOLE; about the items of which some source says something."""
    strata: tuple[str, ...]
    """The stratum of each item."""
    accepted: Booleans
    """Items that the judges decide alone; labelled ones among them are people's all the same."""
    points: tuple[tuple[float, bool], ...]
    """(confidence, do people agree?) of each labelled item on which some source says something."""

    @property
    def coverage(self) -> float:
        """Share of all items that the judges decide alone, the labelled ones included."""
        return float(self.accepted.mean()) if len(self.accepted) else 0.0


def decide(signals: Signals, labels: Mapping[int, Label], terms: Terms) -> Decided:
    """Learn one probability, certify it and say what it may decide.

    `labels` are by position and must be a random sample of all items, or of all groups where
    `grouped`. Raises ValueError without any signal, and for terms outside their ranges.
    """
    learned = {row: said == "first" for row, said in labels.items() if said != "tie"}
    combined = combine(signals, learned, seed=terms.seed)
    agrees = _agreement(combined, labels)
    use_domains = terms.by_domain and bool(signals.domains)
    strata = signals.domains if use_domains else (WHOLE,) * len(signals)
    heard: Booleans = np.any(~np.isnan(signals.log_odds), axis=1)
    rows: dict[str, list[int]] = {name: [] for name in sorted(set(strata))}
    for row in np.flatnonzero(heard):
        rows[strata[row]].append(int(row))
    certificates = certify_strata(
        {name: _stratum(rows[name], signals, combined, agrees, terms) for name in rows},
        terms.target_risk,
        terms.delta,
        promise=terms.promise,
        learned=combined.comparison is not None,
    )
    confidences = combined.confidences
    accepted = np.array(
        [
            certificates[name].accepts(float(confidence))
            for name, confidence in zip(strata, confidences, strict=True)
        ],
        dtype=bool,
    )
    points = tuple((float(confidences[row]), agrees[row]) for row in labels if heard[row])
    return Decided(combined, certificates, strata, accepted & heard, points)


def were_drawn_by_groups(groups: Sequence[str], labelled: Sequence[int]) -> bool:
    """Whether labels look like whole groups: none is labelled in part, and some hold several."""
    chosen = set(labelled)
    known: dict[str, set[bool]] = {}
    sizes: dict[str, int] = {}
    for row, group in enumerate(groups):
        known.setdefault(group, set()).add(row in chosen)
        sizes[group] = sizes.get(group, 0) + 1
    whole = all(len(states) == 1 for states in known.values())
    return whole and any(size > 1 for size in sizes.values())


def _agreement(combined: Combined, labels: Mapping[int, Label]) -> dict[int, bool]:
    """Whether people say what the combination says, for each labelled item."""
    says = combined.says_first
    return {row: said == ("first" if says[row] else "second") for row, said in labels.items()}


def _stratum(
    rows: Sequence[int],
    signals: Signals,
    combined: Combined,
    agrees: Mapping[int, bool],
    terms: Terms,
) -> Stratum:
    confidences: Floats = combined.confidences
    labelled = [row for row in rows if row in agrees]
    return Stratum(
        confidences=[float(confidences[row]) for row in rows],
        calibration=[(float(confidences[row]), agrees[row]) for row in labelled],
        groups=[signals.groups[row] for row in labelled] if terms.grouped else (),
    )
