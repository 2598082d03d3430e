"""The first stage of a batch: instructions and their completions, written or brought.

Recipes that write instructions feed `complete`, which draws their completions while more are
written; both run over one lane for each model, so no engine waits for a stage to end.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from generation.engines.prompting import weights_sha256
from generation.flow.feed import Feed
from generation.flow.generate import generate as carry_out
from generation.flow.run import Run, Wanted
from generation.flow.summary import progress_of
from generation.recipes.bring import Brought, bring
from generation.recipes.registry import find_recipe
from ingot.datasets import read_rows
from ingot.errors import ModelError, OrderError
from ingot.records import Completion, Instruction
from ingot.settings import resolve_model
from services.database.pool import transaction
from services.ordering import batches
from services.ordering.batches import Batch
from services.pipeline.aids import make_aids
from services.pipeline.house import House, dataset_name, provenance_of
from services.pipeline.kitchen import engines_of, wanted_of
from services.pipeline.progress import reported


@dataclass(frozen=True, slots=True)
class Names:
    """The datasets of this stage."""

    run: str
    """What the recipes laid down: a folder of datasets, with the lists of drops and failures."""
    instructions: str
    completions: str
    known: str
    """File of what the lab itself knows of its completions (id -> right?), for report and tests."""


def names_of(batch: Batch) -> Names:
    """Name the datasets by the order's terms and the model's weights."""
    spec = batch.spec
    weights = [weights_sha256(resolve_model(terms.model)) for _, terms in spec.engines()]
    parts = (
        spec.source.model_dump(),
        spec.generation.model_dump(),
        spec.verifier,
        spec.quantity,
        spec.seed,
        weights,
    )
    run = dataset_name(batch, "generation", *parts)
    brought = not spec.source.parts
    return Names(
        run=run,
        instructions=f"{run}/brought" if brought else f"{run}/Instruction",
        completions=f"{run}/Completion",
        known=dataset_name(batch, "known", *parts) + ".json",
    )


async def generate(house: House, batch: Batch) -> None:
    """Make the instructions and completions of a batch, unless they are there already."""
    names = names_of(batch)
    if house.store.exists(names.completions):
        return
    if batch.spec.source.recipe == "completions":
        await _take_completions(house, batch, names)
        return
    summary = await _cook(house, batch, names)
    _require_enough(batch, summary)
    count = house.store.manifest(names.completions).rows
    instructions = house.store.manifest(names.instructions).rows
    await _save(house, batch, instructions, count)
    await _save_account(house, batch, summary)


async def _cook(house: House, batch: Batch, names: Names) -> dict[str, Any]:
    """Run the recipes of the order, and `complete` on what they write."""
    keys = await house.keys(batch)
    async with reported(house, batch, "generate", "items") as report:
        # The stage's figures are read from the run as they are asked for, never pushed.
        def watch(run: Run) -> None:
            report.follow(lambda: _done_and_total(run))

        return await carry_out(
            _wanted(house, batch, names),
            engines_of(batch.spec, house.settings, keys),
            house.store,
            names.run,
            _journal(house, batch),
            seed=batch.spec.seed,
            sampling=batch.spec.generation.sampling,
            aids=make_aids(batch.spec, house.settings),
            provenance=provenance_of(batch, batch.spec, None),
            on_start=watch,
        )


def _done_and_total(run: Run) -> tuple[int, int]:
    progress = progress_of(run)
    return progress.done, progress.total


def _journal(house: House, batch: Batch) -> Path:
    """Journals are local, outlive the process and are never shared between orders."""
    return house.settings.home / "journals" / batch.order_id / batch.id / "generate.log"


def _wanted(house: House, batch: Batch, names: Names) -> list[Wanted]:
    spec = batch.spec
    terms = {
        "samples": spec.generation.completions_per_instruction,
        "logprobs": spec.generation.record_logprobs,
    }
    complete = find_recipe("complete")
    answers = Wanted(complete, complete.read_terms(terms), spec.quantity)
    if not spec.source.parts:
        instructions = _bring(house, batch).instructions
        house.store.write(names.instructions, Instruction, instructions)
        rows = (instruction.model_dump(mode="json") for instruction in instructions)
        return [replace(answers, quantity=len(instructions), rows=rows)]
    wanted = []
    for writer in wanted_of(spec, house.settings):
        feed = Feed()
        wanted.append(replace(writer, feeds=feed))
        wanted.append(replace(answers, quantity=writer.quantity, rows=feed))
    return wanted


def _require_enough(batch: Batch, summary: Mapping[str, Any]) -> None:
    """A recipe that fell short of what was ordered is an error with its counts."""
    for facts in summary["recipes"]:
        recipe = find_recipe(facts["recipe"])
        if not recipe.reads_rows and facts["accepted"] < facts["quantity"]:
            raise ModelError(
                f"{batch.spec.generation.model} made {facts['accepted']} usable items by recipe "
                f"'{facts['recipe']}', {facts['quantity']} were ordered (dropped: "
                f"{facts['dropped']}, failed: {facts['failed']}): lower quantity or use another "
                "model"
            )


def _bring(house: House, batch: Batch) -> Brought:
    source = batch.spec.source
    found = read_rows(source.path, house.settings.storage_options(source.path))
    if not found:
        raise OrderError(f"{source.path} holds no rows: give a file with prompts", "source.path")
    rows = found[source.skip :]
    if not rows:
        raise OrderError(
            f"{source.path} holds {len(found)} rows, and {source.skip} are skipped: give a file "
            "with more prompts",
            "source.path",
        )
    return bring(
        rows,
        source.columns,
        verifier=batch.spec.verifier,
        with_completions=source.recipe == "completions",
        quantity=batch.spec.quantity,
        provenance=provenance_of(batch, batch.spec, None),
    )


async def _take_completions(house: House, batch: Batch, names: Names) -> None:
    """Store what the lab brought."""
    async with reported(house, batch, "read_completions", "completions") as report:
        brought = _bring(house, batch)
        report(len(brought.completions), len(brought.completions))
    house.store.write(names.instructions, Instruction, brought.instructions)
    house.store.put(names.known, orjson.dumps(brought.known_right))
    house.store.write(names.completions, Completion, brought.completions)
    await _save(house, batch, len(brought.instructions), len(brought.completions))


async def _save(house: House, batch: Batch, instructions: int, completions: int) -> None:
    facts = {"instructions": instructions, "completions": completions}
    async with transaction(house.pool) as conn:
        await batches.save_summary(conn, batch.id, facts)


async def _save_account(house: House, batch: Batch, summary: Mapping[str, Any]) -> None:
    """Drops of the recipes, and the speed of a run that really asked an engine."""
    lanes = [facts for role in summary["models"].values() for facts in role]
    asked = sum(facts["asked"] for facts in lanes)
    async with transaction(house.pool) as conn:
        row = await batches.get_batch(conn, batch.id)
        facts: dict[str, Any] = {"instructions_rejected": _rejected(summary["recipes"])}
        if asked:
            tokens = sum(facts["completion_tokens"] for facts in lanes)
            facts |= {
                "engine_requests": int(row.summary.get("engine_requests", 0)) + asked,
                "engine_tokens": int(row.summary.get("engine_tokens", 0)) + tokens,
                "tokens_per_second": summary["tokens_per_second"],
                "generation": dict(summary),
            }
        await batches.save_summary(conn, batch.id, facts)


def _rejected(recipes: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Items of the writing recipes that were not taken, by reason."""
    counts: Counter[str] = Counter()
    for facts in recipes:
        if facts["recipe"] != "complete":
            counts.update(facts["dropped"])
            failed = sum(facts["failed"].values())
            counts.update({"failed": failed} if failed else {})
    return dict(sorted(counts.items()))
