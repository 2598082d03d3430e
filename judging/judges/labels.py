"""What a judge says by the label after its verdict's mark, and how surely.

    label_logprobs --read_labels--> Reading: probabilities given that a label comes, and their mass
    a choice's text --read_choice--> Reading: everything on the label that was said, mass unknown

Conditioning hides a judge that wanted to say something else, so the mass is kept beside the
probabilities; below MIN_LABEL_MASS there is no verdict. An endpoint that tells its 20 likeliest
tokens alone may leave labels out: they count as 0, and the mass is then a lower bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import fmean

from ingot.engine import Generated

MIN_LABEL_MASS = 0.5
"""Below it the judge rather wanted to write something else than a label: that is no verdict."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A probability for each label, in the labels' order; they add up to 1."""

    probabilities: tuple[float, ...]
    mass: float | None
    """Probability of all labels together before conditioning; None where only a text was told."""
    missing: int = 0
    """Labels whose probability the engine did not tell."""

    @property
    def usable(self) -> bool:
        """Whether the judge wanted to answer by a label at all."""
        return self.mass is None or self.mass >= MIN_LABEL_MASS

    @property
    def best(self) -> int:
        """Place of the likeliest label, the first of several."""
        return max(range(len(self.probabilities)), key=self.probabilities.__getitem__)

    @property
    def p(self) -> float:
        """Probability of the likeliest label."""
        return max(self.probabilities)

    @property
    def margin(self) -> float:
        """How far the likeliest label is ahead of the next one."""
        first, second = sorted(self.probabilities, reverse=True)[:2]
        return first - second

    @property
    def entropy(self) -> float:
        """Shannon's, in nats: 0 for a sure judge, log(labels) for one that does not know."""
        return -sum(p * log(p) for p in self.probabilities if p)

    def expected(self, scores: Sequence[float]) -> float:
        """Mean of the labels' scores under the probabilities (G-Eval, arXiv 2303.16634, 2.2)."""
        return sum(p * score for p, score in zip(self.probabilities, scores, strict=True))


def read_labels(answer: Generated, labels: Sequence[str]) -> Reading:
    """The labels' probabilities; surface variants such as 'A' and ' A' are added up."""
    told: dict[str, float] = {}
    for text, logprob in answer.label_logprobs.items():
        told[text.strip()] = told.get(text.strip(), 0.0) + exp(logprob)
    raw = [told.get(label.strip(), 0.0) for label in labels]
    mass = sum(raw)
    even = 1 / len(labels)
    return Reading(
        tuple(each / mass if mass else even for each in raw),
        mass=min(1.0, mass),
        missing=sum(label.strip() not in told for label in labels),
    )


def read_choice(text: str, labels: Sequence[str]) -> Reading | None:
    """Everything on the label that the text is; None where it is none of them."""
    said = [label.strip() == text.strip() for label in labels]
    return Reading(tuple(float(each) for each in said), mass=None) if any(said) else None


def average(readings: Sequence[Reading]) -> Reading:
    """The mean of readings of the same labels; of choices it is their share of the votes."""
    masses = [reading.mass for reading in readings if reading.mass is not None]
    return Reading(
        tuple(map(fmean, zip(*(reading.probabilities for reading in readings), strict=True))),
        mass=fmean(masses) if masses else None,
        missing=max(reading.missing for reading in readings),
    )
