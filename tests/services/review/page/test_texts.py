"""Texts from outside are read and never run; guideline and keys are where one looks for them."""

from typing import Any

import pytest
from fixtures_postgres import Api
from people import PASSWORD, add_person
from playwright.async_api import expect
from work_samples import GUIDELINE, REVISED, TASKS

from services.database.pool import Pool

EVIL = (
    "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    "<svg onload=\"document.title='owned'\">[x](javascript:document.title='owned')"
    "![y](https://example.org/track.png) </textarea><style>body{display:none}</style>"
)


def said(role: str, content: str = EVIL, **more: Any) -> list[dict[str, Any]]:
    return [{"role": role, "content": content, **more}]


_CALL = {"id": EVIL, "name": EVIL, "arguments": EVIL}
HOSTILE: dict[str, dict[str, Any]] = {
    "pairwise": {"prompt": said("user"), "a": said("assistant"), "b": said("assistant", "b")},
    "trajectory": {
        "messages": said("assistant", tool_calls=[_CALL]) + said("tool"),
        "tools": [{"type": "function", "function": {"name": EVIL}}],
    },
    "facts": {
        "prompt": said("user"),
        "completion": said("assistant"),
        "claims": [EVIL],
        "checks": [{"name": EVIL[:80], "outcome": EVIL[:80], "reason": EVIL}],
    },
    "write": {"wanted": "answer", "brief": EVIL, "prompt": said("user")},
    "rewrite": {"prompt": said("user"), "completion": said("assistant")},
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_hostile_texts_are_shown_and_never_run(
    kind: str, new_work: Any, open_desk_of: Any
) -> None:
    item = {**HOSTILE[kind], "instructions": EVIL}
    await new_work(kind, [item], name=f"{EVIL[:60]} {kind}", body=EVIL)
    desk = await open_desk_of()
    await desk.sees("#queue", kind)
    await desk.sees("#instructions", EVIL)
    await desk.press("d", "g")
    await desk.sees("#guideline-text", "<script>")
    assert await desk.page.locator("main img, main script, main svg, #guideline img").count() == 0
    assert await desk.page.locator("a[href^='javascript']").count() == 0
    assert await desk.page.title() == "Ingot review"
    assert await desk.violations() == []


async def test_the_guideline_opens_and_a_new_version_says_what_changed(
    api: Api, new_work: Any, open_desk_of: Any
) -> None:
    queue = await new_work("rating", [TASKS["rating"]] * 3, body=GUIDELINE)
    desk = await open_desk_of()
    await desk.sees("#version", "v1")
    await desk.press("g")
    await desk.sees("#guideline-text strong", "right and short")
    await desk.press("g")
    await expect(desk.page.locator("#guideline")).to_be_hidden()
    news = {"body": REVISED, "rubric": {}, "change_note": "Look at what is missing."}
    published = await api.operator.post(f"/v1/queues/{queue}/guidelines", json=news)
    assert published.status_code == 201, published.text
    for done in (1, 2):
        await desk.press("4")
        await desk.submits(done)
    await desk.sees("#version", "v2")
    await desk.sees(".news", "Look at what is missing.")
    await desk.press("Escape", "4")
    await desk.submits(3)
    assert await desk.violations() == []


async def test_the_sheet_lists_the_keys_of_the_work_at_hand(
    new_work: Any, open_desk_of: Any
) -> None:
    await new_work("attributes", [TASKS["attributes"]])
    desk = await open_desk_of()
    await desk.sees("#queue", "attributes work")
    await desk.press("?")
    await desk.sees("#dialog", "go to verbosity")
    await desk.sees("#dialog", "Shift r")
    await desk.press("4")
    await desk.press("?")
    await expect(desk.page.locator("#dialog")).to_be_hidden()
    await expect(desk.page.locator("#filling input:checked")).to_have_count(0)


async def test_reviewers_choose_their_own_keys(
    pool: Pool, new_work: Any, open_desk_of: Any, pairs: Any
) -> None:
    await add_person(pool, "eve@example.org")
    await new_work("pairwise", pairs(2))
    desk = await open_desk_of(key="")
    await desk.enter_as("eve@example.org", PASSWORD)
    await desk.sees("#prompt", "prompt 0")
    await desk.press("?")
    await desk.page.get_by_role("button", name="Change keys").press("Enter")
    await desk.page.get_by_label("Key to A is better", exact=True).last.press("l")
    async with desk.page.expect_response("**/v1/me/settings"):
        await desk.page.get_by_role("button", name="Keep").press("Enter")
    await desk.page.reload()
    await desk.sees("#prompt", "prompt 0")
    await desk.press("l")
    await expect(desk.page.locator("input[name=preference][value='-2']")).to_be_checked()


async def test_keys_rest_while_one_writes(new_work: Any, open_desk_of: Any, pairs: Any) -> None:
    await new_work("pairwise", pairs(1))
    desk = await open_desk_of()
    await desk.sees("#prompt", "prompt 0")
    await desk.press("c")
    await desk.page.keyboard.type("a7xr?")
    await expect(desk.page.locator("#comment")).to_have_value("a7xr?")
    await expect(desk.page.locator("#filling input:checked")).to_have_count(0)
    await expect(desk.page.locator("#dialog")).to_be_hidden()
