r"""Formulas in markdown stay as they were written: no backslash eaten, no underscore made italic.

Known are \( \), \[ \], $$ $$ and, within a line, $ $ with no space at the inner sides, so that
prices stay prices.
"""

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_CLOSERS = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}
_DOLLARS = re.compile(r"\$(?![\s$])(?:[^$\\\n]|\\.){1,500}?(?<![\s\\])\$(?![\d$])")
_CHARS, _LINES = 2_000, 50
"""Most of a formula: longer ones are text."""


def keep_latex(md: MarkdownIt) -> None:
    """Teach a markdown parser to leave formulas alone."""
    md.inline.ruler.before("escape", "math", _inline)
    md.block.ruler.before("table", "math_block", _block, {"alt": ["paragraph", "list"]})
    md.add_render_rule("math", _as_span)
    md.add_render_rule("math_block", _as_div)


def _inline(state: StateInline, silent: bool) -> bool:
    end = _formula_end(state.src, state.pos)
    if end < 0 or end > state.posMax:
        return False
    if not silent:
        state.push("math", "", 0).content = state.src[state.pos : end]
    state.pos = end
    return True


def _formula_end(text: str, start: int) -> int:
    closer = _CLOSERS.get(text[start : start + 2])
    if closer is not None:
        found = text.find(closer, start + 2, start + _CHARS)
        return found + 2 if found > start + 2 else -1
    match = _DOLLARS.match(text, start)
    return match.end() if match else -1


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.is_code_block(start):
        return False
    closer = _CLOSERS.get(_line(state, start)[:2])
    if closer is None or closer == "\\)":
        return False
    last = _last_line(state, start, min(end, start + _LINES), closer)
    if last < 0:
        return False
    if not silent:
        token = state.push("math_block", "", 0)
        token.content = state.getLines(start, last + 1, state.blkIndent, False)
        token.map = [start, last + 1]
        state.line = last + 1
    return True


def _last_line(state: StateBlock, start: int, end: int, closer: str) -> int:
    for number in range(start, end):
        line = _line(state, number)
        if state.sCount[number] < state.blkIndent and line:
            return -1
        found = line.find(closer, 3 if number == start else 0)
        if found >= 0:
            return number if found + 2 == len(line.rstrip()) else -1
    return -1


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _as_span(
    renderer: RendererProtocol, tokens: Sequence[Token], place: int, options: Any, env: Any
) -> str:
    return f'<span class="math">{escapeHtml(tokens[place].content)}</span>'


def _as_div(
    renderer: RendererProtocol, tokens: Sequence[Token], place: int, options: Any, env: Any
) -> str:
    return f'<div class="math">{escapeHtml(tokens[place].content)}</div>\n'
