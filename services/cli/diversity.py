"""How varied the prompts are that a run made: measured once, kept in diversity.json."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from random import Random
from typing import Any

import orjson
from rich.console import Console

from generation.diversity.coverage import CoverageMap
from generation.diversity.embeddings import Embeddings
from generation.diversity.measures import measure
from generation.diversity.plane import lay_flat
from ingot.datasets import DatasetStore, dataset_key
from ingot.errors import ModelError
from ingot.settings import Settings
from services.report.generation_rows import read_spread, spread

NAME = "diversity.json"
MOST_PROMPTS = 5_000
"""Of more, so many are measured, evenly spread."""
CELLS, TEXTS_PER_CELL = 32, 4
"""Most cells, and how many texts a cell holds at least on average."""
PROMPTS = {
    "Instruction": "messages",
    "Preference": "prompt",
    "Evaluation": "prompt",
    "Trajectory": "messages",
}
"""The records that ask something, and where it stands."""


def measure_diversity(
    settings: Settings,
    console: Console,
    store: DatasetStore,
    name: str,
    records: Mapping[str, int],
    *,
    embed: int,
    seed: int,
) -> dict[str, Any]:
    """Measure a run's prompts and write diversity.json; empty where the run made no prompts.

    `records` by type. What was measured before of the same prompts is read instead.
    """
    kinds = [kind for kind in PROMPTS if records.get(kind)]
    total = sum(records[kind] for kind in kinds)
    if not total:
        return {}
    texts = _read_prompts(store, name, kinds, total)
    key = dataset_key("diversity", texts, embed, seed, settings.encoder)
    known = orjson.loads(store.get(f"{name}/{NAME}")) if store.holds(f"{name}/{NAME}") else {}
    if known.get("key") == key and not known["note"]:
        return dict(known)
    figures = {"key": key, "prompts": total}
    figures |= _measure(settings, console, texts, min(embed, len(texts)), seed)
    store.put(f"{name}/{NAME}", orjson.dumps(figures))
    return figures


def describe(figures: Mapping[str, Any]) -> str:
    """The figures in one line."""
    parts = [
        f"distinct-1 {figures['distinct_1']:.3f}",
        f"distinct-2 {figures['distinct_2']:.3f}",
        f"self-BLEU {figures['self_bleu']:.3f}",
    ]
    if figures["vendi"] is not None:
        parts.append(f"Vendi score {figures['vendi']:.1f} of {figures['embedded']}")
        parts.append(f"cluster entropy {figures['cluster_entropy']:.3f}")
    note = f"; {figures['note']}" if figures["note"] else ""
    return f"diversity of {figures['texts']:,} prompts: {', '.join(parts)}{note}"


def _read_prompts(store: DatasetStore, name: str, kinds: Sequence[str], total: int) -> list[str]:
    """Different prompts, each type of record in proportion to its number."""
    texts: dict[str, None] = {}
    for kind in kinds:
        rows = store.manifest(f"{name}/{kind}").rows
        most = max(1, MOST_PROMPTS * rows // max(total, MOST_PROMPTS))
        column = PROMPTS[kind]
        taken = read_spread(store, f"{name}/{kind}", most, [column])
        texts |= dict.fromkeys(_first_user_turn(row[column]) for row in taken)
    return list(texts)


def _first_user_turn(messages: Sequence[Mapping[str, Any]]) -> str:
    users = (message["content"] for message in messages if message["role"] == "user")
    return str(next(users, messages[-1]["content"]))


def _measure(
    settings: Settings, console: Console, texts: Sequence[str], embed: int, seed: int
) -> dict[str, Any]:
    embeddings, note = _embed(settings, console, texts, embed)
    if embeddings is None:
        figures = asdict(measure(texts, rng=Random(seed)))
        return figures | {"embedded": 0, "note": note}
    coverage = CoverageMap.fit(embeddings, min(CELLS, max(2, embed // TEXTS_PER_CELL)), seed)
    coverage.add(embeddings)
    plane = lay_flat(embeddings)
    cells = coverage.locate(embeddings).tolist()
    figures = asdict(measure(texts, embeddings, counts=coverage.counts, rng=Random(seed)))
    return figures | {
        "embedded": len(embeddings),
        "note": "",
        "cells": coverage.counts,
        "dots": [(x, y, cell) for (x, y), cell in zip(plane.places, cells, strict=True)],
        "explained": plane.explained,
    }


def _embed(
    settings: Settings, console: Console, texts: Sequence[str], embed: int
) -> tuple[Embeddings | None, str]:
    """(embeddings, '') or (None, why there are none): a missing encoder ends no run."""
    if not embed:
        return None, "Nothing was embedded, as asked, so nothing is said of meaning."
    chosen = [texts[index] for index in spread(len(texts), embed)]
    with console.status(f"embedding {len(chosen)} prompts, for the report's diversity"):
        try:
            from curation.encoder import SentenceEncoder

            return SentenceEncoder(settings.encoder, settings.device).encode(chosen), ""
        except ImportError as error:
            return None, f"Nothing was embedded: {error}; install the extra 'curation'."
        except ModelError as error:
            return None, f"Nothing was embedded: {error}."
