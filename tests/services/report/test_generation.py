"""The report of a generation, written of real runs of recipes against a scripted model."""

import asyncio
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from cooking import Cooked, ScriptedModel, cook
from markupsafe import escape

from generation.engines.openai import OpenAIEngine
from generation.flow.item import Drop, Item
from generation.flow.recipe import recipe
from ingot.datasets import DatasetStore
from ingot.records import (
    Completion,
    Evaluation,
    Instruction,
    JudgeKind,
    Preference,
    Record,
    Trajectory,
    Turn,
)
from services.report.generation import Asked, write_generation_report

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7*7 }}"
KINDS = (Instruction, Completion, Preference, Evaluation, Trajectory)
FAILED, DROPPED, ITEMS = 22, 3, 32
VOID = {"meta", "br", "img"}


@recipe(source="a test", makes=KINDS, requests="1", needs=("prompts",))
async def everything(item: Item) -> list[Record]:
    """One record of each type."""
    if item.index < FAILED:
        raise ValueError(f"number {item.index}: {HOSTILE}")
    if item.index < FAILED + DROPPED:
        raise Drop(HOSTILE)
    answer = await item.ask(f"{HOSTILE} asked of {item.index}")
    known = item.instruction(f"{HOSTILE} {item.index}", domain=HOSTILE)
    said = item.completion(known, answer)
    turns = tuple(Turn(role=m.role, content=m.content) for m in (*known.messages, *said.messages))
    return [
        known,
        said,
        Preference(
            prompt=known.messages,
            chosen=said.messages,
            rejected=known.messages,
            source=JudgeKind.JUDGE,
            confidence=0.75,
        ),
        Evaluation(prompt=known.messages, reference=HOSTILE),
        Trajectory(messages=turns, tools="[]", environment=HOSTILE, success=True),
    ]


@pytest.fixture(scope="module")
def cooked(tmp_path_factory: pytest.TempPathFactory) -> Cooked:
    folder = tmp_path_factory.mktemp("cooked")
    rows = [{"prompt": f"{HOSTILE} row {number}"} for number in range(ITEMS)]
    with ScriptedModel(lambda body: f"{HOSTILE} said") as model:
        engine = OpenAIEngine("m", model.url)
        return asyncio.run(cook(everything, engine, folder, rows=rows, quantity=ITEMS))


def write(
    cooked: Cooked,
    *,
    summary: dict[str, Any] | None = None,
    diversity: dict[str, Any] | None = None,
    command: str = "ingot generate",
) -> str:
    store = DatasetStore(f"file://{cooked.folder.parent}")
    address = write_generation_report(
        store,
        cooked.folder.name,
        cooked.summary if summary is None else summary,
        asked=Asked(HOSTILE, command, f"name: {HOSTILE}"),
        diversity=diversity,
    )
    assert address == f"file://{cooked.folder}/report.html"
    return (cooked.folder / "report.html").read_text()


DIVERSITY: dict[str, Any] = {
    "prompts": 9000,
    "texts": 5000,
    "distinct_1": 0.25,
    "distinct_2": 0.5,
    "self_bleu": 0.75,
    "embedded": 4,
    "vendi": 3.5,
    "cluster_entropy": 0.9,
    "cells": [3, 1],
    "dots": [[0.1, 0.2, 0], [0.3, 0.1, 0], [0.2, 0.2, 0], [-0.5, -0.1, 1]],
    "explained": 0.6,
    "note": "",
}


