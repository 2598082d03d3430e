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
from psycopg.rows import dict_row
from rehearsing import REQUEST, Lab, lab_at

from services.accounts.keys import create_key
from services.contracts.states import LEGAL
from services.database.pool import connect

EXAMPLES = int(os.environ.get("INGOT_MACHINE_EXAMPLES", "15"))
STEPS = int(os.environ.get("INGOT_MACHINE_STEPS", "40"))
QUANTITY, BATCHES = 5, 2

PROMISES = {
    "an exclusive content has one order": """
        SELECT content_key FROM item_grant WHERE mode = 'exclusive'
        GROUP BY content_key HAVING count(DISTINCT order_id) > 1""",
    "what is rejected is given back": """
        SELECT i.item_id FROM batch_item i JOIN batch b ON b.id = i.batch_id
        JOIN item_grant g ON g.batch_id = b.id AND g.item_id = i.item_id
        WHERE b.state = 'settled' AND i.decision = 'rejected'""",
    "what is not rejected is granted under both keys": """
        SELECT i.item_id FROM batch_item i JOIN batch b ON b.id = i.batch_id
        WHERE i.decision IS DISTINCT FROM 'rejected' AND 2 <> (
            SELECT count(*) FROM item_grant g WHERE g.batch_id = b.id AND g.item_id = i.item_id)""",
    "no claim without a grant": """
        SELECT content_key FROM content_claim c
        WHERE NOT EXISTS (SELECT FROM item_grant g WHERE g.content_key = c.content_key)""",
    "an invoice for each batch of which something was accepted, and no other": """
        SELECT b.id FROM batch b LEFT JOIN invoice v ON v.batch_id = b.id
        WHERE b.kind IS NOT NULL AND coalesce(v.units, 0) <> CASE
            WHEN b.state <> 'settled' OR b.kind = 'calibration' THEN 0
            ELSE (SELECT coalesce(sum(units), 0) FROM batch_item i
                  WHERE i.batch_id = b.id AND i.decision IS DISTINCT FROM 'rejected') END""",
    "no more is invoiced of a batch than was ordered": """
        SELECT v.order_id, v.number FROM invoice v JOIN batch b
            ON b.order_id = v.order_id AND b.number = v.number AND b.kind = 'production'
        GROUP BY v.order_id, v.number, b.planned_qty HAVING sum(v.units) > b.planned_qty""",
    "what is ordered is invoiced, released, or still to come": """
        SELECT c.id FROM contract c JOIN quote q ON q.id = c.quote_id
        WHERE q.total <> (
            SELECT coalesce(sum(total), 0) FROM invoice WHERE order_id = c.id)
          + (SELECT coalesce(sum(amount), 0) FROM credit_note
             WHERE order_id = c.id AND kind <> 'late')
          + (SELECT coalesce(sum(l.amount), 0) FROM ledger_line l
             JOIN ledger_entry e ON e.id = l.entry_id
             WHERE e.order_id = c.id AND l.account = 'backlog')""",
    "an order that has ended owes nothing": """
        SELECT c.id FROM contract c WHERE c.state IN ('closed', 'cancelled') AND (
            0 <> (SELECT coalesce(sum(l.amount), 0) FROM ledger_line l
                  JOIN ledger_entry e ON e.id = l.entry_id
                  WHERE e.order_id = c.id AND l.account = 'backlog')
            OR EXISTS (SELECT FROM batch b WHERE b.order_id = c.id
                       AND b.kind IN ('production', 'makeup')
                       AND b.state NOT IN ('settled', 'cancelled')))""",
    "each step of an order is one event": """
        SELECT c.id FROM contract c WHERE c.state <> (
            SELECT data->>'state' FROM event e WHERE e.object_id = c.id
            AND e.type = 'order.state_changed' ORDER BY e.id DESC LIMIT 1)
        UNION ALL SELECT object_id FROM event WHERE type = 'order.state_changed'
        GROUP BY object_id, data->>'version' HAVING count(*) > 1""",
    "what the events say is in the trail": """
        SELECT c.id FROM contract c WHERE
            (SELECT count(*) FROM event e WHERE e.object_id = c.id
             AND e.type = 'order.state_changed') <> 1 +
            (SELECT count(*) FROM audit_event a WHERE a.object_id = c.id
             AND a.action = 'order.state_changed')""",
    "what came late has an incident, and what did not has none": """
        SELECT b.id FROM batch b WHERE b.kind IS NOT NULL AND b.delivered_at IS NOT NULL
        AND (b.delivered_at > b.due_at) <> EXISTS (
            SELECT FROM incident i WHERE i.batch_id = b.id AND i.kind = 'late')""",
}


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
        for promise, broken in PROMISES.items():
            rows = self.conn.execute(broken).fetchall()
            assert rows == [], f"{promise}: {rows}"

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
