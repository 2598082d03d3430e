"""What every stage of the pipeline needs at hand: settings, database, datasets, and one batch."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from ingot.datasets import DatasetStore, dataset_key
from ingot.engine import Engine
from ingot.journal import Journal, Journaled
from ingot.orders import OrderSpec
from ingot.records import Provenance
from ingot.settings import Settings
from services.credentials.service import opened
from services.database.pool import Pool, open_pool, transaction
from services.database.vault import open_vault
from services.ordering.batches import Batch


@dataclass(frozen=True, slots=True)
class House:
    """The open connections of a worker."""

    settings: Settings
    pool: Pool
    store: DatasetStore

    def journal(self, batch: Batch, stage: str) -> Journal:
        """The journal of a batch's engine; journals are local and outlive the process."""
        folder: Path = self.settings.home / "journals" / batch.order_id / batch.id
        return Journal(folder / f"{stage}.log")

    async def keys(self, batch: Batch) -> dict[str, str]:
        """The keys of the lab's own endpoints that the order names, by credential."""
        if not any(terms.credential for _, terms in batch.spec.engines()):
            return {}
        async with transaction(self.pool) as conn:
            return await opened(conn, open_vault(self.settings), batch.tenant_id, batch.spec)

    def journaled(self, engine: Engine, batch: Batch, stage: str) -> Journaled:
        """An engine whose answers survive a kill."""
        return Journaled(engine, self.journal(batch, stage))


current: ContextVar[House] = ContextVar("house")
"""Set by the worker before it runs a flow: flows take a batch id and nothing else."""


@asynccontextmanager
async def open_house(settings: Settings) -> AsyncIterator[House]:
    """Connect to the database and the store."""
    pool = await open_pool(settings.database_url.get_secret_value())
    try:
        root = settings.store_root
        yield House(settings, pool, DatasetStore(root, settings.storage_options(root)))
    finally:
        await pool.close()


def dataset_name(batch: Batch, stage: str, *parts: object) -> str:
    """Name a dataset of a batch by all that it is made from."""
    return f"{batch.order_id}/{batch.id}/{stage}-{dataset_key(stage, *parts)}"


def provenance_of(batch: Batch, spec: OrderSpec, engine: Engine | None) -> Provenance:
    """Where a record of this batch comes from."""
    return Provenance(
        order_id=batch.order_id,
        batch_id=batch.id,
        recipe=spec.source.recipe,
        engine=engine.kind if engine else "",
        model=spec.generation.model if engine else "",
        model_sha256=engine.identity.weights_sha256 if engine else "",
        sampling=spec.generation.sampling if engine else None,
        seed=spec.seed,
    )
