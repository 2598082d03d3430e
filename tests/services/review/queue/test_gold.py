from typing import Any

import pytest
from fixtures_postgres import Api
from items import KINDS_OF_WORK, pair
from reviewing import answer, give, query, take

from services.database.pool import Pool
from services.review.kinds import KINDS
from services.review.queue.gold import is_right

LEFT = {"preference": -2}
RESULTS = "SELECT correct FROM gold_result ORDER BY assignment_id"


async def test_gold_looks_like_any_task_and_takes_no_slot(
    api: Api, pool: Pool, new_queue: Any, fill: Any, add_gold: Any
) -> None:
    queue_id = await new_queue(gold_every=1)
    await fill(queue_id, pair(1))
    [gold_id] = await add_gold(queue_id, (pair(2), LEFT))
    [gold] = await take(api.reviewer, queue_id=queue_id)
    assert gold["task_id"] == gold_id
    answered = (await answer(api.reviewer, gold["id"])).json()
    [real] = await take(api.reviewer, queue_id=queue_id)
    assert real.keys() == gold.keys()
    assert real["queue"] == gold["queue"]
    assert answered.keys() == (await answer(api.reviewer, real["id"])).json().keys()
    assert (answered["counted"], answered["feedback"]) == (True, None)
    assert len(await query(pool, "SELECT 1 FROM counted_answer")) == 1
    assert len(await query(pool, "SELECT 1 FROM work_ledger")) == 2


async def test_gold_is_right_on_whichever_side_it_stood_and_follows_the_revision(
    api: Api, pool: Pool, new_queue: Any, fill: Any, add_gold: Any
) -> None:
    queue_id = await new_queue(gold_every=1)
    await fill(queue_id, *map(pair, range(9)))
    await add_gold(queue_id, *[(pair(n), LEFT) for n in range(8)])
    for _ in range(8):
        [lease] = await take(api.reviewer, queue_id=queue_id)
        right = "A" if lease["item"]["a"][0]["content"] == "Yes." else "B"
        wrong = "B" if right == "A" else "A"
        await answer(api.reviewer, lease["id"], wrong)
        await answer(api.reviewer, lease["id"], right)
    assert [row["correct"] for row in await query(pool, RESULTS)] == [True] * 8


async def test_each_gets_gold_once_and_only_in_place_of_work(
    api: Api, new_queue: Any, fill: Any, add_gold: Any
) -> None:
    queue_id = await new_queue(gold_every=1)
    await add_gold(queue_id, (pair(), LEFT))
    assert await take(api.reviewer) == []
    real = await fill(queue_id, pair(1), pair(2))
    seen = []
    while leases := await take(api.reviewer):
        seen.append(leases[0]["task_id"])
        await answer(api.reviewer, leases[0]["id"])
    assert len(seen) == 3
    assert seen[1:] == real


async def test_retired_gold_is_not_given(
    api: Api, pool: Pool, new_queue: Any, fill: Any, add_gold: Any
) -> None:
    queue_id = await new_queue(gold_every=1)
    real = await fill(queue_id, pair(1))
    await add_gold(queue_id, (pair(2), LEFT))
    await query(pool, "UPDATE gold SET active = false")
    [lease] = await take(api.reviewer)
    assert [lease["task_id"]] == real


async def test_who_is_new_gets_gold_twice_as_often(
    api: Api, pool: Pool, new_queue: Any, fill: Any, add_gold: Any
) -> None:
    queue_id = await new_queue(gold_every=2)
    await fill(queue_id, *map(pair, range(22)))
    await add_gold(queue_id, *[(pair(n), LEFT) for n in range(80)])
    claimed = []
    for _ in range(40):
        [lease] = await take(api.reviewer, queue_id=queue_id)
        claimed.append(lease["task_id"])
        await answer(api.reviewer, lease["id"])
    rows = await query(pool, "SELECT id FROM review_task WHERE state = 'gold'")
    gold = {row["id"] for row in rows}
    assert set(claimed[:20]) <= gold
    assert not set(claimed[20:]) <= gold


