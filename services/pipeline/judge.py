"""The second stage: verify what a program can, pair up, and let the judge look at the rest."""

from collections.abc import Sequence
from dataclasses import dataclass

from generation.engines.choose import choose_engine
from ingot.datasets import DatasetStore
from ingot.records import Completion, Instruction, Judgment, Pair
from ingot.settings import resolve_model
from judging.judges.pairwise import PairJudge
from judging.judges.protocol import load_protocol
from judging.pairs import build_pairs, verify_completions
from services.database.pool import transaction
from services.ordering import batches
from services.ordering.batches import Batch
from services.pipeline import generate
from services.pipeline.house import House, dataset_name
from services.pipeline.progress import reported


@dataclass(frozen=True, slots=True)
class Names:
    """The datasets of this stage."""

    verdicts: str
    """What the verifier says of each completion."""
    pairs: str
    judgments: str
    """What the judge says of each pair that the verifier left open."""
    learned: str
    """The same with the probabilities that people's answers taught."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Pairs, and the judge's judgments of the open ones."""

    pairs: list[Pair]
    judgments: list[Judgment]
    """With the probability by which is decided: the judge's own until people have taught it."""
    own: list[Judgment]
    """The judge's own."""


def names_of(batch: Batch) -> Names:
    """Name the datasets by what they were made from."""
    parts = (generate.names_of(batch).completions, batch.spec.judge.model_dump())
    return Names(
        verdicts=dataset_name(batch, "verdicts", *parts),
        pairs=dataset_name(batch, "pairs", *parts),
        judgments=dataset_name(batch, "judgments", *parts),
        learned=dataset_name(batch, "learned", *parts, batch.spec.guarantee.model_dump()),
    )


def read_judged(store: DatasetStore, batch: Batch) -> Judged:
    """The results of this stage."""
    names = names_of(batch)
    own = list(store.read(names.judgments, Judgment))
    learned = store.exists(names.learned)
    return Judged(
        pairs=list(store.read(names.pairs, Pair)),
        judgments=list(store.read(names.learned, Judgment)) if learned else own,
        own=own,
    )


async def judge(house: House, batch: Batch) -> None:
    """Verify, pair and judge a batch, unless that is done."""
    names = names_of(batch)
    if house.store.exists(names.judgments):
        return
    pairs = await _pair_up(house, batch, names)
    open_pairs = [pair for pair in pairs if not pair.verified]
    judgments = await _judge(house, batch, open_pairs) if open_pairs else []
    house.store.write(names.judgments, Judgment, judgments)
    facts = {"pairs": len(pairs), "verified": len(pairs) - len(open_pairs)}
    async with transaction(house.pool) as conn:
        await batches.save_summary(conn, batch.id, facts)


async def _pair_up(house: House, batch: Batch, names: Names) -> list[Pair]:
    sources = generate.names_of(batch)
    instructions = list(house.store.read(sources.instructions, Instruction))
    completions = list(house.store.read(sources.completions, Completion))
    verified = batch.spec.verifier != ""
    verdicts = await verify_completions(instructions, completions) if verified else []
    terms = batch.spec.judge
    pairs = build_pairs(
        instructions, completions, verdicts, terms.pairs_per_instruction, batch.spec.seed
    )
    house.store.write(names.verdicts, Judgment, verdicts)
    house.store.write(names.pairs, Pair, pairs)
    return pairs


async def _judge(house: House, batch: Batch, pairs: Sequence[Pair]) -> list[Judgment]:
    terms = batch.spec.judge
    settings, keys = house.settings, await house.keys(batch)
    engine = choose_engine(terms, device=settings.device, home=settings.home, keys=keys)
    protocol = load_protocol(resolve_model(terms.model))
    async with house.journaled(engine, batch, "judge") as journaled:
        judge = PairJudge(journaled, protocol, samples=terms.samples, seed=batch.spec.seed)
        async with reported(house, batch, "judge", "requests") as report:
            return await judge.judge(pairs, report)
