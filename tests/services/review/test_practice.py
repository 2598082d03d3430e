"""The training queue that a new platform comes with."""

from fixtures_postgres import Api

from services.database.pool import Pool, transaction
from services.review.practice import offer_practice


async def test_who_is_new_learns_and_earns_the_skill(api: Api, pool: Pool) -> None:
    for _ in range(2):  # the second time there is nothing to do
        async with transaction(pool) as conn:
            await offer_practice(conn, "acme")
    [queue] = (await api.reviewer.get("/v1/queues")).json()["data"]
    assert (queue["name"], queue["purpose"], queue["waiting"]) == ("Practice", "training", 6)
    expected = {"17 + 25": "42.", "Name three": "Red\nBlue", "Python": "xs[-1]"}
    passed = []
    while True:
        leased = await api.reviewer.post(f"/v1/queues/{queue['id']}/leases", json={"max": 1})
        if leased.status_code == 204:
            break
        [lease] = leased.json()["assignments"]
        prompt, left = (lease["item"][part][0]["content"] for part in ("prompt", "a"))
        right = next((text for start, text in expected.items() if start in prompt), None)
        preference = 0 if right is None else -3 if right in left else 3
        body = {"answer": {"preference": preference}, "client_event_id": lease["id"]}
        given = await api.reviewer.put(f"/v1/assignments/{lease['id']}/answer", json=body)
        assert given.status_code == 200, given.text
        feedback = given.json()["feedback"]
        assert feedback["why"]
        passed.append(feedback["correct"])
    assert sorted(passed) == [False, False, True, True, True, True]
