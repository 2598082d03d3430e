"""Whole shifts in a real browser, by keyboard only."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from desk import Desk
from fixtures_postgres import Api
from playwright.async_api import expect
from reviewing import query
from work_samples import TASKS

from services.database.pool import Pool

Type = Callable[[Desk], Awaitable[None]]

_CHANGED = "Dear customer, your parcel comes two days late. We are sorry."


async def write(desk: Desk, text: str) -> None:
    """Go into the editor, replace what is there, leave it."""
    await desk.press("i", "Control+a")
    await desk.page.keyboard.type(text)
    await desk.press("Escape")


SHIFT: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "pairwise": (("7", "Shift+1"), {"reasons": ["correct"]}),
    "ranking": (("2", "4", "3", "t", "1"), {}),
    "attributes": (
        ("4", "3", "t", "2", "e", "1", "0"),
        {"scores": {"helpfulness": 4, "correctness": 3, "coherence": 1, "complexity": 0,
                    "verbosity": 2}},
    ),
    "rating": (("5",), {"score": 5}),
    "accept": (("n", "Shift+1"), {"accept": False, "reasons": ["wrong"]}),
    "turns": (
        ("5", "4", "1", "3"),
        {"turns": [{"turn": 1, "score": 5}, {"turn": 3, "score": 4}, {"turn": 5, "score": 1}],
         "whole": 3},
    ),
    "trajectory": (
        ("1", "j", "e", "j", "3", "2", "n"),
        {"steps": [{"step": 1, "grade": "good"}, {"step": 3, "grade": "good"},
                   {"step": 5, "grade": "bad"}, {"step": 6, "grade": "bad"},
                   {"step": 8, "grade": "neutral"}],
         "first_error": 5, "success": False},
    ),
    "facts": (
        ("2", "1", "k", "3", "j", "1", "n"),
        {"verdict": "wrong",
         "claims": [{"claim": 0, "verdict": "refuted"}, {"claim": 1, "verdict": "unclear"},
                    {"claim": 2, "verdict": "supported"}]},
    ),
}  # fmt: skip
"""Kind -> the keys of an answer, and what the server has then."""


@pytest.mark.parametrize("kind", SHIFT)
async def test_each_kind_is_answered_by_keyboard(
    kind: str, pool: Pool, new_work: Any, open_desk_of: Any
) -> None:
    keys, expected = SHIFT[kind]
    await new_work(kind, [TASKS[kind]])
    desk = await open_desk_of()
    await desk.sees("#queue", f"{kind} work")
    await desk.press(*keys)
    await desk.submits(1)
    [row] = await query(pool, "SELECT answer FROM response")
    assert {name: row["answer"].get(name) for name in expected} == expected
    assert await desk.violations() == []


async def test_preferences_and_ranks_are_stored_as_they_were_seen(
    pool: Pool, new_work: Any, open_desk_of: Any
) -> None:
    await new_work("pairwise", [TASKS["pairwise"]])
    await new_work("ranking", [TASKS["ranking"]])
    desk = await open_desk_of()
    for done in (1, 2):
        kind = await desk.page.locator("#queue .badge").inner_text()
        if kind == "pairwise":
            left = await desk.page.inner_text("#A")
            await desk.press("b")
        else:
            first = await desk.page.locator(".panes #\\32").inner_text()
            await desk.press("2", "1", "3", "4")
        await desk.submits(done)
    rows = {row["kind"]: row["answer"] for row in await query(
        pool, "SELECT q.kind, w.answer FROM response w JOIN assignment a ON a.id = w.assignment_id "
        "JOIN review_task t ON t.id = a.task_id JOIN queue q ON q.id = t.queue_id")}  # fmt: skip
    a_was_left = TASKS["pairwise"]["a"][0]["content"][:12] in left
    assert rows["pairwise"]["preference"] == (2 if a_was_left else -2)
    best = rows["ranking"]["order"][0][0]
    assert TASKS["ranking"]["answers"][best][0]["content"].strip("`")[:12] in first


@pytest.mark.parametrize("kind", ["rewrite", "write"])
async def test_texts_are_written_and_how_they_came_about_is_counted(
    kind: str, pool: Pool, new_work: Any, open_desk_of: Any
) -> None:
    await new_work(kind, [TASKS[kind]])
    desk = await open_desk_of()
    await desk.sees("#queue", f"{kind} work")
    await write(desk, _CHANGED)
    await desk.submits(1)
    [row] = await query(pool, "SELECT answer, writing FROM response")
    assert row["answer"] == {"text": _CHANGED}
    assert row["writing"]["chars"] == row["writing"]["typed"] == len(_CHANGED)
    assert row["writing"]["pasted"] == []
    assert row["writing"]["first_key_ms"] > 0


async def test_a_shift_ends_with_comments_skips_flags_and_a_task_given_back(
    pool: Pool, new_work: Any, open_desk_of: Any, pairs: Any
) -> None:
    await new_work("pairwise", pairs(4))
    desk = await open_desk_of()
    await desk.sees("#prompt", "prompt 0")
    await desk.press("a", "c")
    await desk.page.keyboard.type("a and b are close")
    await desk.submits(1)
    await desk.sees("#prompt", "prompt 1")
    await desk.press("x", "3", "Enter")
    await desk.sees("#prompt", "prompt 2")
    await desk.press("f", "4", "Enter")
    await desk.sees("#flags", "bad prompt")
    await desk.press("4")
    await desk.submits(2)
    await desk.sees("#prompt", "prompt 3")
    await desk.press("r")
    await desk.sees("#empty-title", "Others are on the last ones")
    assert await query(pool, "SELECT comment FROM response ORDER BY answered_at") == [
        {"comment": "a and b are close"}, {"comment": ""}
    ]  # fmt: skip
    states = "SELECT state, reason FROM assignment WHERE state IN ('skipped', 'released')"
    ended = await query(pool, f"{states} ORDER BY state")
    assert [row["state"] for row in ended] == ["released", "skipped"]
    assert ended[1]["reason"].startswith("expertise")
    assert [row["rule"] for row in await query(pool, "SELECT rule FROM flag")] != []
    free = await query(pool, "SELECT item_id FROM review_task WHERE slots_free = 1 ORDER BY 1")
    assert [row["item_id"] for row in free] == ["itm_1", "itm_3"]
    assert await desk.violations() == []


async def test_the_last_answer_can_be_changed_for_a_minute(
    pool: Pool, new_work: Any, open_desk_of: Any, pairs: Any
) -> None:
    await new_work("pairwise", pairs(2))
    desk = await open_desk_of()
    await desk.sees("#prompt", "prompt 0")
    await desk.press("1")
    await desk.submits(1)
    await desk.sees("#prompt", "prompt 1")
    await desk.press("u")
    await desk.sees("#prompt", "prompt 0")
    await expect(desk.page.locator("input[name=preference][value='-3']")).to_be_checked()
    await desk.press("4", "Control+Enter")
    await desk.sees("#prompt", "prompt 1")
    rows = await query(pool, "SELECT revision, label FROM response ORDER BY revision")
    assert [row["revision"] for row in rows] == [1, 2]
    assert rows[1]["label"] == "tie"
    await expect(desk.page.locator("#done")).to_have_text("1")


async def test_a_trainee_reads_what_was_expected_before_the_next_task(
    api: Api, new_work: Any, open_desk_of: Any
) -> None:
    terms = {"purpose": "training", "grants": "moon", "test_items": 2}
    queue = await new_work("rating", [], **terms)
    for score in (4, 2):
        item = {**TASKS["rating"], "instructions": f"number {score}"}
        gold = {"item": item, "expected": {"score": score}, "why": f"It is a {score}."}
        added = await api.operator.post(f"/v1/queues/{queue}/gold", json=gold)
        assert added.status_code == 201, added.text
    desk = await open_desk_of(path=f"?queue={queue}")
    await desk.sees("#queue", "training")
    first = await desk.page.locator("#instructions").inner_text()
    await desk.press("4", "Enter")
    await desk.sees("#dialog", "It is a ")
    await desk.sees("#dialog", "1 of 2 answered")
    await desk.press("Enter")
    await expect(desk.page.locator("#instructions")).not_to_have_text(first)
    await desk.press("4", "Enter")
    await desk.sees("#dialog", "% right")
    assert await desk.violations() == []


async def test_one_queue_is_worked_in_where_one_is_named(
    new_work: Any, open_desk_of: Any, pairs: Any
) -> None:
    await new_work("pairwise", pairs(5))
    wanted = await new_work("rating", [TASKS["rating"]])
    desk = await open_desk_of(path=f"?queue={wanted}")
    await desk.sees("#queue", "rating work")
    await desk.press("3")
    await desk.submits(1)
    await desk.sees("#empty", "All caught up")


async def test_a_queue_for_which_one_lacks_the_skill_says_so(
    new_work: Any, open_desk_of: Any, pairs: Any
) -> None:
    closed = await new_work("pairwise", pairs(1), skill="python")
    desk = await open_desk_of(path=f"?queue={closed}")
    await desk.sees("#empty-text", "python")


async def test_a_missing_part_is_named_and_nothing_is_sent(
    pool: Pool, new_work: Any, open_desk_of: Any
) -> None:
    await new_work("accept", [TASKS["accept"]])
    desk = await open_desk_of()
    await desk.sees("#hint", "Accept or reject")
    await desk.press("n", "Enter")
    await desk.sees("#hint.urgent", "reason")
    assert await query(pool, "SELECT 1 FROM response") == []


async def test_where_there_is_no_work_the_page_says_so(open_desk_of: Any) -> None:
    desk = await open_desk_of()
    await desk.sees("#empty", "All caught up")
