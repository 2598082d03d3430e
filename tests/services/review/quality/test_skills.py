"""Skills that a QA lead grants, renews and revokes."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fixtures_postgres import Api
from looking_after import pair
from reviewing import query, take

from services.database.pool import Pool

PATH = "/v1/qualifications"


async def grant(client: Any, **fields: Any) -> Any:
    return await client.post(PATH, json={"reviewer": "ada", "skill": "law", **fields})


async def test_a_skill_opens_a_queue_and_its_loss_closes_it(
    api: Api, lead: Any, new_queue: Any, add_tasks: Any
) -> None:
    queue_id = await new_queue(skill="law")
    await add_tasks(queue_id, [pair()])
    leases = f"/v1/queues/{queue_id}/leases"
    assert (await api.reviewer.post(leases, json={})).status_code == 403
    assert (await grant(lead)).status_code == 201
    [lease] = await take(api.reviewer, 1, queue_id)
    assert lease["queue"]["id"] == queue_id
    assert (await lead.delete(f"{PATH}/ada/law")).status_code == 204
    assert (await lead.delete(f"{PATH}/ada/law")).status_code == 404


async def test_an_expired_skill_shows_as_such_and_is_renewed(
    api: Api, lead: Any, pool: Pool
) -> None:
    soon = datetime.now(UTC) + timedelta(days=1)
    assert (await grant(lead, expires_at=soon.isoformat())).json()["valid"]
    await query(pool, "UPDATE qualification SET expires_at = now() - interval '1 second'")
    [expired] = (await lead.get(PATH, params={"reviewer": "ada"})).json()["data"]
    assert not expired["valid"]
    assert (await grant(lead)).json()["valid"]
    trail = await query(pool, "SELECT action FROM audit_event WHERE object_id = 'ada'")
    assert [row["action"] for row in trail] == ["skill.granted"] * 2


async def test_a_skill_needs_a_reviewer_and_a_time_to_come(api: Api, lead: Any) -> None:
    assert (await grant(lead, reviewer="nobody")).status_code == 404
    past = await grant(lead, expires_at="2020-01-01T00:00:00Z")
    assert (past.status_code, "is over" in past.json()["detail"]) == (409, True)
    assert (await grant(lead, skill="Law!")).status_code == 422
    assert (await grant(api.reviewer)).status_code == 403


async def test_pages_follow_the_last_pair(lead: Any, new_reviewer: Any) -> None:
    for name in ("bea", "cy"):
        await new_reviewer(name)
        await grant(lead, reviewer=name)
    [first] = (await lead.get(PATH, params={"limit": 1})).json()["data"]
    after = {"after_skill": first["skill"], "after_reviewer": first["reviewer"]}
    [second] = (await lead.get(PATH, params=after)).json()["data"]
    assert [first["reviewer"], second["reviewer"]] == ["bea", "cy"]
