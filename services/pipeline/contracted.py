"""Batches of orders under contract: items are claimed for the lab before they are delivered."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from ingot.records import Message, Preference
from judging.people.alpha import bootstrap_alpha, krippendorff_alpha
from judging.people.answers import collect
from judging.people.kappa import cohen_kappa
from services.contracts.batches import delivering, item_repository
from services.contracts.batches import repository as batch_repository
from services.contracts.batches.delivering import Made, Production
from services.contracts.batches.quality import SUMMARY_KEY, Alpha, JudgeHuman, Quality
from services.contracts.contract import locked
from services.database.pool import transaction
from services.database.vault import open_vault
from services.ordering import batches
from services.ordering.batches import Batch
from services.pipeline.house import House
from services.pipeline.judge import Judged, read_judged
from services.review.tasks import Answer

_MS_PER_MINUTE = 60_000
_CHOICES = ("A", "B", "tie")
_DELTA, _ROUNDS = 0.05, 500


async def take(
    house: House, batch: Batch, kept: Sequence[Preference], given: Sequence[Answer]
) -> list[Preference]:
    """Claim what is due of a batch, and give what is to be delivered; a rerun finds it done.

    Of an order that is not under contract all is delivered.
    """
    async with transaction(house.pool) as conn:
        row = await batch_repository.batch(conn, batch.tenant_id, batch.id)
        if row is None:
            return list(kept)
        if row["delivered_at"] is None:
            quality = await asyncio.to_thread(_quality, read_judged(house.store, batch), given)
            summary = {SUMMARY_KEY: quality.model_dump(mode="json")}
            await batches.save_summary(conn, batch.id, summary)
            contract = await locked(conn, batch.tenant_id, batch.order_id)
            made = Production(_items(batch, kept, given), _how(batch))
            await delivering.take(conn, contract, row, made, open_vault(house.settings))
        taken = set(await item_repository.ids(conn, batch.id))
    return [preference for preference in kept if preference.id in taken]


def _items(batch: Batch, kept: Sequence[Preference], given: Sequence[Answer]) -> list[Made]:
    """The items with what each took: people's time on its pair, and its part of the engines'."""
    minutes: dict[str, float] = defaultdict(float)
    for answer in given:
        minutes[answer.item_id] += answer.active_ms / _MS_PER_MINUTE
    speed = float(batch.summary.get("tokens_per_second") or 0)
    seconds = float(batch.summary.get("engine_tokens", 0)) / speed if speed else 0.0
    return [
        Made(
            item_id=preference.id,
            content=preference.model_dump(mode="json"),
            prompt=_text(preference.prompt),
            completions=(_text(preference.chosen), _text(preference.rejected)),
            gpu_seconds=seconds / len(kept),
            human_minutes=minutes.get(_pair_id(preference), 0.0),
        )
        for preference in kept
    ]


def _pair_id(preference: Preference) -> str:
    """The pair that people were shown."""
    return next((each for each in preference.provenance.parents if each.startswith("par_")), "")


def _how(batch: Batch) -> dict[str, object]:
    """What a manifest says of the production."""
    spec = batch.spec
    return {
        "recipe": spec.source.recipe,
        "generator": spec.generation.model,
        "engine": spec.generation.engine,
        "judge": spec.judge.model,
        "decontaminated_against": list(spec.curation.decontaminate_against),
        "seed": spec.seed,
    }


def _text(messages: Sequence[Message]) -> str:
    return "\n".join(message.content for message in messages)


def _quality(judged: Judged, given: Sequence[Answer]) -> Quality:
    """How far people agree among themselves, and the judge with them."""
    answers = [answer for answer in given if not answer.adjudicated]
    return Quality(
        alpha=_alpha(answers),
        judge_human=_judge_human(judged, answers),
        simulated=any(answer.simulated for answer in given),
    )


def _alpha(answers: Sequence[Answer]) -> Alpha:
    people: dict[str, set[str]] = defaultdict(set)
    for answer in answers:
        people[answer.item_id].add(answer.reviewer)
    shared = {item for item, who in people.items() if len(who) > 1}
    if not shared:
        return Alpha(why="no two people answered the same items")
    table = collect((a.item_id, a.reviewer, a.verdict) for a in answers if a.item_id in shared)
    estimate = krippendorff_alpha(table)
    interval = bootstrap_alpha(table, delta=_DELTA, seed=0, rounds=_ROUNDS)
    if estimate is None or interval is None:
        return Alpha(items=len(shared), why="all answers are the same: chance cannot be told")
    return Alpha(estimate=estimate, low=interval.low, high=interval.high, items=len(shared))


def _judge_human(judged: Judged, answers: Sequence[Answer]) -> JudgeHuman:
    """Cohen's kappa of the judge's own verdicts and the most frequent answer of people."""
    said: dict[str, Counter[str]] = defaultdict(Counter)
    for answer in answers:
        said[answer.item_id][answer.verdict] += 1
    both = [
        (judgment.verdict, said[judgment.subject_id].most_common(1)[0][0])
        for judgment in judged.own
        if judgment.subject_id in said and judgment.verdict in _CHOICES
    ]
    if not both:
        return JudgeHuman()
    places = np.array([[_CHOICES.index(verdict) for verdict in pair] for pair in both])
    first, second = places[:, 0], places[:, 1]
    agreement = float((first == second).mean())
    return JudgeHuman(kappa=cohen_kappa(first, second), agreement=agreement, items=len(both))
