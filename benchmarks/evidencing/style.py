"""Style as a sign: its weights from the training half, its rates on the other."""

from collections import Counter
from collections.abc import Sequence
from math import sqrt
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.evidencing import style_figures as style
from benchmarks.evidencing.rates import choose_limit, grade, summarize
from benchmarks.evidencing.texts import Sample
from services.review.evidence.words import split

NOTE_RATE, REVIEW_RATE = 0.05, 0.01
"""Shares of people in the training half that may be found."""


def measure(samples: Sequence[Sample]) -> dict[str, Any]:
    """Rates as the rule stands, and how well its score separates people from today's models."""
    samples = looked_at(samples)
    held = [s for s in samples if not s.train and s.writer in ("person", "learner", "model")]
    scores = [score(sample.text) for sample in held]
    auc = roc_auc_score([sample.writer == "model" for sample in held], scores)
    graded = [grade(sample, style.find(sample.text)) for sample in samples]
    return {"auc": round(float(auc), 3), **summarize(graded, ("note", "review"))}


def looked_at(samples: Sequence[Sample]) -> list[Sample]:
    """The texts that are long enough, and English."""
    words = [(sample, split(sample.text)) for sample in samples]
    return [s for s, found in words if len(found) >= style.MIN_WORDS and style.is_english(found)]


def score(text: str) -> float:
    """0 to 1, as the rule scores a text that it looks at."""
    return style.score(style.measure(text, split(text)))


def fit(samples: Sequence[Sample]) -> dict[str, Any]:
    """The constants of the rule from the training half."""
    train = [
        s for s in looked_at(samples) if s.train and s.writer in ("person", "learner", "model")
    ]
    figures = [style.measure(s.text, split(s.text)) for s in train]
    names = list(style.FIGURES)
    values = np.array([[figure[name] for name in names] for figure in figures])
    mean, deviation = values.mean(axis=0).round(3), values.std(axis=0).round(3)
    scaled = ((values - mean) / deviation).clip(-style.CLIP, style.CLIP)
    labels = [s.writer == "model" for s in train]
    model = LogisticRegression(C=0.3, class_weight="balanced", max_iter=1_000)
    model.fit(scaled, labels, sample_weight=_weights(train))
    weights = zip(names, mean, deviation, model.coef_[0].round(3), strict=True)
    return {
        "figures": {name: [float(number) for number in numbers] for name, *numbers in weights},
        "intercept": round(float(model.intercept_[0]), 3),
    }


def limits(samples: Sequence[Sample]) -> dict[str, float]:
    """Limits under the weights that stand in the rule."""
    return {
        name: round(choose_limit(looked_at(samples), lambda s: score(s.text), rate), 3)
        for name, rate in (("note", NOTE_RATE), ("review", REVIEW_RATE))
    }


def _weights(samples: Sequence[Sample]) -> list[float]:
    """So that a large source does not decide alone."""
    sizes = Counter((sample.source, sample.writer) for sample in samples)
    return [1 / sqrt(sizes[sample.source, sample.writer]) for sample in samples]
