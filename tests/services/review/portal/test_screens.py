"""All screens: who sees which, what they say of hostile texts, whether they fit a phone."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from fixtures_postgres import Api
from people import add_person, browser_at, enter
from peopling import Past

from services.database.pool import Pool

EVIL = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
ROLES = {
    "/portal": {"reviewer", "adjudicator", "qa_lead", "admin"},
    "/portal/me": {"reviewer"},
    "/portal/adjudication": {"adjudicator", "qa_lead"},
    "/portal/adjudication/{task}": {"adjudicator", "qa_lead"},
    "/portal/quality": {"qa_lead"},
    "/portal/quality/{queue}": {"qa_lead"},
    "/portal/quality/{queue}/consensus?method=mace": {"qa_lead"},
    "/portal/quality/answers/{answer}": {"qa_lead"},
    "/portal/queues/{queue}/guidelines?since=1": {"reviewer", "adjudicator", "qa_lead", "admin"},
    "/portal/queues/{queue}/guidelines/edit": {"qa_lead"},
    "/portal/accounts": {"admin"},
    "/portal/password": {"reviewer", "adjudicator", "qa_lead", "admin"},
}
MENU = ("/portal", "/portal/me", "/portal/adjudication", "/portal/quality", "/portal/accounts")
EVERYBODY = ("reviewer", "adjudicator", "qa_lead", "admin")
AXE = Path(__file__).parents[3] / "support/node_modules/axe-core/axe.min.js"


async def hostile(past: Past) -> dict[str, str]:
    """A queue in which every text is hostile."""
    for name in ("mara", "bo", "cy"):
        await past.reviewer(name)
    queue = await past.queue(f"{EVIL} queue", body=EVIL, overlap=2, max_overlap=2, adjudicate=True)
    await past.guideline(queue, 2, EVIL * 2, change_note=EVIL, author=EVIL)
    turn = [{"role": "user", "content": EVIL}]
    task = await past.task(
        queue, "adjudicating", 3, 2, prompt=turn, a=turn, b=turn, instructions=EVIL
    )
    answer = await past.answer(task, "bo", "A", 2, comment=EVIL)
    await past.answer(task, "cy", "B", 1, comment=EVIL)
    own = await past.answer(await past.task(queue, "done", 1), "mara", "A", 0, comment=EVIL)
    for given in (answer, own):
        await past.flag(given, "unsafe", "suspect", **{EVIL: EVIL})
        await past.one("INSERT INTO void_request VALUES (%s, %s, %s)", given, EVIL, EVIL)
    gold = await past.gold(queue)
    await past.gold_answer(gold, "bo", False, 1)
    return {"queue": queue, "task": task, "answer": answer}


@pytest.mark.parametrize("role", EVERYBODY)
async def test_each_role_sees_its_screens_and_no_other(
    role: str, api: Api, pool: Pool, remember: Any
) -> None:
    known = await remember(hostile)
    await add_person(pool, "lea", role, pseudonym="lea")
    async with browser_at(api.url) as client:
        await enter(client, "lea")
        home = (await client.get("/portal")).text
        statuses = {path: await status_of(client, path.format(**known)) for path in ROLES}
    assert statuses == {path: 200 if role in roles else 403 for path, roles in ROLES.items()}
    linked = set(re.findall(r'<a href="(/portal[^"]*)"', home[: home.index("</nav>")]))
    assert linked == {path for path in MENU if role in ROLES[path]}


async def status_of(client: httpx.AsyncClient, path: str) -> int:
    """Of a page."""
    return (await client.get(path)).status_code


async def test_hostile_texts_are_shown_and_never_run(log_in: Any, remember: Any) -> None:
    known = await remember(hostile)
    seen = await log_in("lea", *EVERYBODY)
    shown = 0
    for path in ROLES:
        await seen.go(path.format(**known))
        assert await seen.page.title() != "owned"
        assert await seen.page.locator("main img, main script, main iframe").count() == 0
        shown += EVIL in await seen.text()
    assert shown >= 7
    assert seen.complaints == []


async def test_every_screen_fits_a_phone_and_a_page_at_double_size(
    log_in: Any, remember: Any
) -> None:
    known = await remember(hostile)
    seen = await log_in("lea", *EVERYBODY, viewport={"width": 320, "height": 640})
    widths = {}
    for path in ROLES:
        await seen.go(path.format(**known))
        widths[path] = await seen.page.evaluate("document.documentElement.scrollWidth")
    assert widths == dict.fromkeys(ROLES, 320)


@pytest.mark.parametrize(("scheme", "rules"), [("light", ""), ("dark", "'color-contrast'")])
async def test_axe_finds_nothing_serious(
    scheme: str, rules: str, log_in: Any, remember: Any
) -> None:
    if not AXE.exists():
        pytest.skip("no axe-core; make system needs npm for it")
    known = await remember(hostile)
    seen = await log_in("lea", *EVERYBODY, color_scheme=scheme, bypass_csp=True)
    faults = {}
    for path in ROLES:
        await seen.go(path.format(**known))
        await seen.page.add_script_tag(path=AXE)
        faults[path] = await seen.page.evaluate(
            f"axe.run({f'{{runOnly: [{rules}]}}' if rules else ''}).then(found => found.violations"
            ".filter(each => ['serious', 'critical'].includes(each.impact))"
            ".map(each => each.id + ' ' + each.nodes[0].html))"
        )
    assert faults == {path: [] for path in ROLES}


async def test_no_page_has_inline_code_or_style(log_in: Any, remember: Any) -> None:
    known = await remember(hostile)
    seen = await log_in("lea", *EVERYBODY)
    for path in ROLES:
        await seen.go(path.format(**known))
        inline = "script:not([src]), [style], style, [onclick], [onload], [href^='javascript:']"
        assert await seen.page.locator(inline).count() == 0


async def test_what_is_not_there_is_a_page_too(log_in: Any) -> None:
    seen = await log_in("lea", "qa_lead")
    for path in ("quality/que_" + "0" * 32, "quality/answers/asg_" + "0" * 32, "quality/x", "nope"):
        assert await seen.go(f"/portal/{path}") in (404, 422)
        assert await seen.page.get_by_role("link", name="To your home page").is_visible()
