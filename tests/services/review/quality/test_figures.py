"""A queue's figures: agreement, consensus, people, health."""

from typing import Any

import pytest
from fixtures_postgres import Api
from looking_after import completion, pair, say
from reviewing import give, query, take

from services.database.pool import Pool

GOLD = {"item": pair(99), "expected": {"preference": -1}}


async def get(client: Any, queue_id: str, what: str, **params: Any) -> dict[str, Any]:
    response = await client.get(f"/v1/queues/{queue_id}/{what}", params=params)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def measure(criterion: dict[str, Any], name: str, scale: str) -> dict[str, Any]:
    [found] = [m for m in criterion["measures"] if (m["name"], m["scale"]) == (name, scale)]
    return found


@pytest.fixture
async def three_voices(
    new_queue: Any, new_reviewer: Any, add_tasks: Any, pool: Pool
) -> tuple[str, list[str]]:
    """12 tasks: bea and cy agree on all but the last, di says A throughout."""
    queue_id = await new_queue(overlap=3)
    tasks = await add_tasks(queue_id, [pair(n) for n in range(12)], overlap=3)
    truth = {task: "AB"[place % 2] for place, task in enumerate(tasks)}
    slip = truth | {tasks[-1]: "A"}
    for name, labels in (("bea", truth), ("cy", slip), ("di", dict.fromkeys(tasks, "A"))):
        await say(pool, await new_reviewer(name), labels, queue_id, active_ms=1000 * len(name))
    return queue_id, tasks


async def test_agreement_has_intervals_and_pairs_of_people(
    lead: Any, three_voices: tuple[str, list[str]]
) -> None:
    found = await get(lead, three_voices[0], "agreement")
    assert (found["answers"], found["simulated"]) == (36, 0)
    by_name = {each["criterion"]: each for each in found["criteria"]}
    assert by_name.keys() == {"label", "preference"}
    assert (by_name["label"]["tasks_with_overlap"], by_name["label"]["answers"]) == (12, 36)
    alpha = measure(by_name["label"], "alpha", "nominal")
    assert alpha["low"] < alpha["value"] < alpha["high"]
    assert alpha["value"] == pytest.approx(_nominal_alpha(), abs=1e-9)
    assert measure(by_name["preference"], "alpha", "interval")["value"] is not None
    assert measure(by_name["label"], "fleiss", "nominal")["value"] is not None
    kappas = {(c["first"], c["second"]): c["kappa"]["value"] for c in found["couples"]}
    # bea and cy: 11 of 12 the same, by chance (6 * 7 + 6 * 5) / 144.
    assert kappas["bea", "cy"] == pytest.approx((11 / 12 - 0.5) / 0.5)
    assert kappas["bea", "di"] == pytest.approx(0)


def _nominal_alpha() -> float:
    """By Krippendorff's definition: 6 tasks AAA, 5 BBA and 1 BAA."""
    pairs = [(0, 3)] * 6 + [(2, 1)] * 5 + [(1, 2)]
    observed = sum(2 * b * (3 - b) / 2 for b, _ in pairs) / 36
    b = sum(b for b, _ in pairs)
    return 1 - observed / (2 * b * (36 - b) / (36 * 35))


async def test_each_guideline_version_has_its_own_agreement(
    lead: Any, three_voices: tuple[str, list[str]]
) -> None:
    queue_id, _ = three_voices
    first = await get(lead, queue_id, "agreement", guideline=1)
    assert first["criteria"][0]["answers"] == 36
    second = await get(lead, queue_id, "agreement", guideline=2)
    assert "No answer has a label" in second["criteria"][0]["measures"][0]["why"]


async def test_where_agreement_is_undefined_a_sentence_says_why(
    api: Api, lead: Any, new_queue: Any, new_reviewer: Any, add_tasks: Any, pool: Pool
) -> None:
    alone = await new_queue(name="alone")
    await add_tasks(alone, [pair(0)])
    await say(pool, api.reviewer, {}, alone)
    [label, _] = (await get(lead, alone, "agreement"))["criteria"]
    assert label["measures"][0]["value"] is None
    assert "overlap of 2 or more" in label["measures"][0]["why"]
    same = await new_queue(name="same", overlap=2)
    await add_tasks(same, [pair(1)], overlap=2)
    for name in ("bea", "cy"):
        await say(pool, await new_reviewer(name), {}, same)
    [label, _] = (await get(lead, same, "agreement"))["criteria"]
    assert "nothing varies" in label["measures"][0]["why"]


