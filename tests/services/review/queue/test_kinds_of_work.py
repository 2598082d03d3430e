from typing import Any

import pytest
from fixtures_postgres import Api
from items import KINDS_OF_WORK, pair
from reviewing import give, query, take

from services.database.pool import Pool
from services.review.kinds import KINDS


@pytest.mark.parametrize("kind", sorted(KINDS_OF_WORK))
async def test_an_answer_of_each_kind_comes_back_as_it_was_given(
    api: Api, pool: Pool, new_queue: Any, fill: Any, kind: str
) -> None:
    item, content = KINDS_OF_WORK[kind]
    queue_id = await new_queue(kind)
    await fill(queue_id, *[item] * 4)
    for _ in range(4):
        [lease] = await take(api.reviewer, queue_id=queue_id)
        reply = await give(api.reviewer, lease["id"], content)
        assert reply.status_code == 200, reply.text
        again = (await api.reviewer.get(f"/v1/assignments/{lease['id']}")).json()
        assert (again["state"], again["answer"]) == ("submitted", content)
        assert again["item"] == lease["item"]
    stored = await query(pool, "SELECT label, answer FROM counted_answer")
    assert [row["label"] for row in stored] == [KINDS[kind].label(row["answer"]) for row in stored]


async def test_a_lease_says_what_is_asked_and_how(api: Api, new_queue: Any, fill: Any) -> None:
    queue_id = await new_queue("rating", name="stars", body="Be fair.")
    await fill(queue_id, KINDS_OF_WORK["rating"][0] | {"instructions": "Mind the tone."})
    [lease] = await take(api.reviewer, queue_id=queue_id)
    assert lease["queue"] == {
        "id": queue_id,
        "name": "stars",
        "kind": "rating",
        "purpose": "production",
    }
    assert lease["guideline"] == {"n": 1}
    assert lease["instructions"] == "Mind the tone."
    assert lease["rubric"]["criteria"][0]["high"] == 5
    assert (lease["draft"], lease["answer"]) == (None, None)


async def test_html_comes_where_asked_for_and_is_clean(api: Api, new_queue: Any, fill: Any) -> None:
    item = pair() | {"a": [{"role": "assistant", "content": "**b** <script>alert(1)</script>"}]}
    await fill(await new_queue(), item)
    [plain] = await take(api.reviewer)
    assert "html" not in plain["item"]["a"][0]
    path = f"/v1/assignments/{plain['id']}?html=true"
    shown = (await api.reviewer.get(path)).json()["item"]
    texts = shown["a"][0]["html"] + shown["b"][0]["html"]
    assert "<strong>b</strong>" in texts
    assert "<script" not in texts