@pytest.mark.parametrize(
    ("kind", "given", "right"),
    [
        ("rating", {"score": 4}, True),
        ("rating", {"score": 3}, False),
        ("pairwise", {"preference": -1}, True),
        ("pairwise", {"preference": 1}, False),
        ("turns", KINDS_OF_WORK["turns"][1] | {"whole": 3}, True),
        ("turns", KINDS_OF_WORK["turns"][1] | {"whole": 2}, False),
    ],
)
def test_scores_may_be_one_off_where_there_are_several(
    kind: str, given: dict[str, Any], right: bool
) -> None:
    expected = KINDS_OF_WORK[kind][1]
    assert is_right(KINDS[kind], given, expected, KINDS[kind].label(expected)) is right


@pytest.mark.parametrize(("off", "right"), [(1, True), (2, False)])
def test_every_attribute_must_be_within_one(off: int, right: bool) -> None:
    expected = KINDS_OF_WORK["attributes"][1]
    given = {"scores": expected["scores"] | {"correctness": 3 - off}}
    assert is_right(KINDS["attributes"], given, expected, "4") is right


async def trained(client: Any, queue_id: str, right: bool) -> dict[str, Any]:
    """Answer a training item rightly or wrongly, and give the feedback."""
    [lease] = await take(client, queue_id=queue_id)
    left = lease["item"]["a"][0]["content"] == "Yes."
    reply = await answer(
        client, lease["id"], "A" if left == right else "B", client_event_id=lease["id"]
    )
    again = await answer(client, lease["id"], "A", client_event_id=lease["id"])
    assert again.text == reply.text
    feedback: dict[str, Any] = reply.json()["feedback"]
    assert feedback["correct"] is right
    assert (feedback["expected"]["preference"] < 0) is left
    assert feedback["why"] == "look"
    return feedback


async def test_training_explains_each_answer_and_opens_the_queue_when_passed(
    api: Api, pool: Pool, new_queue: Any, fill: Any, add_gold: Any
) -> None:
    work = await new_queue(skill="herbs")
    await fill(work, pair())
    school = await new_queue(
        name="School", purpose="training", grants="herbs", test_items=2, pass_share=1
    )
    await add_gold(school, *[(pair(n), LEFT) for n in range(4)])
    refused = await api.reviewer.post(f"/v1/queues/{work}/leases", json={})
    assert refused.status_code == 403
    assert "pass the training 'School'" in refused.json()["detail"]
    assert await take(api.reviewer) == []
    tries = [
        (await trained(api.reviewer, school, right))["passed"]
        for right in (True, False, True, True)
    ]
    assert tries == [None, False, None, True]
    assert len(await take(api.reviewer, queue_id=work)) == 1
    [row] = await query(pool, "SELECT reviewer, skill, granted_by, score FROM qualification")
    assert row == {"reviewer": "ada", "skill": "herbs", "granted_by": school, "score": 1.0}


async def test_an_explained_answer_is_not_revised(api: Api, new_queue: Any, add_gold: Any) -> None:
    school = await new_queue(purpose="training", grants="herbs")
    await add_gold(school, (pair(), LEFT))
    [lease] = await take(api.reviewer, queue_id=school)
    await give(api.reviewer, lease["id"], {"preference": 1})
    assert (await give(api.reviewer, lease["id"], {"preference": -1})).status_code == 409


async def test_an_expired_skill_opens_nothing(
    api: Api, pool: Pool, new_queue: Any, fill: Any
) -> None:
    work = await new_queue(skill="herbs")
    await fill(work, pair())
    await query(
        pool,
        "INSERT INTO qualification (reviewer, skill, granted_by, expires_at) "
        "VALUES ('ada', 'herbs', 'lea', now() - interval '1 s')",
    )
    assert await take(api.reviewer) == []
    await query(pool, "UPDATE qualification SET expires_at = now() + interval '1 h'")
    assert len(await take(api.reviewer)) == 1
