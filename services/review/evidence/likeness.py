"""Evidence in what a text shares with others: models' answers to its prompt, other people's texts.

Both compare runs of words (`words.runs`), less those of the task: quoting is no evidence.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import fmean

from services.review.evidence.found import Evidence, Limits, Measured

MIN_RUNS = 20
"""Runs of its own that a text needs to be compared."""
FORCED = 0.3
"""Share of runs that the models' answers have in common with each other, from which on the prompt
leaves little choice of words, and sharing them shows nothing."""
OWN_MODELS = Limits(note=0.15, review=0.45, suspect=0.6)
"""Above the shares that 5 %, 1 % and none of the people of the training half reach."""
DUPLICATES = Limits(note=0.1, review=0.2, suspect=0.4)
"""No two people of the training half share more than 0.12, on the same task or another."""


def like_models(own: set[int], answers: Sequence[set[int]]) -> Iterator[Evidence]:
    """What a text shares with our models' answers to the same prompt.

    With a single answer nobody knows whether the prompt forces the words: that is a note at most.
    """
    if len(own) < MIN_RUNS or not answers or forced(answers) >= FORCED:
        return
    value = share(own, answers)
    severity = OWN_MODELS.grade(value)
    if severity:
        graded = severity if len(answers) > 1 else "note"
        measured = {"share": round(value, 3), "answers": len(answers)}
        yield Evidence("like_own_models", graded, measured)


def like_others(own: set[int], others: Mapping[str, set[int]]) -> Iterator[Evidence]:
    """What a text shares with the nearest of other reviewers' texts, by their assignment."""
    if len(own) < MIN_RUNS or not others:
        return
    shares = {name: share(own, [other]) for name, other in others.items()}
    nearest = max(shares, key=lambda name: shares[name])
    severity = DUPLICATES.grade(shares[nearest])
    if severity:
        measured: Measured = {"share": round(shares[nearest], 3), "other": nearest}
        yield Evidence("near_duplicate", severity, measured)


def share(own: set[int], others: Iterable[set[int]]) -> float:
    """0 to 1: the share of a text's runs that stand in any of the others."""
    return len(own.intersection(set().union(*others))) / len(own) if own else 0.0


def forced(references: Sequence[set[int]]) -> float:
    """Mean share of runs that each reference has in common with each other one."""
    pairs = [share(one, [two]) for one in references for two in references if one is not two]
    return fmean(pairs) if pairs else 0.0
