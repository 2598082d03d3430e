"""Open the engines, run the recipes, lay the records down: one call for commands and services."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import orjson

from generation.flow.lane import Lane
from generation.flow.run import Run, Wanted
from generation.flow.shelf import Shelf
from generation.flow.summary import summarise
from generation.flow.surroundings import Aids
from ingot.datasets import DatasetStore
from ingot.engine import Engine
from ingot.errors import IngotError
from ingot.journal import Answers, Journal
from ingot.records import Provenance, Sampling


async def generate(
    wanted: Sequence[Wanted],
    engines: Mapping[str, Sequence[Engine]],
    store: DatasetStore,
    name: str,
    journal: Path,
    *,
    seed: int,
    sampling: Sampling,
    aids: Aids | None = None,
    provenance: Provenance | None = None,
    on_start: Callable[[Run], None] = lambda run: None,
) -> dict[str, object]:
    """Make what is wanted under `name` in the store; gives the summary, which is also written.

    `engines` by role ('writer' and whatever the recipes ask for), not started yet; one engine may
    play several roles. Call it again with the same journal to go on after a stop. `on_start` gets
    the run, to watch it with `progress_of`.
    """
    async with AsyncExitStack() as stack:
        kept = Journal(journal)
        stack.callback(kept.close)
        answers = Answers(kept)
        lanes: dict[int, Lane] = {}
        for engine in dict.fromkeys(each for some in engines.values() for each in some):
            await stack.enter_async_context(engine)
            lanes[id(engine)] = Lane(engine, answers)
        shelf = Shelf(store, name)
        run = Run(
            wanted,
            {role: [lanes[id(engine)] for engine in some] for role, some in engines.items()},
            kept,
            shelf,
            seed=seed,
            sampling=sampling,
            aids=aids or Aids(),
            provenance=provenance or Provenance(),
        )
        on_start(run)
        try:
            await run.carry_out()
        except IngotError:
            shelf.put_lists()  # so that whoever looks for the cause finds all of them
            raise
        summary = summarise(run)
        shelf.close({"seed": seed})
    store.put(f"{name}/summary.json", orjson.dumps(summary, option=orjson.OPT_INDENT_2))
    return summary
