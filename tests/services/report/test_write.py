import re
from html.parser import HTMLParser

import pytest

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7*7 }}"
VOID = {"meta", "br", "img"}


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


def test_a_full_report_is_well_formed(page, facts, curve, certificate):
    tags = Tags(page(facts, curve=curve, certificate=certificate))
    assert tags.open == []
    assert "svg" in tags.seen


def test_the_page_needs_no_network_and_no_script(page, facts, curve, certificate):
    html = page(facts, curve=curve, certificate=certificate)
    assert not {"script", "link", "img", "iframe"} & set(Tags(html).seen)
    assert "default-src 'none'" in html
    assert not re.search(r"url\(|@import|https?://", html)


def test_hostile_examples_are_shown_not_run(page):
    row = dict.fromkeys(("prompt", "chosen", "rejected", "source", "domain"), HOSTILE)
    html = page({}, examples=[row])
    assert not {"script", "img"} & set(Tags(html).seen)
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 3
    assert "{{ 7*7 }}" in html


def test_hostile_names_in_the_figures_are_escaped(page, facts):
    facts |= {
        "pass_at_1_by_domain": {HOSTILE: [0.1, 0.2]},
        "dropped": {HOSTILE: 3},
        "delivery_uri": HOSTILE,
        "seconds_by_stage": {HOSTILE: 1.0},
        HOSTILE: HOSTILE,
    }
    assert not {"script", "img"} & set(Tags(page(facts)).seen)


def test_an_empty_summary_makes_a_page_in_which_every_panel_says_so(page):
    html = page({})
    assert Tags(html).open == []
    for name in ("deciders", "calibration", "lift", "cost", "examples", "figures"):
        assert "n = 0" in panel(html, name)
    assert html.count("Not recorded.") == 3


def test_any_single_figure_may_be_missing(page, facts, curve, certificate):
    for name in facts:
        rest = {key: value for key, value in facts.items() if key != name}
        assert Tags(page(rest, curve=curve, certificate=certificate)).open == []


def test_any_single_figure_may_be_none(page, facts, curve, certificate):
    for name in facts:
        assert Tags(page(facts | {name: None}, curve=curve, certificate=certificate)).open == []


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("deciders", "n = 1,000 pairs"),
        ("calibration", "n = 150 labelled pairs"),
        ("guarantee", "n = 150 calibration labels, 40 audit labels"),
        ("lift", "n = 480 held-out prompts"),
        ("drops", "n = 27"),
        ("cost", "n = 2 stages"),
    ],
)
def test_each_panel_states_its_n(page, facts, curve, certificate, name, stated):
    assert stated in panel(page(facts, curve=curve, certificate=certificate), name)


def test_simulated_reviewers_are_said_at_the_top_and_below(page, facts):
    html = page(facts | {"simulated_reviewers": True})
    assert "Simulated reviewers answered in place of people" in html.partition("<section")[0]
    assert "marked as simulated" in panel(html, "simulated").replace("\n", " ")


def test_people_are_not_called_simulated(page, facts):
    assert "Simulated reviewers" not in page(facts)


def test_every_figure_is_in_the_table(page, facts):
    table = panel(page(facts), "figures")
    for name in ("instructions_rejected.held_out", "audit_agreement.errors", "lift_interval"):
        assert f"<th>{name}</th>" in table


def test_an_example_may_be_messages_or_text(page):
    turns = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "2 + 2?"}]
    html = page({}, examples=[{"prompt": turns, "chosen": "4", "rejected": "5"}])
    assert "system: be brief" in html
    assert '<pre dir="auto">4</pre>' in html


def test_a_long_example_is_cut_and_its_steering_characters_show(page):
    row = {"prompt": "x" * 1201, "chosen": "a\u202eb\x00c", "rejected": "y" * 1200}
    html = page({}, examples=[row])
    assert "x" * 1200 + " …" in html
    assert "y" * 1200 + "<" in html
    assert "a\ufffdb\ufffdc" in html
