"""Near-duplicates: different prompts that share most of their word shingles."""

from collections.abc import Sequence

import numpy as np

from curation.clusters import Pairs
from curation.decisions import Decisions, Prompted, Reason
from curation.prompts import find_rivals, gather_prompts, keep_first, label_by_figures
from curation.similarity_join import build_sets, join_similar
from curation.words import Indices, split_words

SHINGLE_WORDS = 3


def find_near_duplicates(records: Sequence[Prompted], similarity: float) -> Decisions:
    """Keep the first prompt of each cluster of Jaccard similarity `similarity` or more.

    Prompts whose figures differ are never duplicates (`curation.figures`).
    """
    prompts = gather_prompts(records)
    labels = label_by_figures(prompts, records)
    rivals = find_rivals(labels)
    pairs = pair_similar([prompts[i].text for i in rivals], labels[rivals], similarity)
    pairs = Pairs(rivals[pairs.first], rivals[pairs.second], pairs.similarity)
    return keep_first(prompts, pairs, Reason.NEAR_DUPLICATE, "Jaccard", len(records))


def pair_similar(texts: Sequence[str], labels: Indices, similarity: float) -> Pairs:
    """Pairs of texts of one label whose word shingles are similar; a short text is one shingle."""
    words = split_words(texts)
    hashes, inside = words.ngrams(SHINGLE_WORDS)
    owners = np.repeat(np.arange(len(texts)), np.diff(words.starts))
    begins = np.zeros(len(hashes), np.bool_)
    begins[words.starts[:-1][np.diff(words.starts) > 0]] = True
    whole = begins | (inside == SHINGLE_WORDS)
    return join_similar(build_sets(owners[whole], hashes[whole], len(texts)), labels, similarity)
