"""Requests that mean something: ids of what is there, bodies that fit, and small spites in both."""

import json
from collections.abc import Callable
from random import Random
from typing import Any
from uuid import uuid4

from items import KINDS_OF_WORK
from ordering import ORDER
from platform_at_work import PASSWORD, REVIEWERS, Platform
from rehearsing import CREDENTIAL, GUIDELINE, REQUEST, Rehearsal
from schemathesis import APIOperation, Case

STAFF = ("all roles", "operator")
REHEARSING = ("rehearsal",)
ABLE = {
    "ordering": ("lab", "operator"),
    "webhooks": ("lab", "operator"),
    "keys": ("lab", "operator"),
    "quotes": REHEARSING,
    "contracts": REHEARSING,
    "guidelines": REHEARSING,
    "batches": REHEARSING,
    "money": REHEARSING,
    "credentials": REHEARSING,
    "exports": REHEARSING,
    "files": REHEARSING,
    "rehearsal": REHEARSING,
    "POST /v1/orders/{order_id}/resume": ("lab", "operator"),
    "POST /v1/invoices/{invoice_id}/payments": ("operator",),
    "review": ("all roles", "reviewer", "reviewer's key"),
    "me": ("all roles", "reviewer", "reviewer's key"),
    "POST /v1/queues": STAFF,
    "PATCH /v1/queues/{queue_id}": STAFF,
    "POST /v1/tasks/{task_id}/adjudicate": ("all roles", "adjudicator"),
    "PUT /v1/me/password": ("all roles", "admin"),
}
"""Who gets in, by an operation or its tag; STAFF elsewhere."""
SPITE: tuple[Any, ...] = (
    "\x00",
    "a\x00b",
    "\ud800",
    "\ufeff\u202e",
    "x" * 100_001,
    2**31,
    2**63,
    -(2**63) - 1,
    10**400,
    1e308,
    -0.5,
    float("nan"),
    float("inf"),
    True,
    None,
    [],
    {},
    {"\x00": 1},
    {"\ud800": 1},
    {"": {"": []}},
    [[[[[[[[[[]]]]]]]]]],
)
ODD_HEADERS = (
    {"Content-Type": "text/plain"},
    {"Content-Type": "application/json; charset=utf-7"},
    {"Content-Type": "application/x-www-form-urlencoded"},
    {"Content-Type": "multipart/form-data; boundary=x"},
    {"Content-Type": "multipart/form-data"},
    {"Content-Type": "\xe9"},
    {"X-CSRF-Token": "\xe9"},
    {"Cookie": '__Host-ingot="\\000\\377"; x'},
    {"Authorization": "Bearer ing_\xb2_\xff"},
    {"Authorization": "Basic Og=="},
    {"Origin": "null"},
    {"Accept": "text/html"},
)


def who_asks(case: Case, luck: Random, platform: Platform) -> str:
    """Somebody who mostly may."""
    [tag] = case.operation.tags or [""]
    able = ABLE.get(case.operation.label) or ABLE.get(tag) or STAFF
    return luck.choice(able if luck.random() < 0.8 else tuple(platform.doors))


def odd_headers(luck: Random) -> dict[str, str]:
    """Mostly none."""
    return luck.choice(ODD_HEADERS) if luck.random() < 0.1 else {}


def name_what_is_there(case: Case, luck: Random, platform: Platform, who: str, kind: str) -> None:
    """Put ids into a case, of a kind of work where there are several."""
    for name in case.path_parameters or {}:
        if luck.random() < 0.85:
            case.path_parameters[name] = known_id(name, case.operation.label, platform, who, kind)
    for name in case.query or {}:
        if name in ("queue_id", "after", "before", "starting_after") and luck.random() < 0.5:
            case.query[name] = _cursor(name, platform, luck)
    if case.operation.label == "POST /v1/orders" and luck.random() < 0.8:
        case.headers["Idempotency-Key"] = str(luck.random())


