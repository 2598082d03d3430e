"""Decisions on batches, and what follows: invoices, makeup, credits, claims given back."""

from pathlib import Path
from uuid import uuid4

import orjson
import pytest
from fixtures_postgres import Api
from rehearsing import Lab, wanted

from services.exclusivity.signing import verify

LATE = {"batches": {"1": {"late_days": 1.5}}}


def reject(*items: str, reason: str = "wrong") -> dict[str, object]:
    decisions = [{"item_id": i, "decision": "rejected", "reason_code": reason} for i in items]
    return {"reason_code": reason, "item_decisions": decisions}


def money(lab: Lab, order: str) -> tuple[list[int], list[tuple[str, int]], dict[str, int]]:
    invoices = [i["total"] for i in lab.rehearsal.get(f"/invoices?order_id={order}")["data"]]
    notes = lab.rehearsal.get(f"/credit-notes?order_id={order}")["data"]
    ledger = lab.rehearsal.get(f"/orders/{order}/ledger")
    assert ledger["faults"] == []
    return invoices, [(n["kind"], n["amount"]) for n in notes], ledger["balances"]


def order_of(lab: Lab, batch: str) -> str:
    return str(lab.rehearsal.get(f"/batches/{batch}")["order_id"])


def test_what_is_rejected_is_made_up_for(lab: Lab) -> None:
    batch = lab.rehearsal.delivered()
    order = order_of(lab, batch)
    lab.rehearsal.post(f"/batches/{batch}/reject", reject("itm_2_1"))
    page = lab.rehearsal.get(f"/batches/{batch}/items")["data"]
    assert [i["status"] for i in page] == ["rejected", "accepted", "accepted"]
    makeup = lab.rehearsal.batches(order)[-1]
    assert (makeup["kind"], makeup["number"], makeup["planned_qty"]) == ("makeup", 1, 1)
    lab.rehearsal.advance(14)
    for each in lab.rehearsal.batches(order)[2:]:
        lab.rehearsal.post(f"/batches/{each['id']}/accept")
    total = lab.rehearsal.get(f"/orders/{order}/contract")["total"]
    invoices, notes, balances = money(lab, order)
    assert (sum(invoices), notes, balances["backlog"]) == (total, [], 0)
    assert lab.rehearsal.state(order) == "closed"


def test_a_credit_takes_off_what_is_rejected(lab: Lab) -> None:
    batch = lab.rehearsal.delivered(wanted(remedy="credit"))
    order = order_of(lab, batch)
    whole = lab.rehearsal.get(f"/orders/{order}/contract")["total"]
    lab.rehearsal.post(f"/batches/{batch}/reject", {"reason_code": "unsafe"})
    lab.rehearsal.advance(7)
    lab.rehearsal.post(f"/batches/{lab.rehearsal.batches(order)[2]['id']}/accept")
    invoices, notes, balances = money(lab, order)
    [(kind, amount)] = notes
    assert (kind, amount + sum(invoices), balances["backlog"]) == ("rejected", whole, 0)
    assert lab.rehearsal.state(order) == "closed"
    [incident] = lab.rehearsal.get(f"/incidents?order_id={order}")["data"]
    assert (incident["kind"], incident["detail"]["defect_rate"]) == ("quality", 1)
    assert str(amount) in incident["remedy"]


def test_lateness_opens_an_incident_and_brings_a_credit(lab: Lab) -> None:
    order = lab.rehearsal.active(wanted(late_credit_pct=3, late_credit_cap_pct=5), LATE)
    lab.rehearsal.advance(9)
    batch = lab.rehearsal.batches(order)[1]
    [incident] = lab.rehearsal.get(f"/incidents?order_id={order}")["data"]
    assert (incident["kind"], incident["closed_at"]) == ("late", None)
    lab.rehearsal.post(f"/batches/{batch['id']}/accept")
    [total], notes, balances = money(lab, order)
    assert notes == [("late", round(total * 0.05))]  # two days at 3 %, capped
    assert balances["receivable"] == total - notes[0][1]
    [incident] = lab.rehearsal.get(f"/incidents?order_id={order}")["data"]
    assert "5 %" in incident["remedy"]


