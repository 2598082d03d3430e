"""A buyer in a browser: an order from the wizard to the download."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

AXE = Path(__file__).parents[2] / "support" / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = pytest.mark.timeout(300)


async def check(page: Page, name: str, folder: Path) -> None:
    """Nothing that keeps people out, and a picture."""
    await page.screenshot(path=folder / f"{name}.png", full_page=True)
    if AXE.exists():
        await page.evaluate(AXE.read_text())
        found: dict[str, Any] = await page.evaluate("axe.run()")
        bad = [
            f"{each['id']}: {each['nodes'][0]['html'][:200]}"
            for each in found["violations"]
            if each["impact"] in ("serious", "critical")
        ]
        assert bad == [], name


async def test_a_buyer_orders_watches_rejects_and_downloads(log_in: Any, tmp_path: Path) -> None:
    seen = await log_in("buyer", "lab_buyer")
    page, folder = seen.page, tmp_path
    await expect(page.get_by_role("heading", name="Orders")).to_be_visible()
    await seen.send("Rehearse")
    await page.get_by_role("link", name="New order").click()
    await page.fill("[name='spec.name']", "Preferences of September")
    await page.fill("[name='spec.quantity']", "48")
    await page.fill("[name='schedule.batches']", "4")
    await page.fill("[name='schedule.calibration_items']", "6")
    await page.select_option("[name='terms.reuse']", "exclusive")
    await expect(page.locator("#total")).to_contain_text("146.88 EUR")
    await expect(page.locator("#price")).to_contain_text("nobody else gets it")
    await check(page, "wizard", folder)
    await page.fill("[name='schedule.batches']", "400")
    await expect(page.locator("#price")).to_contain_text("more than spec.quantity")
    assert await seen.send("Place the order") == 422
    assert await page.input_value("[name='spec.name']") == "Preferences of September"
    await page.fill("[name='schedule.batches']", "4")
    await seen.send("Place the order")
    await page.get_by_role("link", name="Write down what a good answer is").click()
    await seen.send("Publish")
    await check(page, "guidelines", folder)
    await seen.send("Approve version 1")
    await seen.send("1 week ahead")
    await page.get_by_role("link", name="calibration").click()
    await seen.send("Accept")
    await page.get_by_role("link", name="Preferences of September").click()
    for _ in range(2):
        await seen.send("1 week ahead")
    await check(page, "order", folder)
    await page.get_by_role("link", name="production 1").click()
    await page.locator("[data-item]").first.wait_for()
    for keys in (("j", "r", "1"), ("j", "j", "r", "4"), ("k", "a"), ("u",)):
        for key in keys:
            await page.keyboard.press(key)
        await page.wait_for_load_state("networkidle")
    await expect(page.locator(".item.no")).to_have_count(2)
    await expect(page.locator("#item-1 .badge")).to_have_text("rejected: wrong")
    await expect(page.locator("#item-3 .badge")).to_have_text("rejected: duplicate")
    await expect(page.locator("#counts")).to_contain_text("Undecided10")
    await check(page, "batch", folder)
    await seen.send("Accept all but the rejected")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="trl dpo").click()
    lines = Path(await (await download.value).path()).read_text().splitlines()
    assert len(lines) == 12 - 2
    assert set(json.loads(lines[0])) == {"prompt", "chosen", "rejected"}
    await page.get_by_role("link", name="Quality").click()
    await check(page, "quality", folder)
    await page.get_by_role("link", name="Money").click()
    await expect(page.locator("main")).to_contain_text("INV-000001")
    await check(page, "money", folder)
    wanted = "status of 422"  # the form that did not fit
    assert [said for said in seen.complaints if wanted not in said] == []