async def test_scores_agree_per_criterion_on_three_scales(
    lead: Any, new_queue: Any, new_reviewer: Any, add_tasks: Any
) -> None:
    queue_id = await new_queue("rating", overlap=2)
    await add_tasks(queue_id, [completion(n) for n in range(4)], overlap=2)
    for name, shift in (("bea", 0), ("cy", 1)):
        reviewer = await new_reviewer(name)
        for place, lease in enumerate(await take(reviewer, 5, queue_id)):
            assert (await give(reviewer, lease["id"], {"score": place + 1 + shift})).is_success
    found = await get(lead, queue_id, "agreement")
    [score] = [each for each in found["criteria"] if each["criterion"] == "score"]
    # 1-2, 2-3, 3-4, 4-5: never the same word, always a step apart.
    assert measure(score, "alpha", "nominal")["value"] < 0
    assert measure(score, "alpha", "interval")["value"] == pytest.approx(1 - 7 / 24)


@pytest.mark.parametrize("method", ["majority", "dawid_skene", "mace"])
async def test_consensus_by_votes_and_by_people(
    lead: Any, three_voices: tuple[str, list[str]], method: str
) -> None:
    queue_id, tasks = three_voices
    found = await get(lead, queue_id, "consensus", method=method)
    labels = {each["task_id"]: each["label"] for each in found["tasks"]}
    assert [labels[task] for task in tasks[:-1]] == list("ABABABABABA")
    abilities = {each["reviewer"]: each["ability"] for each in found["people"]}
    if method == "majority":
        assert (labels[tasks[-1]], abilities) == ("A", {})
    else:
        assert abilities["bea"] > abilities["di"]


async def test_gold_teaches_who_knows(
    lead: Any, new_queue: Any, new_reviewer: Any, add_tasks: Any, pool: Pool
) -> None:
    """Two who fail all gold are outweighed by one who passes it."""
    queue_id = await new_queue(overlap=3)
    [task] = await add_tasks(queue_id, [pair(0)], overlap=3)
    gold = []
    for number in range(1, 9):
        body = {"item": pair(number), "expected": {"preference": [-1, 1][number % 2]}}
        gold.append((await lead.post(f"/v1/queues/{queue_id}/gold", json=body)).json()["task_id"])
    await query(pool, "UPDATE queue SET gold_every = 1")
    right = {each: "BA"[place % 2] for place, each in enumerate(gold)}
    wrong = {each: "AB"[place % 2] for place, each in enumerate(gold)}
    for name, labels in (
        ("bea", right | {task: "B"}),
        ("cy", wrong | {task: "A"}),
        ("di", wrong | {task: "A"}),
    ):
        given = await say(pool, await new_reviewer(name), labels, queue_id)
        assert len(given) == 9
    [found] = (await get(lead, queue_id, "consensus", method="mace"))["tasks"]
    assert (found["task_id"], found["label"]) == (task, "B")
    [by_votes] = (await get(lead, queue_id, "consensus"))["tasks"]
    assert by_votes["label"] == "A"


