"""Write the embedded models' lessons as Parquet, and their evaluation set as JSON lines.

    python -m generation.verifiable.corpus --out corpus.parquet --seed 0
    python -m generation.verifiable.corpus --held-out held_out.jsonl --seed 0

A row is one conversation with its stage: `clean` (both models start there), `generator` (answers
with misconceptions), `judge` (pairs and their verdicts) and `calibrate` (fresh pairs, on which the
judge learns how far to trust itself). The judge's protocol rides in the
file's metadata, so that training needs the file and nothing else.
"""

import argparse
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

from generation.verifiable.held_out import draw_evaluation_tasks
from generation.verifiable.lessons import (
    JUDGE_PROMPT,
    Lesson,
    draw_family,
    judge_protocol,
    teach_answer,
    teach_flawed_answer,
    teach_judging,
    teach_writing,
)

logger = logging.getLogger(__name__)

Teach = Callable[[str, Random], Lesson]

MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
SCHEMA = pa.schema(
    [
        ("messages", MESSAGES),
        ("kind", pa.string()),
        ("family", pa.string()),
        ("stage", pa.string()),
        ("focus", pa.string()),
        ("focus_weight", pa.float32()),
    ]
)


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the corpus: how many rows, and how often each kind of lesson."""

    name: str
    rows: int
    mixture: tuple[tuple[Teach, float], ...]


STAGES = (
    Stage("clean", 60_000, ((teach_answer, 0.95), (teach_writing, 0.05))),
    Stage("generator", 80_000, ((teach_flawed_answer, 0.80), (teach_writing, 0.20))),
    Stage("judge", 110_000, ((teach_judging, 0.70), (teach_answer, 0.30))),
    Stage("calibrate", 10_000, ((teach_judging, 1.0),)),
)


def teach_stage(stage: Stage, rng: Random) -> Iterator[Lesson]:
    """The lessons of one stage."""
    teachers = [teach for teach, _ in stage.mixture]
    weights = [weight for _, weight in stage.mixture]
    for teach in rng.choices(teachers, weights, k=stage.rows):
        yield teach(draw_family(rng), rng)


def write_corpus(path: Path, *, seed: int, scale: float = 1.0) -> int:
    """Write every stage's lessons and return the number of rows; the scale shrinks all stages."""
    rows = []
    for stage in STAGES:
        scaled = Stage(stage.name, max(1, int(stage.rows * scale)), stage.mixture)
        rng = Random(f"{seed}-{stage.name}")
        rows += [_to_row(lesson, stage.name) for lesson in teach_stage(scaled, rng)]
    protocol = json.dumps({"prompt": JUDGE_PROMPT, **judge_protocol()})
    table = pa.Table.from_pylist(rows, schema=SCHEMA.with_metadata({"judge_protocol": protocol}))
    pq.write_table(table, path, compression="zstd")
    return len(rows)


def write_held_out(path: Path, *, seed: int, per_family: int = 40) -> int:
    """Write the evaluation prompts with their references and return how many there are."""
    tasks = draw_evaluation_tasks(per_family, Random(f"{seed}-held-out"))
    lines = (
        json.dumps({"prompt": task.text, "reference": task.worked.answer, "family": task.family})
        for task in tasks
    )
    path.write_text("".join(f"{line}\n" for line in lines))
    return len(tasks)


def _to_row(lesson: Lesson, stage: str) -> dict[str, object]:
    return {
        "messages": [
            {"role": "user", "content": lesson.prompt},
            {"role": "assistant", "content": lesson.reply},
        ],
        "kind": lesson.kind,
        "family": lesson.family,
        "stage": stage,
        "focus": lesson.focus,
        "focus_weight": lesson.focus_weight,
    }


def main() -> None:
    """Entry point of `python -m generation.verifiable.corpus`."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, help="Parquet file of training conversations")
    parser.add_argument("--held-out", type=Path, help="JSON lines of evaluation prompts")
    parser.add_argument("--per-family", type=int, default=40, help="evaluation prompts a family")
    parser.add_argument("--scale", type=float, default=1.0, help="fraction of the full corpus")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if options.out:
        count = write_corpus(options.out, seed=options.seed, scale=options.scale)
        logger.info("corpus written rows=%d path=%s", count, options.out)
    if options.held_out:
        count = write_held_out(options.held_out, seed=options.seed, per_family=options.per_family)
        logger.info("evaluation prompts written rows=%d path=%s", count, options.held_out)


if __name__ == "__main__":
    main()
