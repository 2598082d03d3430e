"""Guidelines of an order over REST: versions, approval, comments, and whose they are."""

import asyncio
from typing import Any

import pytest
from fixtures_postgres import Api
from guiding import BODY, CRITERION, approve, path_of, place, publish, sign
from reviewing import query

from services.database.pool import Pool, transaction

FAR = "ord_" + "0" * 32


@pytest.fixture
async def order(api: Api, pool: Pool) -> str:
    """An order of 'acme' under contract."""
    async with transaction(pool) as conn:
        return await sign(conn, "acme")


async def test_versions_are_counted_told_of_and_audited(api: Api, pool: Pool, order: str) -> None:
    first = await publish(api.lab, order)
    assert first.status_code == 201, first.text
    assert first.headers["location"] == path_of(order, "/versions/1")
    assert (await api.lab.get(first.headers["location"])).json() == first.json()
    second = (await publish(api.lab, order, body="# Two", change="breaking")).json()
    assert (second["n"], second["body"], second["change"]) == (2, "# Two", "breaking")
    assert (second["approved_at"], second["frozen_at"]) == (None, None)
    listed = (await api.lab.get(path_of(order))).json()["data"]
    assert [line["n"] for line in listed] == [2, 1]
    assert all("body" not in line for line in listed)
    told = "SELECT data FROM event WHERE type = 'guideline.version_published' ORDER BY id"
    events = await query(pool, told)
    assert [(event["data"]["id"], event["data"]["version"]) for event in events] == [
        (order, 1),
        (order, 2),
    ]
    trail = await query(pool, "SELECT 1 FROM audit_event WHERE action = 'guideline.published'")
    assert len(trail) == 2


async def test_the_first_version_begins_the_work_and_approval_the_calibration(
    api: Api, pool: Pool, order: str
) -> None:
    async def state() -> str:
        [row] = await query(pool, "SELECT state FROM contract WHERE id = %s", order)
        return str(row["state"])

    assert await state() == "placed"
    await publish(api.lab, order)
    await publish(api.lab, order, body="# Two")
    assert await state() == "instructions_review"
    done = await approve(api.lab, order, 2)
    assert done.status_code == 200, done.text
    assert done.json()["approved_by"].startswith("lab:acme:")
    assert (await approve(api.lab, order, 2)).json() == done.json()
    trail = await query(pool, "SELECT 1 FROM audit_event WHERE action = 'guideline.approved'")
    assert len(trail) == 1
    assert await state() == "calibrating"
    await query(pool, "UPDATE contract SET state = 'instructions_review'")  # it was rejected
    assert (await approve(api.lab, order, 2)).json() == done.json()
    assert await state() == "calibrating"


async def test_only_the_newest_is_approved(api: Api, order: str) -> None:
    assert (await approve(api.lab, order, 1)).status_code in (404, 409)
    await publish(api.lab, order)
    await publish(api.lab, order, body="# Two")
    refused = await approve(api.lab, order, 1)
    assert refused.status_code == 409
    assert "version 2 is the newest" in refused.json()["detail"]
    assert (await api.lab.get(path_of(order, "/versions/1"))).json()["approved_at"] is None


async def test_what_says_the_same_is_no_new_version(api: Api, order: str) -> None:
    await publish(api.lab, order)
    refused = await publish(api.lab, order, change_note="another note")
    assert refused.status_code == 409
    assert "version 1 says the same" in refused.json()["detail"]
    assert (await publish(api.lab, order, rubric={"criteria": [CRITERION]})).json()["n"] == 2
    assert (await publish(api.lab, order)).json()["n"] == 3


async def test_a_repeated_request_publishes_once(api: Api, order: str) -> None:
    first, again = [await publish(api.lab, order, key="k") for _ in range(2)]
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert (await publish(api.lab, order, key="k", body="# Two")).status_code == 422
    without = await api.lab.post(path_of(order), json={"body": BODY})
    assert without.status_code == 400
    assert len((await api.lab.get(path_of(order))).json()["data"]) == 1


async def test_those_who_publish_at_once_get_numbers_without_gaps(api: Api, order: str) -> None:
    made = await asyncio.gather(*(publish(api.lab, order, body=f"# {n}") for n in range(8)))
    assert sorted(response.json()["n"] for response in made) == list(range(1, 9))


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"body": ""}, "/body"),
        ({"body": "a\x00b"}, "/body"),
        ({"body": "x" * 100_001}, "/body"),
        ({"body": 7}, "/body"),
        ({"change_note": "a\x00b"}, "/change_note"),
        ({"change_note": "x" * 2_001}, "/change_note"),
        ({"change": "tiny"}, "/change"),
        ({"rubric": {"reasons": ["a\x00b"]}}, "/rubric/reasons/0"),
        ({"rubric": {"criteria": [CRITERION | {"high": 0}]}}, "/rubric/criteria/0"),
        ({"rubric": {"min_chars": 9, "max_chars": 3}}, "/rubric"),
        ({"rubric": {"nothing": 1}}, "/rubric/nothing"),
        ({"approved_by": "mallory"}, "/approved_by"),
        ({"n": 7}, "/n"),
    ],
)
async def test_what_cannot_be_is_refused_by_its_field(
    api: Api, order: str, fields: dict[str, Any], pointer: str
) -> None:
    response = await publish(api.lab, order, **fields)
    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["pointer"] == pointer
    assert (await api.lab.get(path_of(order))).json()["data"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"body": "\\u0000"}', 422),
        (b'{"body": "\\ud800"}', 422),
        (b'{"body": "' + b"x" * 3_000_000 + b'"}', 413),
        (b'{"body": "a", "rubric": ' + b"[" * 99 + b"]" * 99 + b"}", 400),
        (b'{"body": "a"', 400),
        (b"\xff\xfe", 400),
        (b"[]", 422),
    ],
)
async def test_hostile_bodies_are_refused(api: Api, order: str, body: bytes, status: int) -> None:
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    response = await api.lab.post(path_of(order), content=body, headers=headers)
    assert response.status_code == status, response.text[:300]
    assert response.headers["content-type"] == "application/problem+json"


