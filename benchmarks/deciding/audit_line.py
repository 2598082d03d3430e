"""Whole runs of the line whose audit is watched: a real platform, people simulated, and a break.

Each case is an order on a platform of its own: PostgreSQL, Prefect, the API and a worker as
processes. The embedded model writes, the embedded judge judges, programs answer over REST. What a
case breaks, it breaks on the way: reviewers become noisier after some audited answers, or the
judge's verdicts are replaced once the calibration sample is answered.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg.rows import dict_row

from benchmarks.deciding.audit_damage import damage
from ingot.client import Client
from ingot.datasets import DatasetStore
from ingot.orders import OrderSpec, SimulatedHabits, parse_order
from ingot.settings import Settings
from judging.guarantee.threshold import Certificate
from services.database.embedded import start_embedded, stop_embedded
from services.database.pool import connect
from services.ordering import batches
from services.ordering.batches import Batch
from services.pipeline.judge import Judged, read_judged
from services.pipeline.trust import certificate_name, decided_by_judge, route_batch
from services.platform import Platform, running_platform
from services.simulation import SimulatedReviewer, truth_of
from services.simulation.reviewer import PREFERENCES

Break = Literal["", "people", "judge", "weights"]
"""What breaks: nothing, the reviewers, the judge's verdicts (its confidences stay), or the judge
itself (a model of random weights judges what was not in the calibration sample)."""
ACCURACY, NOISY = 0.97, 0.6
KEPT = 20
"""Audited items after which reviewers become noisier."""
FAMILIES = ("add", "subtract", "compare")
"""Most pairs of these are open, and the judge knows them well."""
GUARANTEE = {"agreement": 0.8, "confidence": 0.9, "calibration_items": 100, "audit_share": 0.7}


@dataclass(slots=True)
class Run:
    """What one order showed."""

    spec: OrderSpec
    batch: Batch
    judged: Judged
    sample: set[str]
    """The calibration sample."""
    accepted: list[str]
    """What the certificate covers outside the sample."""
    kept: int = 0
    """Audited items answered before the break."""
    alarm: dict[str, Any] | None = None
    asked_after_alarm: int = 0
    """Accepted items that went to people because of the alarm."""
    seconds: float = 0.0
    summary: dict[str, Any] = field(default_factory=dict)


@contextmanager
def platform_of_its_own() -> Iterator[tuple[Settings, Platform]]:
    """A platform in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="ingot-audit-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        settings = Settings(home=home, database_url=start_embedded(home), api_port=0)
        try:
            with running_platform(settings, lambda what: None) as platform:
                yield settings, platform
        finally:
            stop_embedded(home)


def run_case(
    settings: Settings, platform: Platform, *, breaks: Break, seed: int, quantity: int
) -> Run:
    """Carry one order to its delivery, breaking on the way what the case says."""
    began = time.monotonic()
    spec = order(seed, quantity)
    with (
        Client(platform.api_url, platform.keys["operator"]) as lab,
        Client(platform.api_url, platform.keys["simulated-1"]) as desk,
        psycopg.connect(
            settings.database_url.get_secret_value(), autocommit=True, row_factory=dict_row
        ) as conn,
    ):
        batch_id = lab.place_order(spec, idempotency_key=f"{breaks}-{seed}")["batches"][0]["id"]
        order_id = str(_one(conn, "SELECT order_id AS v FROM batch WHERE id = %s", batch_id))
        people = _People(conn, desk, settings, spec, batch_id, breaks)
        for shown in lab.watch(order_id, interval_s=0.2):
            platform.check()
            if shown["tasks_open"]:
                people.answer_some()
            assert shown["state"] != "failed", shown["error"]
        return _account(conn, settings, batch_id, people, time.monotonic() - began)


def order(seed: int, quantity: int) -> OrderSpec:
    """An order most of whose pairs no program may check."""
    return parse_order(
        {
            "name": "audit",
            "quantity": quantity,
            "source": {
                "recipe": "write_instructions",
                "families": FAMILIES,
                "unverified_families": FAMILIES,
            },
            "generation": {"engine": "transformers", "sampling": {"max_tokens": 96}},
            "judge": {"engine": "transformers", "pairs_per_instruction": 2},
            "guarantee": GUARANTEE,
            "review": {"reviewers": "simulated"},
            "seed": seed,
        }
    )