async def test_contests_give_pairs_and_rankings_their_strengths(
    lead: Any, new_queue: Any, new_reviewer: Any, add_tasks: Any, pool: Pool
) -> None:
    x, y, z = ([{"role": "assistant", "content": each}] for each in "xyz")
    prompt = [{"role": "user", "content": "which?"}]
    queue_id = await new_queue(overlap=2)
    items = [{"prompt": prompt, "a": a, "b": b} for a, b in ((x, y), (y, z), (z, x))]
    tasks = await add_tasks(queue_id, items, overlap=2)
    for name, labels in (("bea", "AAB"), ("cy", "AAA")):
        await say(pool, await new_reviewer(name), dict(zip(tasks, labels, strict=True)), queue_id)
    found = (await get(lead, queue_id, "consensus", method="bradley_terry"))["tasks"]
    # x beats y, y beats z, and x against z is level by votes: the chain decides for x.
    assert [each["label"] for each in found] == ["A", "A", "B"]
    ranking = await new_queue("ranking", "ranks")
    await add_tasks(ranking, [{"prompt": prompt, "answers": [x, y, z]}])
    bea = await new_reviewer("bea")
    [lease] = await take(bea, 1, ranking)
    shown = [each[0]["content"] for each in lease["item"]["answers"]]
    place = [shown.index(each) for each in "zxy"]
    await give(bea, lease["id"], {"order": [[p] for p in place]})
    [found] = (await get(lead, ranking, "consensus", method="bradley_terry"))["tasks"]
    assert sorted(found["labels"], key=found["labels"].get, reverse=True) == ["2", "0", "1"]


async def test_what_cannot_be_weighed_is_said(
    api: Api, lead: Any, new_queue: Any, add_tasks: Any
) -> None:
    queue_id = await new_queue("rating")
    await add_tasks(queue_id, [completion()])
    [lease] = await take(api.reviewer, 1, queue_id)
    await give(api.reviewer, lease["id"], {"score": 3})
    for method, words in (("mace", "nothing to weigh"), ("bradley_terry", "preferences")):
        response = await lead.get(f"/v1/queues/{queue_id}/consensus", params={"method": method})
        assert (response.status_code, words in response.json()["detail"]) == (409, True)
    empty = await new_queue(name="empty")
    for method in ("majority", "dawid_skene", "mace", "bradley_terry"):
        assert (await get(lead, empty, "consensus", method=method))["tasks"] == []


async def test_people_are_measured_against_others_gold_and_the_clock(
    lead: Any, three_voices: tuple[str, list[str]], pool: Pool
) -> None:
    queue_id, _ = three_voices
    await lead.post(f"/v1/queues/{queue_id}/gold", json=GOLD)
    people = {each["reviewer"]: each for each in (await get(lead, queue_id, "reviewers"))["data"]}
    assert people.keys() == {"bea", "cy", "di"}
    bea = people["bea"]
    assert (bea["counted"], bea["gold"]["of"], bea["gold"]["share"]) == (12, 0, None)
    # Against cy and di: 6 clear As, of 5 ties of A and B half, and one clear A that bea calls B.
    assert (bea["agreement"]["count"], bea["agreement"]["of"]) == (8.5, 12)
    assert bea["agreement"]["low"] < 8.5 / 12 < bea["agreement"]["high"]
    assert (people["di"]["speed"], bea["speed"]) == (1.0, pytest.approx(2 / 3))


async def test_health_counts_tasks_leases_and_days(
    lead: Any, three_voices: tuple[str, list[str]], add_tasks: Any, new_reviewer: Any
) -> None:
    queue_id, _ = three_voices
    await add_tasks(queue_id, [pair(50), pair(51)], overlap=2)
    eve = await new_reviewer("eve")
    [lease] = await take(eve, 1, queue_id)
    skip = await eve.post(f"/v1/assignments/{lease['id']}/skip", json={"reason": "unclear"})
    assert skip.status_code == 204, skip.text
    health = await get(lead, queue_id, "health")
    assert (health["open"], health["done"], health["slots_free"]) == (2, 12, 4)
    assert (health["counted"], health["stale"], health["reviewers_week"]) == (36, 0, 3)
    assert health["skips"] == [{"reason": "unclear", "n": 1}]
    assert len(health["days"]) == 30
    assert (health["days"][-1]["tasks"], health["days"][-1]["answers"]) == (14, 36)


@pytest.mark.parametrize("what", ["agreement", "consensus", "health", "reviewers"])
async def test_figures_are_the_tenants_own(
    api: Api, stranger: Any, new_queue: Any, what: str
) -> None:
    path = f"/v1/queues/{await new_queue()}/{what}"
    assert (await api.reviewer.get(path)).status_code == 403
    assert (await stranger.get(path)).status_code == 404
