"""Take the pictures of the portal: `python docs/images/portal.py`, with Chromium.

It serves a platform of its own for as long as it takes, gives it two weeks of a past, and logs in.
"""

import asyncio
import random
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

IMAGES = Path(__file__).parent
sys.path.insert(0, str(IMAGES.parents[1] / "tests/support"))

from people import PASSWORD, add_person  # noqa: E402
from peopling import Past  # noqa: E402
from review import CHROMIUM, CHROMIUM_ARGS, PHONE, WIDE, platform  # noqa: E402

from services.database.pool import Pool, transaction  # noqa: E402

SKILLS = {"ada": 0.93, "bo": 0.9, "cy": 0.88, "dee": 0.95, "eli": 0.9, "fay": 0.5, "gus": 0.92}
GUIDELINE = """# Which answer helps more

Read **both** answers to the end. Prefer the one that a careful reader would act on.

1. Wrong facts weigh most.
2. Then what is left out.
3. Length is no merit by itself.

> When both fail, choose the tie."""
REVISED = GUIDELINE.replace("by itself", "by itself, nor is a friendly tone").replace(
    "choose the tie.", "choose the tie and say why."
)
SMOOTH = "Overall, both responses offer valuable insights; the second is more comprehensive."


async def remember(pool: Pool) -> dict[str, str]:
    """People, queues, two weeks of answers, gold, a disagreement and the evidence on it."""
    await add_person(pool, "ada@acme.example", "reviewer", pseudonym="ada")
    await add_person(
        pool, "lea@acme.example", "adjudicator", "qa_lead", "admin", "reviewer", pseudonym="lea"
    )
    random.seed(3)
    async with transaction(pool) as conn:
        past = Past(conn)
        for name in SKILLS:
            await past.reviewer(name)
        queue = await queues(past)
        await answers(past, queue)
        return {"queue": queue, **await disagreement(past, queue)}


async def queues(past: Past) -> str:
    """Four queues; the first of them has the past."""
    terms = {"overlap": 2, "max_overlap": 4, "adjudicate": True, "pay_minor": 35}
    queue = await past.queue("Which answer helps more", body=GUIDELINE, **terms)
    note = "A tie needs a word of reason; tone is no merit."
    await past.guideline(queue, 2, REVISED, change_note=note)
    medical = await past.queue("Check medical claims", "facts", pay_minor=120, skill="medicine")
    stiff = await past.queue("Rewrite stiff answers", "rewrite", pay_minor=240, skill="english-c1")
    training = await past.queue(
        "Learn to compare", purpose="training", grants="pairwise", test_items=12
    )
    await past.add("qualification", "skill", reviewer="ada", skill="english-c1", granted_by="lea")
    for number in range(41):
        await past.task(medical if number < 7 else stiff)
    for number in range(5):
        await past.gold_answer(await past.gold(training), "ada", number != 2, 0.02)
    for _ in range(7):
        await past.gold(training)
    return queue


async def answers(past: Past, queue: str) -> None:
    """Two weeks of work, and gold among it."""
    for day in range(13, -1, -1):
        for _ in range(random.randint(6, 14)):
            task = await past.task(queue, "done", day + 0.3, 2)
            right = random.choice("ABBA")
            for name in random.sample(list(SKILLS), 2):
                label = right if random.random() < SKILLS[name] else random.choice(["A", "tie"])
                spent_ms = int(random.lognormvariate(10.7, 0.5))
                await past.answer(task, name, label, day + 0.1, active_ms=spent_ms)
    for _ in range(23):
        await past.task(queue, "open", random.random() * 3, 2)
    for _ in range(24):
        gold = await past.gold(queue)
        for name, skill in SKILLS.items():
            if random.random() < 0.8:
                await past.gold_answer(gold, name, random.random() < skill, random.random() * 12)


async def disagreement(past: Past, queue: str) -> dict[str, str]:
    """A task on which three disagree, and what was found on their answers."""
    task = await past.task(queue, "adjudicating", 1.2, 3)
    await past.answer(task, "bo", "A", 0.5, comment="The first one gives numbers to act on.")
    smooth = await past.answer(task, "fay", "B", 0.4, comment=SMOOTH, active_ms=4_100)
    await past.answer(task, "gus", "tie", 0.3, active_ms=95_000)
    await past.flag(smooth, "pasted_outside", "review", share=0.97, chars=182)
    await past.flag(smooth, "typing_speed", "note", chars=182, chars_per_s=13.4)
    own = await past.one(
        "SELECT id FROM assignment WHERE reviewer = 'ada' AND state = 'submitted' LIMIT 1"
    )
    await past.flag(str(own), "near_duplicate", "review", share=0.91)
    return {"task": task, "answer": smooth}


async def enter(browser: Browser, url: str, login: str, **settings: object) -> Page:
    """Somebody's browser; '' stays at the door."""
    context = await browser.new_context(**{"viewport": WIDE, **settings})
    page = await context.new_page()
    await page.goto(f"{url}/portal/login")
    if login:
        await page.fill("#login", f"{login}@acme.example")
        await page.fill("#password", PASSWORD)
        await page.press("#password", "Enter")
        await page.wait_for_url("**/portal")
    return page


async def take(page: Page, name: str, url: str = "") -> None:
    """Write one picture of what is at an address, else of what is there."""
    if url:
        await page.goto(url)
    await page.evaluate("scrollTo(0, 0)")
    picture = Image.open(BytesIO(await page.screenshot(full_page=True)))
    picture.convert("RGB").quantize(192).save(IMAGES / f"portal-{name}.png", optimize=True)


async def main() -> None:
    """Take all pictures."""
    async with platform() as (url, pool), async_playwright() as playwright:
        known = await remember(pool)
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(CHROMIUM_ARGS)
        )
        await take(await enter(browser, url, ""), "log-in")
        ada = await enter(browser, url, "ada")
        guideline = f"{url}/portal/queues/{known['queue']}/guidelines"
        await take(ada, "home")
        await take(ada, "my-figures", f"{url}/portal/me")
        await take(ada, "guideline", f"{guideline}?since=1")
        lea = await enter(browser, url, "lea")
        await take(lea, "quality", f"{url}/portal/quality")
        await take(lea, "queue", f"{url}/portal/quality/{known['queue']}")
        await take(lea, "answer", f"{url}/portal/quality/answers/{known['answer']}")
        await take(lea, "guideline-editor", f"{guideline}/edit")
        await take(lea, "accounts", f"{url}/portal/accounts")
        await lea.goto(f"{url}/portal/adjudication/{known['task']}")
        await lea.keyboard.press("1")
        await lea.keyboard.press("s")
        await take(lea, "adjudication")
        phone = await enter(browser, url, "ada", viewport=PHONE, color_scheme="dark")
        await take(phone, "phone-dark")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