def reviewer_of(spec: OrderSpec, desk: Client, accuracy: float) -> SimulatedReviewer:
    """The reviewer of a case; the same seed at every accuracy."""
    return SimulatedReviewer(
        desk, truth_of(spec), SimulatedHabits(accuracy=accuracy), seed=spec.seed
    )


class _People:
    """Those who answer, and what happens while they do."""

    def __init__(
        self,
        conn: psycopg.Connection[dict[str, Any]],
        desk: Client,
        settings: Settings,
        spec: OrderSpec,
        batch_id: str,
        breaks: Break,
    ) -> None:
        self.conn, self.desk, self.settings, self.spec = conn, desk, settings, spec
        self.batch_id, self.breaks = batch_id, breaks
        self.good, self.noisy = (reviewer_of(spec, desk, a) for a in (ACCURACY, NOISY))
        self.damaged = breaks not in ("judge", "weights")
        self.kept: int | None = None if breaks == "people" else 0

    def answer_some(self) -> None:
        """Answer up to five tasks, one by one."""
        for task in self.desk.lease(1 if not self.damaged and self._open() == 1 else 5):
            if not self.damaged and self._open() == 1:
                damage(self.settings, self._batch(), self._sample(), self.breaks)
                self.damaged = True
            preference = PREFERENCES[self._reviewer().decide(task["item"])]
            self.desk.answer(task["id"], {"preference": preference}, active_ms=1000)

    def _reviewer(self) -> SimulatedReviewer:
        if self.breaks != "people":
            return self.good
        if self.kept is None and (audited := self._audited()) >= KEPT:
            self.kept = audited
        return self.good if self.kept is None else self.noisy

    def _audited(self) -> int:
        return int(
            _one(
                self.conn,
                "SELECT count(*) AS v FROM review_task WHERE batch_id = %s AND purpose = 'audit' "
                "AND state = 'done'",
                self.batch_id,
            )
        )

    def _open(self) -> int:
        state = _one(self.conn, "SELECT state AS v FROM batch WHERE id = %s", self.batch_id)
        count = _one(self.conn, "SELECT tasks_open AS v FROM batch WHERE id = %s", self.batch_id)
        return int(count) if state == "calibrating" else 0

    def _batch(self) -> Batch:
        return read_batch(self.settings, self.batch_id)

    def _sample(self) -> set[str]:
        return asked_for(self.conn, self.batch_id, "calibration")


def _account(
    conn: psycopg.Connection[dict[str, Any]],
    settings: Settings,
    batch_id: str,
    people: _People,
    seconds: float,
) -> Run:
    batch = read_batch(settings, batch_id)
    store = DatasetStore(settings.store_root)
    judged = read_judged(store, batch)
    certificate = Certificate.model_validate_json(store.get(certificate_name(batch)))
    sample = asked_for(conn, batch_id, "calibration")
    covered = decided_by_judge(route_batch(batch, judged, certificate))
    alarm = conn.execute(
        "SELECT scope, items, cause FROM promise_alarm WHERE batch_id = %s", (batch_id,)
    ).fetchone()
    audited = asked_for(conn, batch_id, "audit")
    accepted = [item for item in covered if item not in sample]
    late = asked_for(conn, batch_id, "unsure") & set(accepted)
    return Run(
        spec=people.spec,
        batch=batch,
        judged=judged,
        sample=sample,
        accepted=accepted,
        kept=people.kept or 0,
        alarm=alarm,
        asked_after_alarm=len(late - audited),
        seconds=seconds,
        summary=batch.summary,
    )


def read_batch(settings: Settings, batch_id: str) -> Batch:
    """The batch as it is now."""

    async def read() -> Batch:
        async with await connect(settings.database_url.get_secret_value()) as conn:
            return await batches.get_batch(conn, batch_id)

    return asyncio.run(read())


def asked_for(conn: psycopg.Connection[dict[str, Any]], batch_id: str, purpose: str) -> set[str]:
    """The items of a batch that people were asked about for this purpose."""
    rows = conn.execute(
        "SELECT item_id FROM review_task WHERE batch_id = %s AND purpose = %s", (batch_id, purpose)
    )
    return {row["item_id"] for row in rows}


def _one(conn: psycopg.Connection[dict[str, Any]], sql: str, *values: object) -> Any:
    row = conn.execute(sql, values).fetchone()
    assert row is not None
    return row["v"]