class Tags(HTMLParser):
    """Collects the tags of a page and fails where one is closed that is not open."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def panel(page: str, name: str) -> str:
    found = re.search(rf'<section id="{name}">(.*?)</section>', page, re.DOTALL)
    assert found
    return found[1]


def test_what_models_and_recipes_write_is_shown_and_never_run(cooked: Cooked) -> None:
    html = write(cooked, diversity=DIVERSITY | {"note": HOSTILE}, command=HOSTILE)
    tags = Tags(html)
    assert tags.open == []
    assert not {"script", "img", "link", "iframe"} & set(tags.seen)
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 50
    assert "{{ 7*7 }}" in html


def test_the_page_needs_no_network_and_no_script(cooked: Cooked) -> None:
    html = write(cooked, diversity=DIVERSITY)
    assert "default-src 'none'" in html
    assert not re.search(
        r"url\(|@import|(?:src|href|action)=[\"']", html.replace(escape(HOSTILE), "")
    )


def test_five_records_of_each_type_are_shown_in_their_own_words(cooked: Cooked) -> None:
    shown = panel(write(cooked), "samples")
    for kind in KINDS:
        assert f"{kind.__name__}: 5 of 7, spread evenly" in shown
    assert shown.count("<article>") == 25
    assert shown.count("<h4>chosen</h4>") == shown.count("<h4>rejected</h4>") == 5
    assert "confidence 0.75" in shown


def test_a_completion_is_shown_with_what_was_asked(cooked: Cooked) -> None:
    shown = panel(write(cooked), "samples")
    completions = shown.partition("Completion: 5")[2].partition("Preference: 5")[0]
    for number in (25, 26, 27, 29, 30):
        assert re.search(rf"<h4>asked</h4><pre[^>]*>[^<]* asked of {number}</pre>", completions)


def test_the_first_failures_are_listed_with_causes(cooked: Cooked) -> None:
    shown = panel(write(cooked), "failures")
    assert "The first 20 of 22" in shown
    assert "ValueError: number 19: " in shown
    assert "ValueError: number 20: " not in shown
    assert "row 19" in shown


def test_each_recipe_shows_what_was_wanted_and_what_became_of_it(cooked: Cooked) -> None:
    html = write(cooked)
    numbers = re.findall(r'<td class="number">([\d,]+)</td>', panel(html, "made"))
    assert numbers == ["32", "7", "3", "22"]
    assert "25 items fewer than wanted: 3 dropped, 22 failed" in panel(html, "made")
    assert "n = 3 items" in panel(html, "dropped")
    assert "<th>recipe error</th>" in panel(html, "failed")
    assert "<h1>7 of 32 wanted items were made.</h1>" in html


def test_models_stand_with_their_accounts(cooked: Cooked) -> None:
    html = panel(write(cooked), "models")
    assert "7 asked, 0 from the journal, 0 failed" in html
    assert "63 read, 35 written" in html
    assert "not at hand" in html


def test_an_engine_of_known_slots_has_its_bar(cooked: Cooked) -> None:
    used = {"slots": 8, "engine_efficiency": 0.7, "lost_to_starved_slots": 0.1}
    used |= {"lost_waiting_for_other_models": 0.05, "lost_in_the_tail": 0.15}
    (facts,) = cooked.summary["models"]["writer"]
    summary = cooked.summary | {"models": {"writer": [facts | used]}}
    shown = panel(write(cooked, summary=summary), "speed")
    assert 'aria-label="busy 70.0\u202f%, starved 10.0\u202f%, waiting for other models' in shown
    assert "8 slots were at work for 70.0\u202f%" in shown
    assert "aria-label" not in panel(write(cooked), "speed")


def test_diversity_is_numbers_and_pictures(cooked: Cooked) -> None:
    shown = panel(write(cooked, diversity=DIVERSITY), "diversity")
    values = ("0.250", "0.500", "0.750", "3.5", "0.900")
    assert re.findall(r"</td><td>([\d.]+)</td><td>", shown) == list(values)
    assert shown.count("<circle") == 4
    assert shown.count("<rect") == 2
    assert "5,000 different prompts of 9,000" in shown


def test_without_embeddings_there_are_words_alone_and_the_reason(cooked: Cooked) -> None:
    missing = {"embedded": 0, "vendi": None, "cluster_entropy": None, "cells": [], "dots": []}
    html = write(cooked, diversity=DIVERSITY | missing | {"note": "No encoder here."})
    shown = panel(html, "diversity")
    assert "self-BLEU" in shown
    assert "Vendi" not in shown
    assert "No encoder here." in shown


def test_an_empty_summary_makes_a_page_in_which_every_panel_says_so(cooked: Cooked) -> None:
    html = write(cooked, summary={})
    assert Tags(html).open == []
    assert "<h1>Nothing was made.</h1>" in html
    for name in ("made", "dropped", "failed", "models", "diversity", "samples", "figures"):
        assert "n = 0" in panel(html, name)


def test_passwords_in_addresses_stay_out_of_the_page(cooked: Cooked) -> None:
    html = write(cooked, command="ingot generate x --endpoint https://me:secret@host/v1")
    assert "secret" not in html
    assert "https://…@host/v1" in html


def test_any_figure_of_the_summary_may_be_missing(cooked: Cooked, tmp_path: Path) -> None:
    for name in cooked.summary:
        rest = {key: value for key, value in cooked.summary.items() if key != name}
        assert Tags(write(cooked, summary=rest)).open == []
