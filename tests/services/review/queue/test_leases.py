from typing import Any

from fixtures_postgres import Api
from reviewing import LEASES, answer, query, take

from services.database.pool import Pool

EXPIRE = "UPDATE assignment SET expires_at = now() - interval '1 second' WHERE state = 'leased'"


async def test_the_task_with_the_highest_priority_comes_first(
    api: Api, new_batch: Any, tasks: Any
) -> None:
    await new_batch([*tasks(1, "audit", priority=1.0), *tasks(1, "unsure", priority=2.0)])
    [first, _] = await take(api.reviewer, 2)
    [again] = await take(api.reviewer, 1)
    assert again == first


async def test_leases_held_already_are_given_again_and_filled_up(
    api: Api, new_batch: Any, tasks: Any
) -> None:
    await new_batch(tasks(5))
    held = await take(api.reviewer, 2)
    more = await take(api.reviewer, 3)
    assert more[:2] == held
    assert len({lease["id"] for lease in more}) == 3


async def test_asking_again_for_what_is_held_is_200_and_new_leases_are_201(
    api: Api, new_batch: Any, tasks: Any
) -> None:
    await new_batch(tasks(1))
    first = await api.reviewer.post(LEASES, json={"max": 1})
    again = await api.reviewer.post(LEASES, json={"max": 1})
    assert (first.status_code, again.status_code) == (201, 200)


async def test_an_empty_queue_says_drained_and_when_to_come_back(api: Api) -> None:
    response = await api.reviewer.post(LEASES, json={})
    assert response.status_code == 204
    assert response.headers["Queue-State"] == "drained"
    assert int(response.headers["Retry-After"]) > 0


async def test_a_queue_that_others_hold_says_all_leased(
    api: Api, new_batch: Any, new_reviewer: Any, tasks: Any
) -> None:
    await new_batch(tasks(1))
    await take(api.reviewer)
    response = await (await new_reviewer("bob")).post(LEASES, json={})
    assert (response.status_code, response.headers["Queue-State"]) == (204, "all_leased")


async def test_a_task_locked_for_a_moment_is_not_an_empty_queue(
    api: Api, pool: Pool, new_batch: Any, tasks: Any
) -> None:
    await new_batch(tasks(1))
    async with pool.connection() as conn:
        await conn.execute("SELECT 1 FROM review_task FOR UPDATE")
        blocked = await api.reviewer.post(LEASES, json={})
    assert blocked.headers["Queue-State"] == "all_leased"
    assert len(await take(api.reviewer)) == 1


async def test_a_lease_that_ran_out_goes_to_another_reviewer(
    api: Api, pool: Pool, new_batch: Any, new_reviewer: Any, tasks: Any
) -> None:
    await new_batch(tasks(1))
    [lost] = await take(api.reviewer)
    await query(pool, EXPIRE)
    [found] = await take(await new_reviewer("bob"))
    assert found["id"] != lost["id"]
    assert found["item"]["prompt"] == lost["item"]["prompt"]


async def test_a_reviewer_never_gets_an_answered_task_again(
    api: Api, new_batch: Any, tasks: Any
) -> None:
    await new_batch(tasks(1, overlap=2))
    [lease] = await take(api.reviewer)
    await answer(api.reviewer, lease["id"])
    assert await take(api.reviewer) == []


async def test_two_keys_of_one_reviewer_are_one_reviewer(
    api: Api, new_batch: Any, new_reviewer: Any, tasks: Any
) -> None:
    await new_batch(tasks(1, overlap=2))
    assert await take(await new_reviewer("ada")) == await take(api.reviewer)


async def test_a_released_task_goes_to_others_at_once_and_to_the_same_reviewer_later(
    api: Api, pool: Pool, new_batch: Any, new_reviewer: Any, tasks: Any
) -> None:
    await new_batch(tasks(1, overlap=2))
    [lease] = await take(api.reviewer)
    response = await api.reviewer.post(f"/v1/assignments/{lease['id']}/release")
    assert response.status_code == 204
    assert await take(api.reviewer) == []
    assert len(await take(await new_reviewer("bob"))) == 1
    await query(
        pool,
        "UPDATE assignment SET ended_at = now() - interval '11 min' WHERE state = 'released'",
    )
    assert len(await take(api.reviewer)) == 1


async def test_releasing_twice_frees_one_slot(
    api: Api, new_batch: Any, tasks: Any, pool: Pool
) -> None:
    await new_batch(tasks(1, overlap=2))
    [lease] = await take(api.reviewer)
    for _ in range(2):
        response = await api.reviewer.post(f"/v1/assignments/{lease['id']}/release")
        assert response.status_code == 204
    assert await query(pool, "SELECT slots_free FROM review_task") == [{"slots_free": 2}]


async def test_a_heartbeat_keeps_the_lease_up_to_the_cap(
    api: Api, pool: Pool, new_batch: Any, tasks: Any
) -> None:
    await new_batch(tasks(1))
    [lease] = await take(api.reviewer)
    beat = f"/v1/assignments/{lease['id']}/heartbeat"
    longer = (await api.reviewer.post(beat)).json()["expires_at"]
    assert longer > lease["expires_at"]
    await query(pool, "UPDATE assignment SET leased_at = now() - interval '4 hours'")
    assert (await api.reviewer.post(beat)).json()["expires_at"] == longer


async def test_a_heartbeat_without_a_lease_is_409(
    api: Api, pool: Pool, new_batch: Any, tasks: Any
) -> None:
    await new_batch(tasks(1))
    [lease] = await take(api.reviewer)
    await answer(api.reviewer, lease["id"])
    response = await api.reviewer.post(f"/v1/assignments/{lease['id']}/heartbeat")
    assert response.status_code == 409


async def test_simulated_reviewers_get_only_tasks_of_orders_that_asked_for_them(
    new_batch: Any, new_reviewer: Any, tasks: Any
) -> None:
    program = await new_reviewer("program", simulated=True)
    await new_batch(tasks(1))
    assert await take(program) == []
    await new_batch(tasks(1), reviewers="simulated")
    assert len(await take(program, 5)) == 1


async def test_people_may_answer_what_simulated_reviewers_may(
    api: Api, new_batch: Any, tasks: Any
) -> None:
    await new_batch(tasks(1), reviewers="simulated")
    assert len(await take(api.reviewer)) == 1


async def test_a_lease_tells_neither_purpose_nor_order_of_the_answers(
    api: Api, new_batch: Any, tasks: Any
) -> None:
    await new_batch(tasks(40))
    leases = []
    for _ in range(20):
        [lease] = await take(api.reviewer)
        leases.append(lease)
        await answer(api.reviewer, lease["id"])
    assert set(leases[0]["item"]) == {"prompt", "a", "b"}
    assert not {"purpose", "priority", "judge", "batch_id"} & set(leases[0])
    left = {lease["item"]["a"][0]["content"].split(" of ")[0] for lease in leases}
    assert left == {"canonical A", "canonical B"}
