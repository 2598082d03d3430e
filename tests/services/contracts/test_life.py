"""An order under contract, over REST: what may follow what, and what follows from it."""

from itertools import product
from uuid import uuid4

import psycopg
import pytest
from rehearsing import GUIDELINE, Lab, wanted

from services.contracts.states import LEGAL
from services.database.pool import Pool, transaction


def act(lab: Lab, path: str, body: object = None) -> int:
    headers = {"Idempotency-Key": uuid4().hex}
    return lab.ask("POST", f"/v1{path}", json=body, headers=headers).status_code


async def test_the_database_and_the_program_know_the_same_states(pool: Pool) -> None:
    async with transaction(pool) as conn:
        rows = await conn.execute("SELECT machine, before, after FROM legal_transition")
        stored = {(r["machine"], r["before"], r["after"]) for r in await rows.fetchall()}
    program = {
        (machine, before, after)
        for machine, table in LEGAL.items()
        for before, follow in table.items()
        for after in follow
    }
    resumed = {
        ("batch", "failed", state) for state in LEGAL["batch"] if "failed" in LEGAL["batch"][state]
    }
    of_money = {each for each in stored if each[0] == "invoice"}
    assert stored - of_money == program | resumed


async def test_the_database_refuses_every_other_step_of_an_order(lab: Lab, pool: Pool) -> None:
    order = lab.rehearsal.placed()
    states = list(LEGAL["order"])
    ends = {"closed", "cancelled"}
    async with pool.connection() as conn:
        await conn.set_autocommit(True)
        for before, after in product(states, states):
            if before == after:
                continue
            await conn.execute("ALTER TABLE contract DISABLE TRIGGER contract_transition")
            await conn.execute(_SET, _values(order, before, ends))
            await conn.execute("ALTER TABLE contract ENABLE TRIGGER contract_transition")
            if after in LEGAL["order"][before]:
                await conn.execute(_SET, _values(order, after, ends))
            else:
                with pytest.raises(psycopg.errors.CheckViolation, match="cannot become"):
                    await conn.execute(_SET, _values(order, after, ends))
        await conn.set_autocommit(False)


_SET = (
    "UPDATE contract SET state = %(state)s, "
    "paused_at = CASE WHEN %(paused)s THEN now() END, "
    "ended_at = CASE WHEN %(ended)s THEN now() END WHERE id = %(id)s"
)


def _values(order: str, state: str, ends: set[str]) -> dict[str, object]:
    return {"id": order, "state": state, "paused": state == "paused", "ended": state in ends}


def test_terms_are_set_while_placed_and_amended_afterwards(lab: Lab) -> None:
    order = lab.rehearsal.placed()
    terms = lab.rehearsal.get(f"/orders/{order}/terms")
    path, changed = f"/v1/orders/{order}/terms", terms["terms"] | {"auto_accept": True}
    assert lab.ask("PUT", path, json=changed).status_code == 428
    assert lab.ask("PUT", path, json=changed, headers={"If-Match": '"7"'}).status_code == 412
    answer = lab.ask("PUT", path, json=changed, headers={"If-Match": f'"{terms["version"]}"'})
    assert answer.json()["terms"]["auto_accept"] is True
    dearer = changed | {"reuse": "shared"}
    refused = lab.ask("PUT", path, json=dearer, headers={"If-Match": "*"})
    assert (refused.status_code, "new quote" in refused.json()["detail"]) == (409, True)
    lab.rehearsal.post(f"/orders/{order}/guidelines", GUIDELINE)
    late = lab.ask("PUT", path, json=changed, headers={"If-Match": "*"})
    assert (late.status_code, "amendments" in late.json()["detail"]) == (409, True)
    change = {"change": {"pause_days": 9}, "note": "a long summer"}
    [made] = lab.rehearsal.post(f"/orders/{order}/amendments", change)["data"]
    assert (bool(made["signed_lab"]), made["signed_us"]) == (True, "rehearsal")
    assert lab.rehearsal.get(f"/orders/{order}/terms")["terms"]["pause_days"] == 9
    bad = {"change": {"exclusive_until": "2030-01-01"}}
    assert (
        act(lab, f"/orders/{lab.rehearsal.placed(wanted(reuse='shared'))}/amendments", bad) == 422
    )


def test_a_pause_shifts_what_is_due_and_ends_by_itself(lab: Lab) -> None:
    order = lab.rehearsal.active()
    before = {b["id"]: b["due_at"] for b in lab.rehearsal.batches(order)[1:]}
    lab.rehearsal.post(f"/orders/{order}/pause", {"reason": "our endpoint moves"})
    assert act(lab, f"/orders/{order}/pause") == 409
    done = lab.rehearsal.advance(10)
    assert next(each["what"] for each in done if each["order_id"] == order) == "resume"
    contract = lab.rehearsal.get(f"/orders/{order}/contract")
    assert (contract["state"], contract["pause_days_left"]) == ("active", 0)
    after = {b["id"]: b["due_at"] for b in contract["batches"][1:]}
    assert all(due[8:10] != before[one][8:10] and due > before[one] for one, due in after.items())
    assert act(lab, f"/orders/{order}/pause") == 409


