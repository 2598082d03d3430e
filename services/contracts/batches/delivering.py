"""What production made becomes a delivery: claimed for the lab, listed, signed for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np

from services.contracts import incidents
from services.contracts.batches import item_repository, manifest
from services.contracts.batches import repository as batch_repository
from services.contracts.contract import Contract
from services.database.pool import Connection, Row
from services.database.vault import Vault
from services.exclusivity import claims
from services.exclusivity.claims import Reuse


@dataclass(frozen=True, slots=True)
class Made:
    """An item as production hands it over."""

    item_id: str
    content: Mapping[str, Any]
    prompt: str
    completions: tuple[str, ...]
    units: int = 1
    """Turns, where the order counts turns."""
    gpu_seconds: float = 0
    human_minutes: float = 0


@dataclass(frozen=True, slots=True)
class Production:
    """All that production knows of a batch."""

    items: Sequence[Made]
    how: Mapping[str, Any] = field(default_factory=dict)
    """What the manifest says of how it was made."""
    vectors: Mapping[str, np.ndarray[Any, Any]] | None = None
    """Embeddings by item id, where near-duplicates are to be looked for by meaning, too."""


async def take(
    conn: Connection, contract: Contract, batch: Row, made: Production, vault: Vault
) -> int:
    """Take what may be granted to this order, up to what is due, and give the units delivered.

    The caller then puts the batch into the state 'delivered', in the same transaction.
    """
    wanted = _up_to(made.items, batch["planned_qty"])
    reuse = await _claim(conn, contract, batch, wanted, made.vectors)
    kept = [item for item in wanted if item.item_id not in reuse.refused]
    await item_repository.add(
        conn,
        contract.tenant_id,
        batch["id"],
        (
            (n, m.item_id, m.content, m.units, m.gpu_seconds, m.human_minutes)
            for n, m in enumerate(kept, 1)
        ),
    )
    units = sum(item.units for item in kept)
    accept_by = contract.now + timedelta(days=contract.terms.acceptance_days)
    await batch_repository.deliver(conn, batch["id"], units, contract.now, accept_by)
    await manifest.write(conn, contract, batch, kept, made.how, reuse, vault)
    if units < batch["planned_qty"]:
        detail = {"planned": batch["planned_qty"], "delivered": units}
        await incidents.open_incident(conn, contract, batch["id"], "short", detail)
    return units


def _up_to(items: Sequence[Made], units: int) -> list[Made]:
    """The first items that together are no more than so many units."""
    kept: list[Made] = []
    for item in items:
        if item.units <= units:
            kept.append(item)
            units -= item.units
    return kept


async def _claim(
    conn: Connection,
    contract: Contract,
    batch: Row,
    items: Sequence[Made],
    vectors: Mapping[str, np.ndarray[Any, Any]] | None,
) -> Reuse:
    terms = contract.terms
    wish = claims.Wish(
        tenant=contract.tenant_id,
        order_id=contract.id,
        batch_id=batch["id"],
        exclusive=terms.reuse == "exclusive",
        until=terms.exclusive_until,
        today=contract.now.date(),
        similarity=contract.request.spec.curation.near_duplicate_similarity,
    )
    wanted = [claims.Item(item.item_id, item.prompt, item.completions) for item in items]
    return await claims.claim(conn, wish, wanted, vectors)
