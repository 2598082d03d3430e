"""Near-duplicates against rensa and datasketch: CPU seconds, recall and precision, one JSON line.

    python -m benchmarks.curation [--documents 20000] [--seed 0]

All three get the same texts, the same word shingles, the same threshold; the two MinHash libraries
128 permutations in 16 bands of 8 rows, and filter their candidates by their own estimate of the
similarity, as their guides advise. Ingot counts exactly. Truth is the exact Jaccard of all pairs of
a subsample. Times start at the texts; `cpu_without_shingling_s` leaves out making shingle strings,
which Ingot never makes.
"""

import argparse
import json
import os
import random
import time
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import TypeVar

import datasketch
import numpy as np
import polars as pl
import rensa

from curation.clusters import Clusters
from curation.near import SHINGLE_WORDS, pair_similar
from curation.words import split_words

THRESHOLD, PERMUTATIONS, BANDS = 0.8, 128, 16
SAMPLE, REPEATS = 2500, 3
SETS = ("gpteacher_toolformer_dedupe", "alpaca_5000")
COLUMNS = ("instruction", "input", "response", "output")
Edges = list[tuple[int, int]]
T = TypeVar("T")


def read_texts(count: int, rng: random.Random) -> tuple[str, list[str]]:
    """Real instructions where the shared data is at hand, else drawn words; half are perturbed."""
    folder = Path(os.environ.get("INGOT_SHARED_DATA", "../shared/data")) / "3_instruct"
    files = [folder / f"{name}.parquet" for name in SETS]
    if all(file.exists() for file in files):
        source, texts = "+".join(SETS), [text for file in files for text in read_rows(file)]
    else:
        source, texts = "drawn", [draw_text(rng) for _ in range(count // 2)]
    texts = rng.sample(texts, min(len(texts), count // 2))
    twins = [perturb(rng.choice(texts), rng) for _ in range(count - len(texts))]
    return source, rng.sample(texts + twins, count)


def read_rows(file: Path) -> list[str]:
    """The text columns of each row, joined."""
    frame = pl.read_parquet(file)
    columns = [name for name in COLUMNS if name in frame.columns]
    return (
        frame.select(pl.concat_str(columns, separator="\n", ignore_nulls=True))
        .to_series()
        .to_list()
    )


def draw_text(rng: random.Random) -> str:
    """Words of a Zipf-like vocabulary."""
    return " ".join(f"w{int(2 ** (rng.random() * 14))}" for _ in range(rng.randint(10, 120)))


def perturb(text: str, rng: random.Random) -> str:
    """Replace up to 6 % of the words: similarities on both sides of the threshold."""
    words = text.split() or ["empty"]
    for _ in range(rng.randint(0, max(1, len(words) * 6 // 100))):
        words[rng.randrange(len(words))] = f"changed{rng.randrange(10**6)}"
    return " ".join(words)


def shingle(texts: Sequence[str]) -> list[list[str]]:
    """The shingles as the libraries want them: strings."""
    return [
        [
            " ".join(words[i : i + SHINGLE_WORDS])
            for i in range(max(1, len(words) - SHINGLE_WORDS + 1))
        ]
        for words in split_words(texts).texts.to_list()
    ]


def run_ingot(texts: Sequence[str]) -> Edges:
    """Words, shingles, join, verification."""
    pairs = pair_similar(texts, np.zeros(len(texts), np.int64), THRESHOLD)
    return list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))


def run_rensa(shingles: list[list[str]]) -> Edges:
    """Signatures and candidates of its batch calls, filtered by its own estimate."""
    hashes = rensa.RMinHash.from_token_sets(shingles, PERMUTATIONS, 42)
    index = rensa.RMinHashLSH(THRESHOLD, PERMUTATIONS, BANDS)
    index.insert_many(hashes)
    return [
        (one, two)
        for one, near in enumerate(index.query_all(hashes))
        for two in near
        if one < two and hashes[one].jaccard(hashes[two]) >= THRESHOLD
    ]


def run_datasketch(shingles: list[list[str]]) -> Edges:
    """Signatures and candidates of its batch calls, filtered by its own estimate."""
    encoded = [[text.encode() for text in texts] for texts in shingles]
    hashes = datasketch.MinHash.bulk(encoded, num_perm=PERMUTATIONS, seed=42)
    index = datasketch.MinHashLSH(num_perm=PERMUTATIONS, params=(BANDS, PERMUTATIONS // BANDS))
    with index.insertion_session() as session:
        for key, value in enumerate(hashes):
            session.insert(key, value, check_duplication=False)
    return [
        (one, two)
        for one, value in enumerate(hashes)
        for two in index.query(value)
        if one < two and value.jaccard(hashes[two]) >= THRESHOLD
    ]


def measure(work: Callable[[], T]) -> tuple[T, float]:
    """The result, and the least CPU seconds of all threads over several runs."""
    times_s = []
    for _ in range(REPEATS):
        start = time.process_time()
        result = work()
        times_s.append(time.process_time() - start)
    return result, min(times_s)


def find_truth(shingles: list[list[str]], sample: Sequence[int]) -> Edges:
    """All similar pairs of the sample, by brute force."""
    sets = {index: set(shingles[index]) for index in sample}
    return [
        (one, two)
        for one, two in combinations(sorted(sample), 2)
        if THRESHOLD <= len(sets[one]) / len(sets[two]) <= 1 / THRESHOLD
        and not sets[one].isdisjoint(sets[two])
        and is_similar(shingles[one], shingles[two])
    ]


def score(
    edges: Edges, shingles: list[list[str]], sample: Sequence[int], truth: Edges
) -> dict[str, float]:
    """Recall: true pairs put in one cluster. Precision: sampled edges that are true."""
    clusters = Clusters(len(shingles))
    columns = np.array(edges, np.int64).reshape(-1, 2)
    clusters.join(columns[:, 0], columns[:, 1])
    found = sum(clusters.root[one] == clusters.root[two] for one, two in truth)
    checked = random.Random(0).sample(edges, min(len(edges), 20_000))
    right = sum(is_similar(shingles[one], shingles[two]) for one, two in checked)
    return {
        "recall": round(float(found / max(len(truth), 1)), 4),
        "precision": round(right / max(len(checked), 1), 4),
    }


def is_similar(one: list[str], two: list[str]) -> bool:
    """Whether the exact Jaccard reaches the threshold."""
    common = len(set(one) & set(two))
    return common >= THRESHOLD * (len(set(one)) + len(set(two)) - common) - 1e-9


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    source, texts = read_texts(options.documents, rng)
    shingles, shingle_s = measure(lambda: shingle(texts))
    sample = rng.sample(range(len(texts)), min(SAMPLE, len(texts)))
    truth = find_truth(shingles, sample)
    report: dict[str, object] = {
        "source": source,
        "documents": len(texts),
        "true_pairs": len(truth),
    }
    report["shingles"] = sum(map(len, shingles))
    cpu: dict[str, float] = {}
    for name, work, before_s in (
        ("ingot", lambda: run_ingot(texts), 0.0),
        ("rensa", lambda: run_rensa(shingles), shingle_s),
        ("datasketch", lambda: run_datasketch(shingles), shingle_s),
    ):
        edges, alone_s = measure(work)
        cpu[name] = before_s + alone_s
        figures = {"cpu_s": round(cpu[name], 3), "cpu_without_shingling_s": round(alone_s, 3)}
        report[name] = {**figures, "edges": len(edges), **score(edges, shingles, sample, truth)}
    report["ingot_times_faster"] = {
        name: round(cpu[name] / cpu["ingot"], 2) for name in ("rensa", "datasketch")
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
