"""Contamination: prompts that share a run of words with a benchmark's prompt.

One shared run is enough where the benchmark prompt is a text of its own. Many benchmarks, though,
are written from templates ("... gives away 5 shells. How many shells are left?"): there a run shows
the template, not the item. So a run that several benchmark prompts carry, and any run of a prompt
made mostly of half runs that others carry too, counts only with 70 % of the item's runs.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from curation.decisions import Decisions, Drop, Prompted, Reason
from curation.figures import read_figures
from curation.words import Ids, Indices, Words, split_words

ITEM_SHARE = 0.7
"""PaLM calls an item contaminated from 70 % of its 8-grams on (arXiv:2204.02311, section 8)."""
TEMPLATE_SHARE = 0.5
"""Share of words in runs of half the length, found in other items, that makes a template."""


def find_contaminated(
    records: Sequence[Prompted], benchmarks: Mapping[str, Sequence[str]], ngram: int
) -> Decisions:
    """Drop what shares `ngram` words in a row with a benchmark prompt.

    A benchmark prompt of fewer words has to be a whole turn of the record's prompt.
    """
    index = _Index(benchmarks, ngram)
    turns = [(row, turn.content) for row, record in enumerate(records) for turn in record.prompt]
    decisions: Decisions = [None] * len(records)
    for turn, run, item in index.search([text for _, text in turns]):
        row = turns[turn][0]
        detail = f"shares '{run}' with {index.names[item]}"
        drop = Drop(records[row].id, Reason.CONTAMINATED, detail, index.names[item])
        decisions[row] = decisions[row] or drop
    return decisions


class _Index:
    """The runs of all benchmark prompts, sorted by hash; prompts too short for a run, whole."""

    def __init__(self, benchmarks: Mapping[str, Sequence[str]], ngram: int) -> None:
        named: dict[str, str] = {}
        for benchmark, prompts in benchmarks.items():
            for row, text in enumerate(prompts):
                named.setdefault(text, f"{benchmark}[{row}]")
        texts, self.names = list(named), list(named.values())
        self._ngram = ngram
        words = split_words(texts)
        self._short = {
            (" ".join(words.texts[item]), read_figures(texts[item])): item
            for item in _find_short(words, ngram)
        }
        self._hashes, self._items = _pair_runs(words, ngram)
        self._runs = np.bincount(self._items, minlength=len(texts))
        self._templated = _find_templated(words, ngram // 2)

    def search(self, texts: Sequence[str]) -> Iterable[tuple[int, str, int]]:
        """(text, shared run, item) of every contaminated text."""
        words = split_words(texts)
        for text in _find_short(words, self._ngram):
            whole = " ".join(words.texts[text])
            item = self._short.get((whole, read_figures(texts[text])))
            if item is not None:
                yield text, whole, item
        for text, places in self._find_shared(words).items():
            hit = self._judge([self._carriers(hash_) for hash_ in places])
            if hit is not None:
                offset = list(places.values())[hit[0]]
                yield text, " ".join(words.texts[text].slice(offset, self._ngram)), hit[1]

    def _find_shared(self, words: Words) -> dict[int, dict[int, int]]:
        """For each text: hash of each run that the benchmarks have -> its first place."""
        hashes, inside = words.ngrams(self._ngram)
        shared = np.flatnonzero((inside == self._ngram) & np.isin(hashes, self._hashes))
        owners = np.searchsorted(words.starts, shared, "right") - 1
        found: dict[int, dict[int, int]] = {}
        for place, text in zip(shared.tolist(), owners.tolist(), strict=True):
            offset = place - int(words.starts[text])
            found.setdefault(text, {}).setdefault(int(hashes[place]), offset)
        return found

    def _carriers(self, hash_: int) -> list[int]:
        """The items that carry a run."""
        begin = np.searchsorted(self._hashes, np.uint64(hash_), "left")
        end = np.searchsorted(self._hashes, np.uint64(hash_), "right")
        items: list[int] = self._items[begin:end].tolist()
        return items

    def _judge(self, carriers: Sequence[Sequence[int]]) -> tuple[int, int] | None:
        """The first run that shows an item, and the item; None where all show templates only."""
        counts = Counter(item for items in carriers for item in items)
        for run, items in enumerate(carriers):
            for item in items:
                own = len(items) == 1 and not self._templated[item]
                if own or counts[item] >= ITEM_SHARE * self._runs[item]:
                    return run, item
        return None


def _pair_runs(words: Words, width: int) -> tuple[Ids, Indices]:
    """(run, text) in the order of the runs' hashes, repeats inside a text once."""
    hashes, inside = words.ngrams(width)
    owners = np.repeat(np.arange(len(words.texts)), np.diff(words.starts))
    full = inside == width
    hashes, owners = hashes[full], owners[full]
    order = np.lexsort((owners, hashes))
    hashes, owners = hashes[order], owners[order]
    first = np.ones(len(hashes), np.bool_)
    first[1:] = (hashes[1:] != hashes[:-1]) | (owners[1:] != owners[:-1])
    return hashes[first], owners[first]


def _find_templated(words: Words, width: int) -> NDArray[np.bool_]:
    """Which texts mostly consist of runs that other texts carry too."""
    carried, _ = _pair_runs(words, width)
    repeated = np.unique(carried[1:][carried[1:] == carried[:-1]])
    hashes, inside = words.ngrams(width)
    begins = (inside == width) & np.isin(hashes, repeated)
    covered = np.convolve(begins, np.ones(width))[: len(begins)] > 0 if len(begins) else begins
    owners = np.repeat(np.arange(len(words.texts)), np.diff(words.starts))
    shared = np.bincount(owners, covered, minlength=len(words.texts))
    templated: NDArray[np.bool_] = shared >= TEMPLATE_SHARE * np.diff(words.starts)
    return templated


def _find_short(words: Words, width: int) -> list[int]:
    lengths = np.diff(words.starts)
    short: list[int] = np.flatnonzero((lengths > 0) & (lengths < width)).tolist()
    return short