def test_a_dispute_holds_production_until_it_is_settled(lab: Lab) -> None:
    order = lab.rehearsal.active()
    lab.rehearsal.post(f"/orders/{order}/dispute", {"reason": "not our guideline"})
    begun = [e for e in lab.rehearsal.advance(3) if e["what"] == "begin" and e["order_id"] == order]
    assert begun == []
    lab.rehearsal.post(f"/orders/{order}/resume")
    assert lab.rehearsal.state(order) == "active"


def test_cancelling_takes_off_what_is_not_delivered(lab: Lab) -> None:
    batch = lab.rehearsal.delivered()
    order = lab.rehearsal.get(f"/batches/{batch}")["order_id"]
    refused = lab.ask("POST", f"/v1/orders/{order}/cancel")
    assert (refused.status_code, "decided on" in refused.json()["detail"]) == (409, True)
    lab.rehearsal.post(f"/batches/{batch}/accept")
    lab.rehearsal.post(f"/orders/{order}/cancel", {"reason": "no budget"})
    states = [b["state"] for b in lab.rehearsal.batches(order)]
    assert states == ["settled", "settled", "cancelled"]
    ledger = lab.rehearsal.get(f"/orders/{order}/ledger")
    assert (ledger["balances"]["backlog"], ledger["faults"]) == (0, [])
    [note] = lab.rehearsal.get(f"/credit-notes?order_id={order}")["data"]
    [invoice] = lab.rehearsal.get(f"/invoices?order_id={order}")["data"]
    total = lab.rehearsal.get(f"/orders/{order}/contract")["total"]
    assert (note["kind"], note["amount"] + invoice["total"]) == ("cancelled", total)
    for path in ("pause", "cancel", "dispute"):
        assert act(lab, f"/orders/{order}/{path}", {"reason": ""}) == 409


def test_a_quote_is_accepted_once_and_not_when_it_is_over(lab: Lab) -> None:
    quote = lab.rehearsal.quote()
    lab.rehearsal.post(f"/quotes/{quote}/accept")
    assert act(lab, f"/quotes/{quote}/accept") == 409
    late = lab.rehearsal.quote()
    lab.rehearsal.advance(31)
    assert lab.rehearsal.get(f"/quotes/{late}")["state"] == "expired"
    assert act(lab, f"/quotes/{late}/accept") == 409
    gone = lab.rehearsal.quote()
    lab.rehearsal.post(f"/quotes/{gone}/withdraw")
    assert act(lab, f"/quotes/{gone}/accept") == 409


def test_the_gate_wants_the_agreed_agreement(lab: Lab) -> None:
    order = lab.rehearsal.calibrating(None, {"calibrations": [{"alpha": 0.52}]})
    [batch] = lab.rehearsal.batches(order)
    refused = lab.ask("POST", f"/v1/batches/{batch['id']}/accept", headers={"Idempotency-Key": "a"})
    assert refused.status_code == 409
    assert "0.460 is below min_alpha 0.5" in refused.json()["detail"]
    assert lab.rehearsal.get(f"/batches/{batch['id']}/quality")["shortfalls"] != []
    lab.rehearsal.post(f"/batches/{batch['id']}/reject", {"reason_code": "off_guideline"})
    assert lab.rehearsal.state(order) == "instructions_review"
    assert act(lab, f"/orders/{order}/guidelines", GUIDELINE) == 409  # it says the same
    newer = GUIDELINE | {"body": "# Prefer what is right, and say why"}
    lab.rehearsal.post(f"/orders/{order}/guidelines", newer)
    assert act(lab, f"/orders/{order}/guidelines/versions/1/approve") == 409
    lab.rehearsal.post(f"/orders/{order}/guidelines/versions/2/approve")
    lab.rehearsal.advance(7)
    lab.rehearsal.post(f"/batches/{lab.rehearsal.batches(order)[1]['id']}/accept")
    frozen = lab.rehearsal.get(f"/orders/{order}/guidelines/versions/2")["frozen_at"]
    assert (lab.rehearsal.state(order), frozen is not None) == ("active", True)


def test_an_order_without_calibration_begins_with_production(lab: Lab) -> None:
    request = wanted() | {"schedule": {"batches": 1, "calibration_items": 0}}
    order = lab.rehearsal.reviewed(request)
    lab.rehearsal.post(f"/orders/{order}/guidelines/versions/1/approve")
    assert [b["kind"] for b in lab.rehearsal.batches(order)] == ["production"]


def test_each_step_is_an_event_and_in_the_trail(lab: Lab) -> None:
    order = lab.rehearsal.active()
    events = lab.rehearsal.get("/events?limit=200")["data"]
    of_order = [
        e["data"] for e in events if e["data"]["id"] == order and e["data"]["object"] == "order"
    ]
    states = [each["state"] for each in of_order]
    assert states == ["placed", "instructions_review", "calibrating", "calibrated", "active"]
    versions = [each["version"] for each in of_order]
    assert versions == sorted(set(versions))
    trail = lab.rehearsal.get(f"/audit-events?object_id={order}&limit=200")["data"]
    assert [e["action"] for e in trail].count("order.state_changed") == 4