async def test_markup_is_kept_as_text_and_never_served_as_a_page(api: Api, order: str) -> None:
    body = "<script>alert(1)</script>\n[x](javascript:alert(1))\n"
    made = await publish(api.lab, order, body=body)
    assert made.json()["body"] == body
    assert made.headers["content-type"] == "application/json"
    assert made.headers["x-content-type-options"] == "nosniff"


async def test_the_longest_body_is_kept_whole(api: Api, order: str) -> None:
    body = "\N{GRINNING FACE}" * 100_000
    made = await publish(api.lab, order, body=body)
    assert made.status_code == 201
    assert (await api.lab.get(path_of(order, "/versions/1"))).json()["body"] == body


async def test_a_diff_shows_lines_and_fields(api: Api, order: str) -> None:
    await publish(api.lab, order, rubric={"criteria": [CRITERION]})
    wider = {"criteria": [CRITERION | {"high": 6}], "tie": False}
    await publish(api.lab, order, body=f"{BODY}Call two right ones a tie.\n", rubric=wider)
    found = (await api.lab.get(path_of(order, "/diff?from=1&to=2"))).json()
    assert (found["from_n"], found["to_n"], found["added"], found["removed"]) == (1, 2, 1, 0)
    assert "+Call two right ones a tie." in found["text"].splitlines()
    changes = {field["pointer"]: (field["before"], field["after"]) for field in found["rubric"]}
    assert changes == {"/criteria/0/high": (4, 6), "/tie": (True, False)}
    same = (await api.lab.get(path_of(order, "/diff?from=2&to=2"))).json()
    assert (same["text"], same["rubric"], same["added"], same["removed"]) == ("", [], 0, 0)
    assert (await api.lab.get(path_of(order, "/diff?from=1&to=3"))).status_code == 404
    assert (await api.lab.get(path_of(order, "/diff?from=0&to=1"))).status_code == 422
    assert (await api.lab.get(path_of(order, "/diff"))).status_code == 422


async def test_a_diff_shows_what_is_no_letter(api: Api, order: str) -> None:
    await publish(api.lab, order, body="a")
    await publish(api.lab, order, body="a\n")
    found = (await api.lab.get(path_of(order, "/diff?from=1&to=2"))).json()
    assert (found["added"], found["removed"]) == (1, 1)


async def test_comments_are_read_in_their_order_page_by_page(api: Api, order: str) -> None:
    await publish(api.lab, order)
    path = path_of(order, "/versions/1/comments")
    for n in range(3):
        body = {"body": f"why {n}?", "line": 1 if n else None}
        assert (await api.lab.post(path, json=body)).status_code == 201
    page = (await api.lab.get(path, params={"limit": 2})).json()
    rest = (await api.lab.get(path, params={"starting_after": page["next"]})).json()
    assert [comment["body"] for comment in page["data"] + rest["data"]] == [
        "why 0?",
        "why 1?",
        "why 2?",
    ]
    assert (page["has_more"], rest["has_more"], rest["next"]) == (True, False, None)
    assert [comment["line"] for comment in page["data"]] == [None, 1]
    assert (await api.lab.get(path, params={"starting_after": FAR})).status_code == 400
    wrong = ({"body": ""}, {"body": "\x00"}, {"body": "x" * 5_001})
    for body in (*wrong, {"body": "a", "line": 0}, {"body": "a", "line": 4}):
        assert (await api.lab.post(path, json=body)).status_code == 422


ROUTES = (
    ("GET", ""),
    ("POST", ""),
    ("GET", "/versions/1"),
    ("POST", "/versions/1/approve"),
    ("GET", "/diff?from=1&to=1"),
    ("GET", "/versions/1/comments"),
    ("POST", "/versions/1/comments"),
)


@pytest.mark.parametrize(("method", "rest"), ROUTES)
async def test_the_guidelines_of_others_do_not_exist(
    api: Api, pool: Pool, order: str, method: str, rest: str
) -> None:
    await publish(api.lab, order)
    async with transaction(pool) as conn:
        spot = await place(conn, "acme")
    request: dict[str, Any] = {"json": {"body": "mine"}} if method == "POST" else {}
    request["headers"] = {"Idempotency-Key": "k"}
    theirs = await api.other_lab.request(method, path_of(order, rest), **request)
    nobodys = await api.other_lab.request(method, path_of(FAR, rest), **request)
    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert theirs.json()["detail"].replace(order, FAR) == nobodys.json()["detail"]
    without = await api.lab.request(method, path_of(spot, rest), **request)
    assert without.status_code == 404
    assert "contract" in without.json()["detail"]
    assert (await api.reviewer.request(method, path_of(order, rest), **request)).status_code == 403
    anonymous = await api.anonymous.request(method, path_of(order, rest), **request)
    assert anonymous.status_code == 401
    [kept] = (await api.lab.get(path_of(order))).json()["data"]
    assert kept["approved_at"] is None
    assert (await api.lab.get(path_of(order, "/versions/1/comments"))).json()["data"] == []
