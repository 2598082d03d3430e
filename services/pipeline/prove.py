"""The proof: one round of training on the delivered set, pass@1 before and after."""

import asyncio
from pathlib import Path

import orjson

from generation.engines.choose import choose_engine
from generation.engines.prompting import weights_sha256
from ingot.datasets import dataset_key
from ingot.orders import GenerationTerms
from ingot.records import Sampling
from ingot.settings import resolve_model
from judging.verifiers.answer import check_answer
from services.database.pool import transaction
from services.ordering import batches
from services.ordering.batches import Batch
from services.pipeline.house import House
from services.pipeline.progress import reported
from training.bootstrap import Lift, measure_lift
from training.checkpoint import decide
from training.evaluation import Scores, evaluate
from training.held_out import read_evaluations
from training.round import Trained, train_round


async def prove(house: House, batch: Batch) -> None:
    """Train and measure; what came of it is `proof` in the batch's summary."""
    if "proof" in batch.summary:
        return
    if batch.spec.training.method == "none":
        await _save(house, batch, {"proof": "none ordered"})
        return
    trained = await _train(house, batch)
    before = await _evaluate(house, batch, batch.spec.training.model, "evaluate_before")
    after = await _evaluate(house, batch, str(trained.path), "evaluate_after")
    lift = measure_lift(before.per_prompt, after.per_prompt, seed=batch.spec.seed)
    decide(trained.path, lift)
    await _save(house, batch, _facts(trained, before, after, lift))


async def _train(house: House, batch: Batch) -> Trained:
    """One round of training in a thread, so that progress is written meanwhile."""
    terms = batch.spec.training
    async with reported(house, batch, "train", "steps") as report:
        return await asyncio.to_thread(
            train_round,
            batch.delivery_uri,
            terms.model,
            terms=terms,
            out=house.settings.home / "checkpoints",
            seed=batch.spec.seed,
            on_progress=lambda done, total, facts: report(done, total),
            options=house.settings.storage_options(batch.delivery_uri),
        )


async def _evaluate(house: House, batch: Batch, model: str, stage: str) -> Scores:
    """pass@1 of a model on the held-out prompts, with the same seeds for every model."""
    terms = batch.spec.training
    evaluations = read_evaluations(terms.held_out, house.settings.storage_options(terms.held_out))
    engine = choose_engine(_local_engine(batch, model), device=house.settings.device)
    key = dataset_key(stage, weights_sha256(resolve_model(model)))
    async with (
        house.journaled(engine, batch, f"{stage}-{key}") as journaled,
        reported(house, batch, stage, "completions") as report,
    ):
        return await evaluate(
            journaled,
            evaluations,
            samples=terms.samples_per_prompt,
            sampling=Sampling(
                temperature=1.0, max_tokens=batch.spec.generation.sampling.max_tokens
            ),
            seed=batch.spec.seed,
            is_right=lambda text, reference: check_answer(text, reference).outcome == "right",
            on_progress=lambda done, total, facts: report(done, total),
        )


def _local_engine(batch: Batch, model: str) -> GenerationTerms:
    """The order's engine for a local checkpoint; a remote server cannot load it."""
    engine = batch.spec.generation.engine
    return GenerationTerms(model=model, engine="vllm" if engine == "vllm" else "transformers")


def _facts(trained: Trained, before: Scores, after: Scores, lift: Lift) -> dict[str, object]:
    return {
        "proof": "improved" if lift.improved else "not improved",
        "pass_at_1_before": round(lift.before, 4),
        "pass_at_1_after": round(lift.after, 4),
        "lift": round(lift.difference, 4),
        "lift_interval": [round(lift.low, 4), round(lift.high, 4)],
        "held_out_prompts": lift.n,
        "pass_at_1_by_domain": {
            domain: [round(score, 3), round(after.per_domain.get(domain, float("nan")), 3)]
            for domain, score in before.per_domain.items()
        },
        "training_rows": trained.rows,
        "training_steps": trained.steps,
        "checkpoint": str(Path(trained.path).resolve()),
    }


async def _save(house: House, batch: Batch, facts: dict[str, object]) -> None:
    async with transaction(house.pool) as conn:
        await batches.save_summary(conn, batch.id, orjson.loads(orjson.dumps(facts)))
