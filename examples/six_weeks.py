"""A contract of six weeks, rehearsed in seconds by REST alone, with every figure checked.

    ingot up                                     # or any platform
    ingot key lab --tenant acme --test   # a key that begins with ing_test_
    python examples/six_weeks.py http://127.0.0.1:8400 ing_test_...

A quote with a discount, a calibration batch that is rejected once, a second version of the
guidelines, six weekly batches of which one comes late and one is accepted in part, a pause, a
makeup batch, invoices, a credit note. Ends with 0 only if every figure adds up.
"""

import sys
import uuid
from typing import Any

import httpx

BATCHES, ITEMS = 6, 120
LATE, LATE_DAYS = 3, 2.5
PARTLY, REJECTED = 4, 3


class Lab:
    """A lab's side of the contract: requests, and the figures it expects."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=120
        )
        self.faults: list[str] = []

    def ask(self, method: str, path: str, body: Any = None, *, status: int = 0) -> Any:
        """A request that must go well, or end in `status`."""
        headers = {"Idempotency-Key": uuid.uuid4().hex} if method == "POST" else {}
        answer = self._http.request(method, f"/v1{path}", json=body, headers=headers)
        if answer.status_code != status and (status or answer.is_error):
            sys.exit(f"{method} {path} answered {answer.status_code}: {answer.text}")
        return answer.json() if answer.content else None

    def check(self, what: str, got: object, expected: object) -> None:
        """Print a figure, and remember it where it is not what it has to be."""
        right = got == expected
        print(f"  {'ok ' if right else 'BAD'} {what}: {got}{'' if right else f', not {expected}'}")
        if not right:
            self.faults.append(what)

    def all(self, path: str, cursor: str = "starting_after") -> list[dict[str, Any]]:
        """All entries of a list, page by page."""
        entries: list[dict[str, Any]] = []
        after = ""
        while True:
            mark = "&" if "?" in path else "?"
            page = self.ask("GET", f"{path}{mark}limit=200{after}")
            entries += page["data"]
            if not page["has_more"]:
                return entries
            after = f"&{cursor}={page['next']}"

    def advance(self, days: float) -> list[dict[str, Any]]:
        """Move the clock, and give what happened on the way."""
        done: list[dict[str, Any]] = self.ask("POST", "/test/clock/advance", {"days": days})["done"]
        return done


def main(url: str, key: str) -> None:
    """Rehearse, and say whether it all adds up."""
    lab = Lab(url, key)
    quote = ask_for_quote(lab)
    order = lab.ask("POST", f"/quotes/{quote['id']}/accept")["order_id"]
    lab.ask("PUT", f"/test/orders/{order}/scenario", SCENARIO)
    calibrate(lab, order)
    produce(lab, order)
    check_money(lab, order, quote)
    check_events(lab, order)
    if lab.faults:
        sys.exit(f"these do not add up: {', '.join(lab.faults)}")
    print("every figure adds up")


SCENARIO = {
    "calibrations": [{"alpha": 0.35}, {"alpha": 0.74}],
    "batches": {str(LATE): {"late_days": LATE_DAYS}},
}
REQUEST = {
    "spec": {
        "name": "six weeks",
        "kind": "preference",
        "quantity": ITEMS,
        "source": {"recipe": "write_instructions"},
    },
    "schedule": {
        "batches": BATCHES,
        "cadence_days": 7,
        "first_due_days": 7,
        "calibration_items": 20,
    },
    "terms": {
        "reuse": "exclusive",
        "may_publish": False,
        "acceptance_days": 5,
        "min_alpha": 0.5,
        "max_defect_rate": 0.1,
        "remedy": "makeup",
        "late_credit_pct": 2,
        "late_credit_cap_pct": 20,
        "pause_days": 7,
    },
}


def ask_for_quote(lab: Lab) -> dict[str, Any]:
    """The price, with the discount on the first batches."""
    quote: dict[str, Any] = lab.ask("POST", "/quotes", REQUEST)
    print(f"quote {quote['id']}: {quote['total']} {quote['currency']} minor units")
    for line in quote["lines"]:
        print(
            f"    {line['text']}: {line['quantity']} x {line['unit_price']}"
            f" - {line['discount_pct']:g} % = {line['amount']}"
        )
    lab.check("the lines' sum", sum(line["amount"] for line in quote["lines"]), quote["total"])
    discounted = any(line["discount_pct"] for line in quote["lines"])
    lab.check("the first batches have a discount", discounted, True)
    return quote


def calibrate(lab: Lab, order: str) -> None:
    """Rejected under the first version of the guidelines, accepted under the second."""
    print("calibration")
    write_guideline(lab, order, 1, "Prefer the answer that is right.")
    lab.advance(7)
    first = batches(lab, order)[-1]
    lab.check(
        "the gate holds",
        lab.ask("POST", f"/batches/{first['id']}/accept", status=409) is not None,
        True,
    )
    lab.ask(
        "POST",
        f"/batches/{first['id']}/reject",
        {"reason_code": "off_guideline", "note": "ties are not explained"},
    )
    lab.check("back to the guidelines", state(lab, order), "instructions_review")
    write_guideline(lab, order, 2, "Prefer the answer that is right.\n\nCall two right ones a tie.")
    difference = lab.ask("GET", f"/orders/{order}/guidelines/diff?from=1&to=2")
    lab.check("the diff shows what is new", "a tie" in str(difference), True)
    lab.advance(7)
    second = batches(lab, order)[-1]
    lab.ask("POST", f"/batches/{second['id']}/accept")
    lab.check("production begins", state(lab, order), "active")


def write_guideline(lab: Lab, order: str, n: int, body: str) -> None:
    """Publish a version, and approve it."""
    wanted = {"body": body, "rubric": {}, "change_note": f"version {n}", "change": "breaking"}
    made = lab.ask("POST", f"/orders/{order}/guidelines", wanted)
    lab.check("version of the guidelines", made["n"], n)
    lab.ask("POST", f"/orders/{order}/guidelines/versions/{n}/approve")


def produce(lab: Lab, order: str) -> None:
    """Six weeks: one batch late, one accepted in part, a pause in the fifth."""
    for number in range(1, BATCHES + 1):
        if number == 5:
            pause(lab, order)
        batch = wait_for(lab, order, "production", number)
        decide(lab, batch)
        print(f"  batch {number} decided")
    makeup = wait_for(lab, order, "makeup", PARTLY)
    lab.check("the makeup batch holds what was rejected", makeup["delivered_qty"], REJECTED)
    lab.ask("POST", f"/batches/{makeup['id']}/accept")
    lab.check("the order", state(lab, order), "closed")


def pause(lab: Lab, order: str) -> None:
    """Three days in which nothing is due, at no cost."""
    before = {b["id"]: b["due_at"] for b in batches(lab, order) if not b["delivered_at"]}
    lab.ask("POST", f"/orders/{order}/pause", {"reason": "the endpoint moves"})
    done = [each for each in lab.advance(3) if each["order_id"] == order]
    lab.check("what happens in a pause", [e["what"] for e in done if e["what"] != "remind"], [])
    lab.ask("POST", f"/orders/{order}/resume")
    after = {b["id"]: b["due_at"] for b in batches(lab, order)}
    lab.check("due later", all(after[one] > due for one, due in before.items()), True)


def wait_for(lab: Lab, order: str, kind: str, number: int) -> dict[str, Any]:
    """Move the clock by half days until a batch is delivered."""
    for _ in range(80):
        for batch in batches(lab, order):
            if (batch["kind"], batch["number"]) == (kind, number) and batch["delivered_at"]:
                return batch
        lab.advance(0.5)
    sys.exit(f"{kind} batch {number} never came")


def decide(lab: Lab, batch: dict[str, Any]) -> None:
    """Take all of it, but three items of the fourth."""
    items = lab.all(f"/batches/{batch['id']}/items")
    lab.check(f"items of batch {batch['number']}", len(items), ITEMS // BATCHES)
    if batch["number"] != PARTLY:
        lab.ask("POST", f"/batches/{batch['id']}/accept")
        return
    bad = [
        {"item_id": item["item_id"], "decision": "rejected", "reason_code": "wrong"}
        for item in items[:REJECTED]
    ]
    wanted = {"reason_code": "wrong", "item_decisions": bad}
    lab.ask("POST", f"/batches/{batch['id']}/reject", wanted)


def check_money(lab: Lab, order: str, quote: dict[str, Any]) -> None:
    """Invoices are for accepted items, and the ledger says the same."""
    print("money")
    invoices = lab.all(f"/invoices?order_id={order}")
    notes = lab.all(f"/credit-notes?order_id={order}")
    accepted = sum(
        lab.ask("GET", f"/batches/{batch['id']}/counts")["accepted"]
        for batch in batches(lab, order)
        if batch["kind"] != "calibration"
    )
    lab.check("accepted items", accepted, ITEMS)
    invoiced = sum(data_units(lab, invoice) for invoice in invoices)
    lab.check("invoiced items", invoiced, accepted)
    total = sum(invoice["total"] for invoice in invoices)
    lab.check("the invoices' sum is the quote's", total, quote["total"])
    late = next(b for b in batches(lab, order) if (b["kind"], b["number"]) == ("production", LATE))
    of_late = next(invoice for invoice in invoices if invoice["batch_id"] == late["id"])
    expected = (of_late["total"] * 2 * 3 + 50) // 100  # 2 % for each of three days begun
    lab.check("credit for lateness", [note["amount"] for note in notes], [expected])
    for invoice in invoices:
        lab.ask("POST", f"/test/invoices/{invoice['id']}/pay")
    ledger = lab.ask("GET", f"/orders/{order}/ledger")
    print_ledger(ledger)
    lab.check("nothing is left to deliver", ledger["balances"]["backlog"], 0)
    lab.check("nothing is owed", ledger["balances"]["receivable"], 0)
    lab.check("revenue", -ledger["balances"]["revenue"], total)
    lab.check("paid", ledger["balances"]["cash"], total - expected)
    kinds = [(i["kind"], i["batch_id"]) for i in lab.all(f"/incidents?order_id={order}")]
    lab.check("the late batch's incident", ("late", late["id"]) in kinds, True)


def data_units(lab: Lab, invoice: dict[str, Any]) -> int:
    """The units of data that an invoice is for."""
    lines = lab.ask("GET", f"/invoices/{invoice['id']}/lines")["data"]
    return sum(line["quantity"] for line in lines if line["kind"] == "data")


def print_ledger(ledger: dict[str, Any]) -> None:
    """The books, as an accountant would read them."""
    for entry in ledger["entries"]:
        for line in entry["lines"]:
            print(
                f"    {entry['at'][:10]}  {entry['kind']:<12} "
                f"{line['account']:<12} {line['amount']:>12}"
            )
    for account, balance in ledger["balances"].items():
        print(f"    {'balance':<24} {account:<12} {balance:>12}")


def check_events(lab: Lab, order: str) -> None:
    """The feed tells the whole story."""
    print("events")
    events = lab.all("/events", "after")
    of_order = [e["data"]["state"] for e in events if e["data"]["id"] == order]
    lab.check("first and last state", (of_order[0], of_order[-1]), ("placed", "closed"))
    settled = {e["data"]["id"] for e in events if e["type"] == "batch.settled"}
    ours = {batch["id"] for batch in batches(lab, order)}
    lab.check("every batch is settled", ours <= settled, True)


def batches(lab: Lab, order: str) -> list[dict[str, Any]]:
    """The batches of an order, in their order."""
    found: list[dict[str, Any]] = lab.ask("GET", f"/orders/{order}/contract")["batches"]
    return found


def state(lab: Lab, order: str) -> str:
    """Where an order stands."""
    return str(lab.ask("GET", f"/orders/{order}/contract")["state"])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
