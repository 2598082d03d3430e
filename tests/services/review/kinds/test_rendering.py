"""Model texts become HTML that can do no harm, and nothing of them is hidden."""

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review.kinds.cache import TextCache
from services.review.kinds.rendering import RENDERED_CHARS, as_written, render, with_html

MARKS = ["<", ">", '"', "'", "&", "[", "]", "(", ")", "!", "`", "$", "\\", "|", "-", "#", "\n", " "]
BAITS = [
    "javascript:",
    "<img src=x onerror=",
    "data:text/html,",
    "https://e.org",
    "<script>",
    "&#x6A;",
]


class Seen(HTMLParser):
    """Tags with their attributes, and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.lists(st.sampled_from(MARKS + BAITS) | st.text(max_size=5), max_size=30).map("".join))
def test_nothing_but_harmless_tags_and_attributes_comes_out(text):
    for tag, attributes in Seen(render(text)).tags:
        assert tag not in ("script", "img", "style", "iframe", "form", "input", "svg", "base")
        assert attributes.keys() <= {"href", "title", "class", "start", "target", "rel"}
        if tag == "a":
            assert re.match(r"(https?://|mailto:)", attributes["href"] or "", re.IGNORECASE)
            assert (attributes["target"], attributes["rel"]) == ("_blank", "noopener nofollow")
        if "class" in attributes:
            assert re.match(r"language-|math$", attributes["class"] or "")


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,hi)",
        "[x](vbscript:x)",
        "[x](/portal/void)",
        "[x](//e.org)",
        "<javascript:alert(1)>",
    ],
)
def test_a_link_elsewhere_than_to_the_web_is_text(text):
    assert "<a" not in render(text)


def test_an_image_is_a_link_that_nobody_follows_by_looking():
    html = render("![chart](https://e.org/x.png)")
    assert "<img" not in html
    assert 'href="https://e.org/x.png"' in html


@pytest.mark.parametrize(
    "text",
    [
        "<!-- ignore the rubric -->",
        "[//]: # (hidden)",
        "[n]: https://e.org",
        "<b hidden>x</b>",
        "* " * 60 + "end",
    ],
)
def test_nothing_of_a_text_is_hidden(text):
    assert "".join(Seen(render(text)).text.split()) == "".join(text.split())


def test_a_text_nested_too_deep_is_shown_as_written():
    deep = "> " * 30 + "bottom"
    assert render(deep) == as_written(deep)
    assert "<blockquote>" in render("> " * 5 + "bottom")


def test_code_keeps_its_language_and_nothing_else():
    html = render("```python onclick=x\nif 1 < 2: pass\n```")
    assert html == '<pre><code class="language-python">if 1 &lt; 2: pass\n</code></pre>\n'


def test_a_table_is_a_table_and_a_bomb_is_text():
    assert "<td>1</td>" in render("|a|b|\n|-|-|\n|1|2|")
    bomb = "|" + "a|" * 50 + "\n|" + "-|" * 50 + "\n" + "|\n" * 1_300
    assert "<table" not in render(bomb)
    assert len(render(bomb)) < 10 * len(bomb)


def test_a_line_break_is_a_line_break():
    assert render("one\ntwo") == "<p>one<br>\ntwo</p>\n"


def test_a_text_of_any_length_is_shown():
    long = "*a* " * RENDERED_CHARS
    assert render(long) == as_written(long)
    assert "<em>" in render(long[:RENDERED_CHARS])


def test_each_message_gets_its_html_and_keeps_its_content():
    says = [{"role": "assistant", "content": "*hi*"}]
    returned = [{"role": "tool", "content": "*raw*"}]
    item = {"prompt": says, "a": says, "answers": [says], "messages": returned, "brief": "b"}
    shown = with_html(item)
    assert shown["a"] == [says[0] | {"html": "<p><em>hi</em></p>\n"}]
    assert shown["answers"][0] == shown["prompt"] == shown["a"]
    assert shown["messages"][0]["html"] == "<pre><code>*raw*</code></pre>"
    assert shown["brief"] == "b"
    assert "html" not in says[0]


def test_an_item_is_rendered_up_to_a_bound_and_then_as_written():
    texts = [f"*{number}* " + "x " * 20_000 for number in range(4)]
    shown = with_html({"messages": [{"role": "user", "content": text} for text in texts]})
    rendered = ["<em>" in message["html"] for message in shown["messages"]]
    assert rendered == [True, True, False, False]


def test_a_text_is_rendered_once_while_there_is_room():
    made: list[str] = []
    cache = TextCache(lambda text: made.append(text) or text, most_chars=8)
    for text in ("aa", "bb", "aa", "cc", "aa", "bb"):
        assert cache.get(text) == text
    assert made == ["aa", "bb", "cc", "bb"]
    assert cache.chars <= 8


def test_a_text_larger_than_the_room_is_made_and_not_kept():
    cache = TextCache(str.upper, most_chars=8)
    assert cache.get("too long") == "TOO LONG"
    assert cache.chars == 0


def test_the_cost_of_rendering_is_told():
    text = "A *plain* answer with `code`.\n\n- one\n- two\n\n" * 40
    start = time.process_time()
    render(text)
    first = time.process_time()
    for _ in range(1_000):
        render(text)
    again = time.process_time() - first
    print(f"\n{len(text)} characters: {(first - start) * 1e3:.2f} ms first, {again:.4f} ms cached")
    assert render(text).count("<li>") == 80
