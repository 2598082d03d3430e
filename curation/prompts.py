"""The different prompts among the records: what the steps on prompts compare.

Several pairs of one instruction are what a preference set is made of. So records of the same prompt
form one item here, and share its fate.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from curation.clusters import Clusters, Pairs
from curation.decisions import Decisions, Drop, Prompted, Reason
from curation.figures import read_figures
from curation.words import Indices
from ingot.records import Message


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt and the records that have it."""

    id: str
    """Lowest id of its records."""
    text: str
    """What the turns say, system turns left out: those say how to answer, and are often shared."""
    rows: tuple[int, ...]


def gather_prompts(records: Sequence[Prompted]) -> list[Prompt]:
    """The different prompts, by lowest record id: the order does not depend on the input's."""
    rows: dict[tuple[str, ...], list[int]] = {}
    for row, record in enumerate(records):
        rows.setdefault(normalise_turns(record.prompt), []).append(row)
    prompts = [
        Prompt(min(records[i].id for i in same), _asked(records[same[0]].prompt), tuple(same))
        for same in rows.values()
    ]
    return sorted(prompts, key=lambda prompt: prompt.id)


def normalise_turns(messages: Sequence[Message]) -> tuple[str, ...]:
    """Roles and texts in Unicode's composed form (NFC), each run of white space one space."""
    return tuple(f"{turn.role}:{_normalise(turn.content)}" for turn in messages)


def label_by_figures(prompts: Sequence[Prompt], records: Sequence[Prompted]) -> Indices:
    """A number per prompt, the same only where figures and system turns are the same."""
    numbers: dict[object, int] = {}
    keys = (
        (read_figures(prompt.text), _instructed(records[prompt.rows[0]].prompt))
        for prompt in prompts
    )
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)


def find_rivals(labels: Indices) -> Indices:
    """The prompts that share their label with another; only they can be duplicates."""
    return np.flatnonzero(np.bincount(labels)[labels] > 1) if len(labels) else labels


def keep_first(
    prompts: Sequence[Prompt], pairs: Pairs, reason: Reason, measure: str, count: int
) -> Decisions:
    """Keep the first prompt of every cluster; the records of the others go."""
    decisions: Decisions = [None] * count
    clusters = Clusters(len(prompts))
    clusters.join(pairs.first, pairs.second)
    partners = _closest_partners(pairs)
    for index, (prompt, root) in enumerate(zip(prompts, clusters.root.tolist(), strict=True)):
        if root == index:
            continue
        similarity, partner = partners[index]
        detail = f"{measure} {similarity:.3f} to the prompt of {prompts[partner].id}"
        for row in prompt.rows:
            decisions[row] = Drop(prompt.id, reason, detail, prompts[root].id)
    return decisions


def _closest_partners(pairs: Pairs) -> dict[int, tuple[float, int]]:
    """For each prompt the similarity and index of its closest partner, the first of equals."""
    closest: dict[int, tuple[float, int]] = {}
    columns = (pairs.first.tolist(), pairs.second.tolist(), pairs.similarity.tolist())
    for first, second, similarity in zip(*columns, strict=True):
        for one, other in ((first, second), (second, first)):
            if one not in closest or (similarity, -other) > (closest[one][0], -closest[one][1]):
                closest[one] = (similarity, other)
    return closest


def _normalise(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _asked(messages: Sequence[Message]) -> str:
    return "\n".join(turn.content for turn in messages if turn.role != "system")


def _instructed(messages: Sequence[Message]) -> tuple[str, ...]:
    return normalise_turns([turn for turn in messages if turn.role == "system"])
