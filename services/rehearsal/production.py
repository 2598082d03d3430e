"""Simulated production: a scenario's batches, through the same door as real ones."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from ingot.orders import BatchState
from services.contracts.batches import delivering
from services.contracts.batches import repository as batch_repository
from services.contracts.batches.delivering import Made, Production
from services.contracts.batches.quality import SUMMARY_KEY, Alpha, JudgeHuman, Quality
from services.contracts.contract import Contract
from services.contracts.guidelines import repository as guidelines
from services.database.pool import Connection, Row
from services.database.vault import Vault
from services.money import book as price_book
from services.ordering import batches
from services.rehearsal import repository
from services.rehearsal.items import copied, make_item
from services.rehearsal.scenario import BatchScenario, Scenario

ACTOR = "rehearsal"
_EARLY = timedelta(hours=12)
_WAY = (BatchState.GENERATING, BatchState.JUDGING, BatchState.IN_REVIEW, BatchState.ASSEMBLING)


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """Production as its scenario says."""

    vault: Vault

    async def begin(self, conn: Connection, contract: Contract, batch: Row) -> None:
        """Decide when the batch will be there."""
        n = await guidelines.approved(conn, contract.id)
        late = timedelta(days=(await _scenario_of(conn, contract, batch)).late_days)
        arrives = batch["due_at"] + (late or -_EARLY)
        arrives = max(arrives, contract.now)
        await batch_repository.start(conn, batch["id"], n, contract.now, arrives)
        await batches.transition(conn, batch["id"], _WAY[0], actor=ACTOR)

    async def arrive(self, conn: Connection, contract: Contract, batch: Row) -> None:
        """Deliver the batch."""
        scenario = await _scenario_of(conn, contract, batch)
        for state in _WAY[1:]:
            await batches.transition(conn, batch["id"], state, actor=ACTOR)
        items = await _items(conn, contract, batch, scenario)
        how = {"rehearsal": True, "generator": contract.request.spec.generation.model}
        summary = {SUMMARY_KEY: _quality(scenario, len(items)).model_dump(mode="json")}
        await batches.save_summary(conn, batch["id"], summary)
        await delivering.take(conn, contract, batch, Production(items, how), self.vault)
        await batches.set_delivery(conn, batch["id"], f"rehearsal:{batch['id']}")
        await batches.transition(conn, batch["id"], BatchState.DELIVERED, actor=ACTOR)


async def _scenario_of(conn: Connection, contract: Contract, batch: Row) -> BatchScenario:
    scenario = Scenario.model_validate(await repository.scenario(conn, contract.id))
    match batch["kind"]:
        case "production":
            return scenario.batches.get(batch["number"], BatchScenario())
        case "calibration":
            n = await repository.calibrations_before(conn, contract.id, batch["seq"])
            given = scenario.calibrations
            return given[n] if n < len(given) else BatchScenario()
        case _:
            return BatchScenario()


async def _items(
    conn: Connection, contract: Contract, batch: Row, scenario: BatchScenario
) -> list[Made]:
    """As many as are due, less those that are to be missing."""
    luck = Random(batch["id"])
    _, book = await price_book.current(conn)
    needs = book.needs[contract.request.spec.kind]
    costs = {
        "gpu_seconds": needs.gpu_seconds,
        "human_minutes": needs.human_minutes * needs.human_share,
    }
    wanted = batch["planned_qty"] - scenario.missing_units
    earlier = await repository.earlier_items(
        conn, contract.tenant_id, min(scenario.copied_items, max(wanted, 0))
    )
    items = [copied(_item_id(batch, n), row["content"], costs) for n, row in enumerate(earlier, 1)]
    for n in range(len(items) + 1, wanted + 1):
        items.append(make_item(contract.request, luck, _item_id(batch, n), costs))
    return items


def _item_id(batch: Row, n: int) -> str:
    return f"itm_{batch['seq']}_{n}"


def _quality(scenario: BatchScenario, items: int) -> Quality:
    """The scenario's figures; nobody was asked."""
    alpha, half = scenario.alpha, scenario.alpha_halfwidth
    return Quality(
        alpha=Alpha(
            estimate=alpha,
            low=max(-1, round(alpha - half, 6)),
            high=min(1, round(alpha + half, 6)),
            items=items,
        ),
        judge_human=JudgeHuman(kappa=scenario.kappa, items=items),
        simulated=True,
    )
