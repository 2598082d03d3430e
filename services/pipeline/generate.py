"""The first stage of a batch: instructions and their completions, written or brought."""

import time
from dataclasses import dataclass

import orjson

from generation.engines.choose import choose_engine
from generation.engines.prompting import weights_sha256
from generation.recipes.bring import Brought, bring
from generation.recipes.complete import complete
from generation.recipes.write_instructions import write_instructions
from ingot.datasets import read_rows
from ingot.errors import OrderError
from ingot.journal import Journaled
from ingot.records import Completion, Instruction
from ingot.settings import resolve_model
from services.database.pool import transaction
from services.ordering import batches
from services.ordering.batches import Batch
from services.pipeline.house import House, dataset_name, provenance_of
from services.pipeline.progress import reported


@dataclass(frozen=True, slots=True)
class Names:
    """The datasets of this stage."""

    instructions: str
    completions: str
    known: str
    """File of what the lab itself knows of its completions (id -> right?), for report and tests."""


def names_of(batch: Batch) -> Names:
    """Name the datasets by the order's terms and the model's weights."""
    spec = batch.spec
    weights = weights_sha256(resolve_model(spec.generation.model))
    parts = (
        spec.source.model_dump(),
        spec.generation.model_dump(),
        spec.verifier,
        spec.quantity,
        spec.seed,
        weights,
    )
    return Names(
        instructions=dataset_name(batch, "instructions", *parts),
        completions=dataset_name(batch, "completions", *parts),
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
    engine = choose_engine(batch.spec.generation, device=house.settings.device)
    async with house.journaled(engine, batch, "generate") as journaled:
        started_s = time.monotonic()
        instructions = await _instructions(house, batch, names, journaled)
        count = await _complete(house, batch, names, journaled, instructions)
        await _save(house, batch, len(instructions), count)
        await _save_speed(house, batch, journaled, time.monotonic() - started_s)


async def _instructions(
    house: House, batch: Batch, names: Names, engine: Journaled
) -> list[Instruction]:
    """Write or read the instructions, or find them."""
    if house.store.exists(names.instructions):
        return list(house.store.read(names.instructions, Instruction))
    if batch.spec.source.recipe == "prompts":
        instructions = _bring(house, batch).instructions
        house.store.write(names.instructions, Instruction, instructions)
        return instructions
    source = batch.spec.source
    async with reported(house, batch, "write_instructions", "instructions") as report:
        written = await write_instructions(
            engine,
            batch.spec.quantity,
            families=source.families,
            unverified=source.unverified_families,
            seed=batch.spec.seed,
            provenance=provenance_of(batch, batch.spec, engine),
            on_progress=report,
        )
    rejected = dict(written.rejected)
    house.store.write(names.instructions, Instruction, written.instructions, {**rejected})
    async with transaction(house.pool) as conn:
        await batches.save_summary(conn, batch.id, {"instructions_rejected": rejected})
    return written.instructions


async def _complete(
    house: House,
    batch: Batch,
    names: Names,
    engine: Journaled,
    instructions: list[Instruction],
) -> int:
    """Draw the completions; gives their count."""
    terms = batch.spec.generation
    async with reported(house, batch, "complete", "completions") as report:
        completed = await complete(
            engine,
            instructions,
            terms.completions_per_instruction,
            sampling=terms.sampling,
            logprobs=terms.record_logprobs,
            seed=batch.spec.seed,
            provenance=provenance_of(batch, batch.spec, engine),
            on_progress=report,
        )
    house.store.write(
        names.completions, Completion, completed.completions, {"failed": len(completed.failures)}
    )
    return len(completed.completions)


def _bring(house: House, batch: Batch) -> Brought:
    source = batch.spec.source
    rows = read_rows(source.path, house.settings.storage_options(source.path))
    if not rows:
        raise OrderError(f"{source.path} holds no rows: give a file with prompts", "source.path")
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


async def _save_speed(house: House, batch: Batch, engine: Journaled, seconds: float) -> None:
    """Keep the speed of the run that really asked the engine; a pure replay says nothing of it."""
    if not engine.asked:
        return
    async with transaction(house.pool) as conn:
        row = await batches.get_batch(conn, batch.id)
        facts = {
            "engine_requests": int(row.summary.get("engine_requests", 0)) + engine.asked,
            "engine_tokens": int(row.summary.get("engine_tokens", 0)) + engine.tokens,
            "tokens_per_second": round(engine.tokens / seconds, 1),
        }
        await batches.save_summary(conn, batch.id, facts)
