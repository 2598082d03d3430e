"""Two labs do anything in any order: what is promised holds after each step, by the database."""

import asyncio
import os
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from fixtures_postgres import Api
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from promises import broken
from psycopg.rows import dict_row
from rehearsing import REQUEST, Lab, lab_at

from services.accounts.keys import create_key
from services.contracts.states import LEGAL
from services.database.pool import connect

EXAMPLES = int(os.environ.get("INGOT_MACHINE_EXAMPLES", "15"))
STEPS = int(os.environ.get("INGOT_MACHINE_STEPS", "40"))
QUANTITY, BATCHES = 5, 2


class TwoLabs(RuleBasedStateMachine):
    """What labs may do; each act goes well or is refused with 409, and leaves nothing half done."""

    orders = Bundle("orders")

    def __init__(self, labs: Callable[[], list[Lab]], conn: "psycopg.Connection[Any]") -> None:
        super().__init__()
        self.labs, self.conn = labs(), conn

    def teardown(self) -> None:
        for lab in self.labs:
            lab.http.close()

    @rule(
        target=orders,
        lab=st.integers(0, 1),
        exclusive=st.booleans(),
        remedy=st.sampled_from(["makeup", "credit"]),
        auto=st.booleans(),
        calibrated=st.booleans(),
        late=st.sampled_from([0, 0, 1.5]),
        missing=st.integers(0, 4),
        copied=st.integers(0, 2),
    )
    def order(
        self,
        lab: int,
        exclusive: bool,
        remedy: str,
        auto: bool,
        calibrated: bool,
        late: float,
        missing: int,
        copied: int,
    ) -> tuple[int, str]:
        terms = {
            "reuse": "exclusive" if exclusive else "shared",
            "remedy": remedy,
            "auto_accept": auto,
            "pause_days": 5,
            "late_credit_pct": 7,
        }
        schedule = {"batches": BATCHES, "calibration_items": 2 * calibrated, "first_due_days": 7}
        request = {
            "spec": REQUEST["spec"] | {"quantity": QUANTITY},
            "terms": terms,
            "schedule": schedule,
        }
        bad = {"late_days": late, "missing_units": missing, "copied_items": copied}
        scenario = {"batches": {"1": bad}, "calibrations": [{"alpha": 0.2 if missing else 0.9}]}
        return lab, self.labs[lab].rehearsal.placed(request, scenario)

    @rule(of=orders, body=st.integers(0, 3))
    def publish(self, of: tuple[int, str], body: int) -> None:
        self.act(of, f"/orders/{of[1]}/guidelines", {"body": f"# Version {body}"})

    @rule(of=orders)
    def approve(self, of: tuple[int, str]) -> None:
        versions = self.get(of, f"/orders/{of[1]}/guidelines")["data"]
        if versions:
            n = versions[0]["n"]
            self.act(of, f"/orders/{of[1]}/guidelines/versions/{n}/approve")

    @rule(lab=st.integers(0, 1), days=st.sampled_from([0.5, 3, 8, 15]))
    def advance(self, lab: int, days: float) -> None:
        self.labs[lab].rehearsal.advance(days)

    @rule(of=orders, data=st.data(), act=st.sampled_from(["accept", "reject", "mark"]))
    def decide(self, of: tuple[int, str], data: st.DataObject, act: str) -> None:
        delivered = [b for b in self.batches(of) if b["delivered_at"]]
        if not delivered:
            return
        batch = data.draw(st.sampled_from(delivered))["id"]
        items = self.get(of, f"/batches/{batch}/items")["data"]
        chosen = data.draw(st.lists(st.sampled_from(items or [None]), unique_by=str))
        decisions = [
            {"item_id": i["item_id"], "decision": "rejected", "reason_code": "wrong"}
            for i in chosen
            if i
        ]
        if act == "accept":
            self.act(of, f"/batches/{batch}/accept")
        elif act == "reject":
            body = {"reason_code": "wrong", "item_decisions": decisions}
            self.act(of, f"/batches/{batch}/reject", body)
        elif decisions:
            self.act(of, f"/batches/{batch}/decisions", {"decisions": decisions})

    @rule(of=orders, act=st.sampled_from(["pause", "resume", "dispute", "cancel"]))
    def interrupt(self, of: tuple[int, str], act: str) -> None:
        path, before = f"/orders/{of[1]}/contract", self.state(of)
        status = self.act(of, f"/orders/{of[1]}/{act}", None if act == "resume" else {"reason": ""})
        after = self.get(of, path)["state"]
        wanted = {"pause": "paused", "dispute": "in_dispute", "cancel": "cancelled"}.get(act)
        if status == 409:
            assert after == before
        elif wanted:
            assert after == wanted
            assert wanted in LEGAL["order"][before]

    @rule(of=orders)
    def pay(self, of: tuple[int, str]) -> None:
        for invoice in self.get(of, f"/invoices?order_id={of[1]}")["data"]:
            self.act(of, f"/test/invoices/{invoice['id']}/pay")

    @rule(of=orders)
    def books_are_in_order(self, of: tuple[int, str]) -> None:
        assert self.get(of, f"/orders/{of[1]}/ledger")["faults"] == []

    @invariant()
    def promises_hold(self) -> None:
        assert broken(self.conn) == {}

    def act(self, of: tuple[int, str], path: str, body: object = None) -> int:
        headers = {"Idempotency-Key": uuid4().hex}
        answer = self.labs[of[0]].ask("POST", f"/v1{path}", json=body, headers=headers)
        assert answer.is_success or answer.status_code == 409, answer.text
        return answer.status_code

    def get(self, of: tuple[int, str], path: str) -> Any:
        return self.labs[of[0]].rehearsal.get(path)

    def batches(self, of: tuple[int, str]) -> list[dict[str, Any]]:
        return self.labs[of[0]].rehearsal.batches(of[1])

    def state(self, of: tuple[int, str]) -> str:
        return self.labs[of[0]].rehearsal.state(of[1])


@pytest.mark.timeout(900)
def test_two_labs_do_anything_and_what_is_promised_holds(api: Api, database_url: str) -> None:
    async def keys(*tenants: str) -> list[str]:
        conn = await connect(database_url)
        async with conn:
            return [await create_key(conn, "lab", tenant, test=True) for tenant in tenants]

    def labs() -> list[Lab]:
        names = (f"lab-{uuid4().hex[:12]}" for _ in range(2))
        return [lab_at(api.url, key) for key in asyncio.run(keys(*names))]

    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as conn:
        run_state_machine_as_test(
            lambda: TwoLabs(labs, conn),
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
