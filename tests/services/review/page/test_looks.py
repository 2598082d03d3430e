"""Anybody can use the page: axe finds no serious fault, nothing is wider than the screen."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page
from work_samples import TASKS

AXE = Path(__file__).parents[3] / "support/node_modules/axe-core/axe.min.js"
with_axe = pytest.mark.skipif(not AXE.exists(), reason="no axe-core; make system needs npm for it")


async def faults(page: Page) -> list[str]:
    """What axe calls serious or critical."""
    await page.evaluate(AXE.read_text() + ";0")
    found = await page.evaluate("axe.run()")
    return [
        f"{each['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


@with_axe
@pytest.mark.parametrize("kind", TASKS)
async def test_no_kind_of_work_shuts_anybody_out(
    kind: str, new_work: Any, open_desk_of: Any
) -> None:
    await new_work(kind, [TASKS[kind]])
    desk = await open_desk_of()
    await desk.sees("#queue", f"{kind} work")
    await desk.press("1", "2", "n")
    for scheme in ("light", "dark"):
        await desk.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert await faults(desk.page) == [], scheme


@with_axe
async def test_no_screen_beside_shuts_anybody_out(new_work: Any, open_desk_of: Any) -> None:
    desk = await open_desk_of(key="")
    await desk.page.wait_for_selector("#login:not([hidden])")
    assert await faults(desk.page) == []
    await new_work("pairwise", [TASKS["pairwise"]])
    desk = await open_desk_of()
    await desk.sees("#queue", "pairwise work")
    for key in ("?", "x", "f", "g"):
        await desk.press(key)
        assert await faults(desk.page) == [], key
        await desk.press("Escape")
    await desk.press("d")
    assert await faults(desk.page) == []


@pytest.mark.parametrize(("width", "height"), [(320, 640), (720, 450), (1280, 720)])
async def test_nothing_is_wider_than_the_screen(
    width: int, height: int, new_work: Any, open_desk_of: Any
) -> None:
    long = [{"role": "assistant", "content": "wide " * 200 + "x" * 500 + "\n```\n" + "y" * 500}]
    await new_work("pairwise", [{"prompt": long, "a": long, "b": long}], name="q" * 80)
    desk = await open_desk_of()
    await desk.page.set_viewport_size({"width": width, "height": height})
    await desk.sees("#queue", "qqq")
    assert await desk.page.evaluate("document.documentElement.scrollWidth") == width
    await desk.press("d")
    assert await desk.page.evaluate("document.documentElement.scrollWidth") == width


async def test_targets_are_large_enough(new_work: Any, open_desk_of: Any) -> None:
    await new_work("attributes", [TASKS["attributes"]])
    desk = await open_desk_of()
    await desk.page.set_viewport_size({"width": 360, "height": 740})
    await desk.sees("#queue", "attributes work")
    small = await desk.page.evaluate(
        "[...document.querySelectorAll('button, .options label')]"
        ".filter((e) => e.offsetParent && Math.min(e.offsetWidth, e.offsetHeight) < 24)"
        ".map((e) => e.outerHTML)"
    )
    assert small == []
