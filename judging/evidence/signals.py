"""What is known of each item besides people's answers, as numbers that can be put together.

A signal is one source's log-odds that the first verdict holds: that A is the better answer of a
pair, or that an answer is right. Judges in both orders, reward models by Bradley-Terry, juries and
annotators all give such a number; 0 says nothing, and what is missing says nothing either.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log

import numpy as np

from ingot.records import Judgment, Pair
from judging.intervals import Booleans, Floats

MAX_LOG_ODDS = 9.2
"""Log-odds of .9999: no judge is surer than that, whatever it says."""
FIRST = ("A", "right")
"""Verdicts that are the first of their two."""


@dataclass(frozen=True, slots=True)
class Signals:
    """All signals of n items from J sources."""

    names: tuple[str, ...]
    """The sources, J of them."""
    log_odds: Floats
    """n x J, clipped to +-MAX_LOG_ODDS; NaN where a source is silent."""
    groups: tuple[str, ...]
    """The prompt of each item: items of one prompt are never split between learning and testing."""
    covariates: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    """n x C further numbers that change sign when A and B change places, such as log length."""
    domains: tuple[str, ...] = ()
    """The domain of each item; () where there are none."""
    symmetric: bool = True
    """Whether the two verdicts can change places (A and B of a pair), so that no source may prefer
    one of them as such."""

    def __len__(self) -> int:
        return len(self.log_odds)

    def only(self, source: int) -> "Signals":
        """The same items with one source and nothing else."""
        return Signals(
            names=(self.names[source],),
            log_odds=self.log_odds[:, [source]],
            groups=self.groups,
            symmetric=self.symmetric,
        )

    def take(self, rows: Booleans) -> "Signals":
        """Some of the items."""
        kept = np.flatnonzero(rows)
        return Signals(
            names=self.names,
            log_odds=self.log_odds[kept],
            groups=tuple(self.groups[i] for i in kept),
            covariates=self.covariates[kept] if self.covariates.size else self.covariates,
            domains=tuple(self.domains[i] for i in kept) if self.domains else (),
            symmetric=self.symmetric,
        )


def to_log_odds(probabilities: Floats) -> Floats:
    """Log-odds of probabilities, clipped; NaN stays NaN."""
    with np.errstate(divide="ignore"):
        odds: Floats = np.log(probabilities) - np.log1p(-probabilities)
    np.clip(odds, -MAX_LOG_ODDS, MAX_LOG_ODDS, out=odds)
    return odds


def read_signals(pairs: Sequence[Pair], judgments: Iterable[Judgment]) -> Signals:
    """Signals of pairs from the judgments of any number of judges; the length ratio beside them.

    A judgment without a probability, or of another subject, is silent.
    """
    index = {pair.id: i for i, pair in enumerate(pairs)}
    columns: dict[str, Floats] = {}
    for judgment in judgments:
        row = index.get(judgment.subject_id)
        if row is None or judgment.p is None or judgment.verdict not in ("A", "B"):
            continue
        column = columns.setdefault(judgment.judge, np.full(len(pairs), np.nan))
        column[row] = judgment.p if judgment.verdict in FIRST else 1 - judgment.p
    names = tuple(sorted(columns))
    values = np.stack([columns[name] for name in names], axis=1) if names else _no_columns(pairs)
    return Signals(
        names=names,
        log_odds=to_log_odds(values),
        groups=tuple(pair.instruction_id for pair in pairs),
        covariates=np.array([[_length_ratio(pair)] for pair in pairs]).reshape(len(pairs), 1),
        domains=tuple(pair.domain for pair in pairs),
    )


def from_columns(
    columns: Mapping[str, Sequence[float | None]],
    groups: Sequence[str],
    *,
    domains: Sequence[str] = (),
    symmetric: bool = True,
) -> Signals:
    """Signals from one column of probabilities of the first verdict for each source.

    Raises ValueError for a value outside [0, 1].
    """
    values = np.array([list(column) for column in columns.values()], dtype=float).T
    values = values.reshape(len(groups), len(columns))
    if ((values < 0) | (values > 1)).any():
        raise ValueError("a probability lies outside [0, 1]: give P(A), or leave it empty")
    return Signals(
        names=tuple(columns),
        log_odds=to_log_odds(values),
        groups=tuple(groups),
        domains=tuple(domains),
        symmetric=symmetric,
    )


def _no_columns(pairs: Sequence[Pair]) -> Floats:
    return np.zeros((len(pairs), 0))


def _length_ratio(pair: Pair) -> float:
    a, b = (sum(len(message.content) for message in answer) for answer in (pair.a, pair.b))
    return log((a + 1) / (b + 1))
