"""Which of several topics next: one where few of the accepted texts lie.

With an encoder the texts' own meaning counts: cells are laid over a first sample of accepted texts
and each later one falls into its cell, whatever topic it was meant for. Without one, or before the
sample is there, the texts of each topic are counted. All is a function of the accepted texts in
their order, so a resumed run chooses the same.
"""

import asyncio
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Sequence
from random import Random
from typing import TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from generation.diversity.coverage import CoverageMap
from generation.diversity.embeddings import Cells, Embeddings
from generation.flow.gates import prompt_texts
from generation.flow.item import Encoder, Item
from ingot.journal import Journal
from ingot.records import Instruction, Record

ROUND = 32
"""So many accepted texts are encoded at once."""
ROUNDS_OF_SAMPLE = 8
CELLS = 64
"""A quarter of the first sample's texts, so that a cell holds four of them on average."""
SEPARATOR = "/"

History: TypeAlias = Sequence[Sequence[Record]]
_BEGUN: "WeakKeyDictionary[Journal, dict[Hashable, Steering]]" = WeakKeyDictionary()
"""By the run's journal, and forgotten with it: only what would else be computed anew."""


def steering_of(item: Item, tree: Hashable) -> "Steering":
    """The steering that all items of a run's tree share."""
    trees = _BEGUN.setdefault(item.run.journal, {})
    if tree not in trees:
        trees[tree] = Steering(item.run.aids.encoder)
    return trees[tree]


class Steering:
    """What the items of one topic tree know of the texts accepted before them."""

    def __init__(self, encoder: Encoder | None) -> None:
        self._encoder = encoder
        self._counted = 0
        self._topics: dict[str, list[int]] = defaultdict(list)
        """For each topic the places, among the accepted, of the texts under it."""
        self._encoded = 0
        self._sample: list[Embeddings] = []
        self._centres: Embeddings | None = None
        self._cells: dict[int, list[int]] = defaultdict(list)
        """For each cell the places of the texts in it."""
        self._located: dict[tuple[str, ...], Cells] = {}
        self._turn = asyncio.Lock()

    async def choose(self, rng: Random, topics: Sequence[str], accepted: History) -> int:
        """Index of the topic to go on with; `topics` are paths with one parent."""
        covered = await self._covered(accepted)
        if covered is None:
            everyone = np.arange(len(topics))
            one_cell_each = np.eye(len(topics), dtype=np.float32)
            counts = self._count(topics, accepted)
            return CoverageMap(one_cell_each, counts).choose_among(rng, everyone)
        return covered.choose_among(rng, await self._locate(topics, covered))

    def _count(self, topics: Sequence[str], accepted: History) -> list[int]:
        """Accepted texts under each topic."""
        for place in range(self._counted, len(accepted)):
            for topic in _ancestors(accepted[place]):
                self._topics[topic].append(place)
        self._counted = max(self._counted, len(accepted))
        return [bisect_left(self._topics.get(topic, ()), len(accepted)) for topic in topics]

    async def _covered(self, accepted: History) -> CoverageMap | None:
        """The map after the last full round; None without an encoder or before the sample."""
        full = len(accepted) - len(accepted) % ROUND
        if self._encoder is None or full < ROUND * ROUNDS_OF_SAMPLE:
            return None
        async with self._turn:
            while self._encoded < full:
                await self._encode(accepted[self._encoded : self._encoded + ROUND])
        assert self._centres is not None
        counts = [bisect_left(self._cells[cell], full) for cell in range(len(self._centres))]
        return CoverageMap(self._centres, counts)

    async def _encode(self, accepted: History) -> None:
        """Put one round of texts into cells; the first rounds lay the cells."""
        texts = [" ".join(prompt_texts(records)) for records in accepted]
        rows = await self._embed(texts)
        self._encoded += len(texts)
        if self._centres is not None:
            self._place(CoverageMap(self._centres), rows, self._encoded - len(rows))
            return
        self._sample.append(rows)
        if len(self._sample) == ROUNDS_OF_SAMPLE:
            sample = np.concatenate(self._sample)
            self._centres = CoverageMap.fit(sample, CELLS, seed=0).snapshot()["centres"]
            self._place(CoverageMap(self._centres), sample, 0)

    def _place(self, covered: CoverageMap, rows: Embeddings, start: int) -> None:
        for place, cell in enumerate(covered.locate(rows).tolist(), start=start):
            self._cells[cell].append(place)

    async def _locate(self, topics: Sequence[str], covered: CoverageMap) -> Cells:
        """The cell of each topic by its path."""
        key = tuple(topics)
        if key not in self._located:
            self._located[key] = covered.locate(await self._embed(list(topics)))
        return self._located[key]

    async def _embed(self, texts: list[str]) -> Embeddings:
        """In a thread: engines shall not wait for it."""
        assert self._encoder is not None
        rows = await asyncio.to_thread(self._encoder.encode, texts)
        return np.asarray(rows, np.float32)


def _ancestors(records: Sequence[Record]) -> list[str]:
    """The topics that an accepted item stands under, from the root down."""
    for record in records:
        if isinstance(record, Instruction):
            names = record.domain.split(SEPARATOR)
            return [SEPARATOR.join(names[:depth]) for depth in range(1, len(names) + 1)]
    return []