def body_that_fits(case: Case, luck: Random, kind: str) -> dict[str, Any]:
    """What to send in place of a case's body: often nothing, else one that fits, perhaps spoilt."""
    makers = BODIES.get(case.operation.label, ())
    if not makers or luck.random() < 0.5:
        return {}
    body = luck.choice(makers)(kind)
    case.headers["Content-Type"] = MEDIA_TYPES.get(case.operation.label, "application/json")
    return {"data": json.dumps(spoil(body, luck) if luck.random() < 0.5 else body)}


def good_case(
    operation: APIOperation, platform: Platform, who: str, kind: str
) -> tuple[Case, dict[str, Any]]:
    """A request that goes well where they may, and the body to send with it."""
    label = operation.label
    case = operation.Case(
        path_parameters={
            parameter.name: known_id(parameter.name, label, platform, who, kind)
            for parameter in operation.path_parameters
        },
        query=QUERIES.get(label, {}),
        headers={"Idempotency-Key": uuid4().hex} | ON_CONDITION.get(label, {}),
    )
    if label not in BODIES:
        return case, {}
    case.headers["Content-Type"] = MEDIA_TYPES.get(label, "application/json")
    body = json.dumps(BODIES[label][0](kind))
    if SOME_ORDER in body:
        order = platform.made_once("an order with a delivery", Rehearsal.with_delivery)
        body = body.replace(SOME_ORDER, order)
    return case, {"data": body}


def spoil(value: Any, luck: Random) -> Any:
    """Put something else in one place of a value."""
    if isinstance(value, dict) and value and luck.random() < 0.9:
        name = luck.choice(sorted(value))
        return value | {name: spoil(value[name], luck)}
    if isinstance(value, list) and value and luck.random() < 0.9:
        place = luck.randrange(len(value))
        return [*value[:place], spoil(value[place], luck), *value[place + 1 :]]
    return luck.choice(SPITE)


def known_id(name: str, label: str, platform: Platform, who: str, kind: str) -> str:
    """What a parameter of an operation may name."""
    if name == "assignment_id":
        return _assignment(label, platform, who, kind)
    if name == "name" and "/operations/" in label:
        return platform.exported(platform.made_once(f"operation_id {label}", Rehearsal.export))
    if (maker := _contracted(name, label)) is not None:
        return platform.made_once(f"{name} {label}", maker)
    known: dict[str, Callable[[], str]] = {
        "queue_id": lambda: platform.queues["pairwise" if "{task_id}" in label else kind],
        "order_id": lambda: platform.order_of(platform.batches[1]),
        "batch_id": lambda: platform.batches[0],
        "name": lambda: "README.md",
        "account_id": platform.account,
        "endpoint_id": platform.endpoint,
        "delivery_id": platform.delivery,
        "task_id": platform.gold if "gold" in label else platform.disputed,
        "flag_id": platform.flagged,
        "reviewer": lambda: "grace",
        "skill": platform.skill,
        "n": lambda: "1",
        "key_id": platform.key,
    }
    return known[name]()


def _contracted(name: str, label: str) -> Callable[[Rehearsal], str] | None:
    """What makes an id of something under contract; None where nothing under contract is meant."""
    if name == "quote_id":
        return Rehearsal.quote
    if name == "invoice_id":
        return Rehearsal.invoiced
    if name == "file_id":
        return Rehearsal.file
    if name == "operation_id":
        return Rehearsal.export
    if name == "credential_id":
        return Rehearsal.credential
    if name == "batch_id" and label not in OF_PRODUCTION:
        return Rehearsal.delivered
    if name == "order_id" and label not in OF_PRODUCTION:
        return ORDERS.get(label, Rehearsal.active)
    return None


def _assignment(label: str, platform: Platform, who: str, kind: str) -> str:
    if label.endswith("/confirm"):
        return platform.contested()
    if label.endswith("/void"):
        return platform.answered()
    return platform.lease(who if who in REVIEWERS else "reviewer", kind)