def test_what_is_short_is_made_up_for(lab: Lab) -> None:
    order = lab.rehearsal.active(None, {"batches": {"1": {"missing_units": 2}}})
    lab.rehearsal.advance(7)
    batch = lab.rehearsal.batches(order)[1]
    assert (batch["planned_qty"], batch["delivered_qty"]) == (3, 1)
    lab.rehearsal.post(f"/batches/{batch['id']}/accept")
    assert lab.rehearsal.batches(order)[-1]["planned_qty"] == 2
    [incident] = lab.rehearsal.get(f"/incidents?order_id={order}")["data"]
    assert (incident["kind"], "makeup" in incident["remedy"]) == ("short", True)


def test_silence_accepts_only_where_the_terms_say_so(lab: Lab) -> None:
    spoken = lab.rehearsal.delivered()
    silent = lab.rehearsal.delivered(wanted(auto_accept=True))
    lab.rehearsal.advance(8)
    assert lab.rehearsal.get(f"/batches/{silent}")["state"] == "settled"
    assert lab.rehearsal.get(f"/batches/{spoken}")["state"] == "delivered"
    events = lab.rehearsal.get("/events?limit=200")["data"]
    reminded = {e["data"]["id"] for e in events if e["type"] == "batch.acceptance_due"}
    assert {spoken, silent} <= reminded
    path = f"/v1/batches/{silent}/reject"
    late = lab.ask(
        "POST", path, json={"reason_code": "wrong"}, headers={"Idempotency-Key": uuid4().hex}
    )
    assert (late.status_code, late.json()["type"]) == (409, "/problems/illegal-state")


def test_marks_count_once_the_batch_is_decided(lab: Lab) -> None:
    batch = lab.rehearsal.delivered()
    mark = {"decision": "rejected", "reason_code": "format", "note": "no list"}
    for n in (1, 2):
        path = f"/v1/batches/{batch}/items/{n}/decision"
        assert lab.ask("PUT", path, json=mark).json()["status"] == "rejected"
    path = f"/v1/batches/{batch}/items/2/decision"
    assert lab.ask("PUT", path, json={"decision": None}).json()["status"] == "undecided"
    assert lab.ask("PUT", path, json={"decision": "rejected"}).status_code == 422
    assert lab.ask("PUT", f"/v1/batches/{batch}/items/9/decision", json=mark).status_code == 404
    lab.rehearsal.post(f"/batches/{batch}/accept")
    counts = lab.rehearsal.get(f"/batches/{batch}/counts")
    assert counts == {"total": 3, "accepted": 2, "rejected": 1, "undecided": 0, "units": 3}
    rejected = lab.rehearsal.get(f"/batches/{batch}/items?status=rejected")["data"]
    assert [i["reason_code"] for i in rejected] == ["format"]
    assert len(lab.rehearsal.get(f"/batches/{batch}/items?status=accepted")["data"]) == 2


def test_an_unknown_item_decides_nothing(lab: Lab) -> None:
    batch = lab.rehearsal.delivered()
    headers = {"Idempotency-Key": uuid4().hex}
    body = reject("itm_2_1", "itm_9_9")
    answer = lab.ask("POST", f"/v1/batches/{batch}/reject", json=body, headers=headers)
    assert (answer.status_code, "itm_9_9" in answer.json()["detail"]) == (422, True)
    assert lab.rehearsal.get(f"/batches/{batch}/counts")["undecided"] == 3


