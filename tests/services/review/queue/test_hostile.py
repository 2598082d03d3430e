"""What no client of ours would send: refused by name, never a fault of the platform."""

from typing import Any

import orjson
import pytest
from fixtures_postgres import Api
from items import pair
from people import add_person, log_in
from reviewing import take

from services.database.pool import Pool

HALF = r'"\ud800"'
NUL = r'"\u0000"'
DEEP = "[" * 900 + "]" * 900
BODIES = {
    "draft": ['{{"client_seq": 1, "body": {{"text": {0}}}}}'],
    "answer": [
        '{{"answer": {{"preference": {0}}}, "client_event_id": "e"}}',
        '{{"answer": {{{1}: 1}}, "client_event_id": "e"}}',
        '{{"answer": {{"preference": 1}}, "client_event_id": "e", "comment": {0}}}',
        '{{"answer": {{"preference": 1}}, "client_event_id": {0}}}',
        '{{"answer": {{"preference": 1, "reasons": [{0}]}}, "client_event_id": "e"}}',
    ],
    "skip": ['{{"reason": "other", "note": {0}}}'],
    "flag": ['{{"rule": "other", "note": {0}}}'],
}


@pytest.mark.parametrize("value", [HALF, NUL, DEEP, "1e999", "NaN", "9" * 5_000])
async def test_no_value_breaks_the_acts_on_a_lease(
    api: Api, new_queue: Any, fill: Any, value: str
) -> None:
    await fill(await new_queue(), pair())
    [lease] = await take(api.reviewer)
    for act, bodies in BODIES.items():
        method = "PUT" if act in ("draft", "answer") else "POST"
        for body in bodies:
            response = await api.reviewer.request(
                method,
                f"/v1/assignments/{lease['id']}/{act}",
                content=body.format(value, value if value.startswith('"') else '"x"'),
                headers={"Content-Type": "application/json"},
            )
            assert response.status_code < 500, (act, body, response.text)
            assert act == "draft" or response.status_code in (400, 422), (act, body)


@pytest.mark.parametrize("value", [HALF, NUL])
async def test_no_text_breaks_queues_and_settings(api: Api, pool: Pool, value: str) -> None:
    headers = {"Content-Type": "application/json"}
    for field in ("name", "body", "skill", "currency"):
        body = orjson.dumps({"name": "q", "kind": "rating", field: "@"}).decode()
        response = await api.operator.post(
            "/v1/queues", content=body.replace('"@"', value), headers=headers
        )
        assert response.status_code == 422, (field, response.text)
    await add_person(pool, "eve")
    async with log_in(api, "eve") as eve:
        for body in (f'{{"keys": {{"submit": {value}}}}}', f'{{"keys": {{{value}: "x"}}}}'):
            response = await eve.put("/v1/me/settings", content=body, headers=headers)
            assert response.status_code == 422, response.text