def _cursor(name: str, platform: Platform, luck: Random) -> str:
    known = {
        "queue_id": platform.queues["pairwise"],
        "before": f"asg_{'f' * 32}",
        "starting_after": f"ord_{'f' * 32}",
    }
    return known.get(name, f"que_{'0' * 32}")


def _queue(kind: str) -> Any:
    return {"name": uuid4().hex, "kind": kind, "overlap": 2, "pay_minor": 5, "rubric": {}}


def _answer(kind: str) -> Any:
    return {"answer": KINDS_OF_WORK[kind][1], "client_event_id": uuid4().hex, "active_ms": 900}


def _gold(kind: str) -> Any:
    item, expected = KINDS_OF_WORK[kind]
    return {"item": item, "expected": expected, "why": "shorter"}


def _line(kind: str) -> Any:
    return [{"item_id": "one more", "item": KINDS_OF_WORK[kind][0]}]


def _always(*bodies: Any) -> tuple[Callable[[str], Any], ...]:
    return tuple((lambda kind, body=body: body) for body in bodies)


OF_PRODUCTION = (
    "GET /v1/orders/{order_id}",
    "POST /v1/orders/{order_id}/resume",
    "GET /v1/batches/{batch_id}",
    "GET /v1/batches/{batch_id}/files",
    "GET /v1/batches/{batch_id}/files/{name}",
)
"""Operations on orders that are not under contract."""
ORDERS: dict[str, Callable[[Rehearsal], str]] = {
    "PUT /v1/orders/{order_id}/terms": Rehearsal.placed,
    "POST /v1/orders/{order_id}/guidelines": Rehearsal.placed,
    "POST /v1/orders/{order_id}/guidelines/versions/{n}/approve": Rehearsal.reviewed,
}
"""Where an order has to be in another state than active."""
ON_CONDITION = {
    "PUT /v1/orders/{order_id}/terms": {"If-Match": "*"},
    "PATCH /v1/orders/{order_id}": {"If-Match": "*"},
}
SOME_ORDER = f"ord_{'0' * 32}"
"""In a body: an order of which something is delivered."""
REJECTED = {"decision": "rejected", "reason_code": "wrong", "note": "no"}
BODIES: dict[str, tuple[Callable[[str], Any], ...]] = {
    "POST /v1/api-keys": _always({}, {"name": "nightly", "scopes": ["orders:read"], "test": True}),
    "POST /v1/api-keys/{key_id}/rotate": _always({"overlap_hours": 1}),
    "POST /v1/webhook-endpoints": (lambda kind: {"url": f"https://lab.example.org/{uuid4().hex}"},),
    "PATCH /v1/webhook-endpoints/{endpoint_id}": _always({"types": ["batch.settled"]}),
    "POST /v1/webhook-endpoints/{endpoint_id}/rotate-secret": _always({"overlap_hours": 1}),
    "POST /v1/orders": _always(ORDER),
    "POST /v1/quotes": _always(REQUEST),
    "POST /v1/credentials": _always(CREDENTIAL),
    "POST /v1/exports": _always({"order_id": SOME_ORDER}),
    "PATCH /v1/orders/{order_id}": _always({"metadata": {"cost centre": "7"}}),
    "PUT /v1/orders/{order_id}/terms": _always(REQUEST["terms"] | {"auto_accept": True}),
    "POST /v1/orders/{order_id}/pause": _always({"reason": "holidays"}),
    "POST /v1/orders/{order_id}/dispute": _always({"reason": "not what we agreed"}),
    "POST /v1/orders/{order_id}/cancel": _always({"reason": "no budget"}),
    "POST /v1/orders/{order_id}/amendments": _always({"change": {"pause_days": 9}}),
    "POST /v1/orders/{order_id}/guidelines": _always(GUIDELINE),
    "POST /v1/orders/{order_id}/guidelines/versions/{n}/comments": _always(
        {"body": "what of ties?", "line": 1}
    ),
    "PUT /v1/batches/{batch_id}/items/{n}/decision": _always(REJECTED, {"decision": None}),
    "POST /v1/batches/{batch_id}/decisions": _always(
        {"decisions": [REJECTED | {"item_id": "itm_2_1"}]}
    ),
    "POST /v1/batches/{batch_id}/reject": _always({"reason_code": "other"}),
    "POST /v1/batches/{batch_id}/feedback": _always({"text": "good", "metrics": {"win": 0.6}}),
    "POST /v1/invoices/{invoice_id}/payments": (
        lambda kind: {"tenant": "acme--test", "amount": 1, "ref": uuid4().hex},
    ),
    "POST /v1/test/clock/advance": _always({"hours": 1}),
    "PUT /v1/test/orders/{order_id}/scenario": _always({"batches": {"2": {"late_days": 1}}}),
    "POST /v1/files": _always({"prompt": "Is basil a herb?"}),
    "POST /v1/sessions": _always({"login": "spare", "password": PASSWORD}),
    "PUT /v1/me/password": _always({"present": PASSWORD, "new": "battery staple correct"}),
    "POST /v1/accounts": (lambda kind: {"login": f"{uuid4().hex}@example.org"},),
    "PATCH /v1/accounts/{account_id}": _always({"roles": ["qa_lead"]}, {"disabled": True}),
    "POST /v1/leases": _always({"max": 2, "html": True}),
    "POST /v1/queues/{queue_id}/leases": _always({"max": 2, "html": True}),
    "PUT /v1/assignments/{assignment_id}/draft": (
        lambda kind: {"client_seq": 1, "body": KINDS_OF_WORK[kind][1]},
    ),
    "PUT /v1/assignments/{assignment_id}/answer": (_answer,),
    "POST /v1/assignments/{assignment_id}/skip": _always({"reason": "expertise", "note": "no"}),
    "POST /v1/assignments/{assignment_id}/flag": _always({"rule": "private", "note": "names"}),
    "POST /v1/queues": (_queue,),
    "PATCH /v1/queues/{queue_id}": _always({"weight": 2, "agree_share": 0.5}, {"overlap": 3}),
    "PUT /v1/me/settings": _always({"keys": {"submit": "s"}}),
    "POST /v1/queues/{queue_id}/tasks": (_line,),
    "POST /v1/queues/{queue_id}/guidelines": _always(
        {"body": "# Look twice", "change_note": "twice", "rubric": {}, "breaking": True}
    ),
    "POST /v1/qualifications": _always({"reviewer": "ada", "skill": "chemistry"}),
    "POST /v1/queues/{queue_id}/gold": (_gold,),
    "PATCH /v1/queues/{queue_id}/gold/{task_id}": _always({"active": False}),
    "POST /v1/tasks/{task_id}/adjudicate": _always(
        {"answer": {"preference": -2}, "cause": "slip", "note": "short"}
    ),
    "POST /v1/tasks/{task_id}/end": _always({"reason": "nobody can read it"}),
    "POST /v1/assignments/{assignment_id}/void": _always({"reason": "copied"}),
    "POST /v1/assignments/{assignment_id}/void/confirm": _always({"confirm": True}),
    "POST /v1/flags/{flag_id}/resolve": _always({"uphold": True, "note": "seen"}),
}
"""Makers of bodies that fit, by operation, from a kind of work."""
MEDIA_TYPES = {"POST /v1/files": "application/x-ndjson"}
"""Of bodies that are not JSON."""
QUERIES = {
    "GET /v1/queues/{queue_id}/guidelines/diff": {"from": 1, "to": 1},
    "GET /v1/orders/{order_id}/guidelines/diff": {"from": 1, "to": 1},
    "GET /v1/queues/{queue_id}/export/settings": {"tool": "label_studio"},
}
"""What has to be asked."""
