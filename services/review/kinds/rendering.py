"""Markdown of models and labs as HTML that can do no harm.

No image and nothing else is loaded, markup in a text is shown as text, and nothing of a text is
hidden: no comment, no link definition. What is too long to be rendered in reasonable time, or
nested deeper than the parser goes, is shown letter by letter.
"""

import re
from collections.abc import Mapping
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_block import StateBlock, table

from services.review.kinds.cache import TextCache
from services.review.kinds.latex import keep_latex

RENDERED_CHARS = 50_000
"""Longer texts are shown letter by letter."""
_ITEM_CHARS = 100_000
_TABLE_CELLS = 20_000
_NESTING = 20
_CONVERSATIONS = ("prompt", "a", "b", "completion", "messages")
_SAFE_LINK = re.compile(r"(https?://|mailto:)", re.IGNORECASE)


def render(text: str) -> str:
    """Safe HTML of a markdown text; the same text costs nothing the next time."""
    if len(text) > RENDERED_CHARS:
        return as_written(text)
    return _cache.get(text)


def as_written(text: str) -> str:
    """Safe HTML that shows a text letter by letter."""
    return f"<pre><code>{escapeHtml(text)}</code></pre>"


def with_html(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item with `html` beside each message's `content`; what tools returned is as written."""
    budget = _Budget(_ITEM_CHARS)
    shown = dict(item)
    for name in _CONVERSATIONS:
        if name in item:
            shown[name] = [_message(message, budget) for message in item[name]]
    if "answers" in item:
        shown["answers"] = [[_message(m, budget) for m in answer] for answer in item["answers"]]
    return shown


class _Budget:
    """How many characters of an item are still rendered."""

    def __init__(self, chars: int) -> None:
        self.chars = chars

    def spend(self, chars: int) -> bool:
        self.chars -= chars
        return self.chars >= 0


def _message(message: Mapping[str, Any], budget: _Budget) -> dict[str, Any]:
    content = message["content"]
    rendered = message["role"] != "tool" and budget.spend(len(content))
    return {**message, "html": render(content) if rendered else as_written(content)}


def _markdown() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": _NESTING})
    md.enable(["table", "strikethrough"]).disable(["image", "reference", "html_block"])
    md.validateLink = lambda url: _SAFE_LINK.match(url) is not None  # type: ignore[method-assign]
    md.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    md.block.ruler.before("table", "depth", _notice_depth)
    keep_latex(md)
    return md


def _notice_depth(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The parser drops without a word what is nested deeper than it goes."""
    if state.level >= _NESTING - 2:
        state.env["too_deep"] = True
    return False


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Tables while there is room: short rows are filled up, so two bytes can become 50 cells."""
    left = state.env.setdefault("cells_left", _TABLE_CELLS)
    if left < 0 or not table(state, start, end, True):
        return False
    if silent:
        return True
    columns = state.src.count("|", state.bMarks[start], state.eMarks[start]) + 1
    rows = next((line for line in range(start, end) if state.isEmpty(line)), end) - start
    state.env["cells_left"] = left - columns * rows
    return state.env["cells_left"] >= 0 and table(state, start, end, False)


def _clean(text: str) -> str:
    noticed: dict[str, Any] = {}
    html = _md.render(text, noticed)
    return as_written(text) if "too_deep" in noticed else _cleaner.clean(html)


_md = _markdown()
_cleaner = nh3.Cleaner(
    tags={
        *("a", "p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote"),
        *("ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("table", "thead", "tbody", "tr", "th", "td", "span", "div"),
    },
    attributes={"a": {"href", "title"}, "code": {"class"}, "ol": {"start"}},
    tag_attribute_values={"span": {"class": {"math"}}, "div": {"class": {"math"}}},
    set_tag_attribute_values={"a": {"target": "_blank"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener nofollow",
)
_cache = TextCache(_clean, most_chars=8_000_000)