def test_decisions_come_as_a_file_too(lab: Lab) -> None:
    batch = lab.rehearsal.delivered()
    lines = [{"item_id": "itm_2_2", "decision": "rejected", "reason_code": "duplicate"}]
    sent = upload(lab, b"\n".join(map(orjson.dumps, lines)))
    body = {"reason_code": "duplicate", "file_path": sent}
    lab.rehearsal.post(f"/batches/{batch}/reject", body)
    assert lab.rehearsal.get(f"/batches/{batch}/counts")["rejected"] == 1
    other = lab.rehearsal.delivered()
    bad = upload(lab, orjson.dumps({"item_id": "itm_2_2", "decision": "burn"}))
    for path in (bad, "/etc/passwd", str(Path(sent).with_name("none.jsonl"))):
        headers = {"Idempotency-Key": uuid4().hex}
        body = {"reason_code": "duplicate", "file_path": path}
        answer = lab.ask("POST", f"/v1/batches/{other}/reject", json=body, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-order")


def upload(lab: Lab, content: bytes) -> str:
    headers = {"Content-Type": "application/x-ndjson"}
    return str(lab.ask("POST", "/v1/files", content=content, headers=headers).json()["path"])


@pytest.mark.parametrize("act", ["accept", "reject"])
def test_a_repeated_decision_is_made_once(lab: Lab, act: str) -> None:
    batch = lab.rehearsal.delivered()
    body = {"reason_code": "wrong"} if act == "reject" else None
    headers = {"Idempotency-Key": "same"}
    path = f"/v1/batches/{batch}/{act}"
    first, again = (lab.ask("POST", path, json=body, headers=headers) for _ in range(2))
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert lab.ask("POST", path, json=body).status_code == 400
    order = order_of(lab, batch)
    assert len(lab.rehearsal.get(f"/invoices?order_id={order}")["data"]) == (act == "accept")


def test_a_manifest_is_signed_and_says_what_it_is(lab: Lab) -> None:
    from base64 import b64decode

    batch = lab.rehearsal.delivered()
    manifest = lab.rehearsal.get(f"/batches/{batch}/manifest")
    [key] = lab.rehearsal.get("/signing-keys")["data"]
    assert key["id"] == manifest["key_id"]
    body = manifest["body"].encode()
    assert verify(b64decode(key["ed25519"]), manifest["ed25519"], body)
    assert not verify(b64decode(key["ed25519"]), manifest["ed25519"], body + b" ")
    said = orjson.loads(body)
    assert said["counts"] == {"items": 3, "units": 3, "prompts": 3, "planned_units": 3}
    assert (said["guideline_version"], said["terms"]["reuse"]) == (1, "exclusive")
    assert said["reuse_report"]["items_granted"] == 3


def test_pages_go_through_all_items_once(lab: Lab) -> None:
    request = wanted() | {"spec": wanted()["spec"] | {"quantity": 24}}
    batch = lab.rehearsal.delivered(request)
    seen, after = [], 0
    while after is not None:
        page = lab.rehearsal.get(f"/batches/{batch}/items?limit=5&starting_after={after}")
        seen += [item["n"] for item in page["data"]]
        after = page["next"]
    assert seen == list(range(1, 13))


def test_nothing_is_read_before_delivery_nor_after_retention(lab: Lab) -> None:
    order = lab.rehearsal.active(wanted(retention_days=30, auto_accept=True))
    batch = lab.rehearsal.batches(order)[1]["id"]
    assert lab.ask("GET", f"/v1/batches/{batch}/items").status_code == 409
    lab.rehearsal.advance(60)
    assert lab.ask("GET", f"/v1/batches/{batch}/items").status_code == 410
    assert lab.rehearsal.get(f"/batches/{batch}/manifest")["batch_id"] == batch


def test_feedback_is_kept(lab: Lab) -> None:
    batch = lab.rehearsal.delivered()
    said = {"kind": "evaluation", "text": "better", "metrics": {"win_rate": 0.61}}
    lab.rehearsal.post(f"/batches/{batch}/feedback", said)
    [kept] = lab.rehearsal.get(f"/batches/{batch}/feedback")["data"]
    assert kept["body"] == said


async def test_a_spot_order_has_no_contract(api: Api) -> None:
    order = await api.lab.post(
        "/v1/orders",
        json={"name": "spot", "quantity": 1, "source": {"recipe": "write_instructions"}},
        headers={"Idempotency-Key": "spot"},
    )
    order_id, batch = order.json()["id"], order.json()["batches"][0]["id"]
    for path in (f"/v1/orders/{order_id}/contract", f"/v1/batches/{batch}/items"):
        answer = await api.lab.get(path)
        assert (answer.status_code, "under contract" in answer.json()["detail"]) == (404, True)
