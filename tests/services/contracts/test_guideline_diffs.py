"""Diffs: applying one gives the new text, by our own reading of the format and by `patch`."""

import difflib
import re
import shutil
import subprocess
import time
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.guidelines.unified import Unified, unified

LINE = st.sampled_from(
    ["a", "b", "", " ", "-a", "+b", "@@ -1,1 +1,1 @@", "\\ No", "--- x", "é", "\u2028", "\x0c"]
)
TEXT = st.builds(
    lambda lines, end: "\n".join(lines) + end,
    st.lists(LINE, max_size=30),
    st.sampled_from(["", "\n", "\n\n"]),
)
HUNK = re.compile(r"@@ -(\d+),(\d+) \+(\d+),(\d+) @@\n")


def compared(before: str, after: str) -> Unified:
    return unified(before, after, before_name="version 1", after_name="version 2")


def lines_of(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def applied(before: str, diff: str) -> str:
    """What a unified diff makes of a text; it has to fit everywhere."""
    if not diff:
        return before
    old, rest = lines_of(before), lines_of(diff)[2:]
    new: list[str] = []
    at = 0
    while rest:
        header = HUNK.fullmatch(rest.pop(0))
        assert header is not None
        start, gone, place, come = map(int, header.groups())
        start -= gone > 0
        new += old[at:start]
        assert len(new) == place - (come > 0)
        was, now = _hunk(rest, gone, come)
        assert old[start : start + gone] == was
        new += now
        at = start + gone
    return "".join(new + old[at:])


def _hunk(rest: list[str], gone: int, come: int) -> tuple[list[str], list[str]]:
    was: list[str] = []
    now: list[str] = []
    while len(was) < gone or len(now) < come or (rest and rest[0].startswith("\\ ")):
        mark, line = rest[0][0], rest.pop(0)[1:]
        if mark == "\\":
            continue
        if rest and rest[0].startswith("\\ "):
            line = line.removesuffix("\n")
        was += [line] if mark in " -" else []
        now += [line] if mark in " +" else []
    return was, now


@given(TEXT, TEXT)
def test_applying_a_diff_gives_the_new_text(before: str, after: str) -> None:
    assert applied(before, compared(before, after).text) == after


@given(TEXT, st.data())
def test_so_it_does_where_little_changed(before: str, data: st.DataObject) -> None:
    lines = lines_of(before)
    place = data.draw(st.integers(0, len(lines)))
    after = "".join(
        [*lines[:place], data.draw(LINE) + "\n", *lines[place + data.draw(st.booleans()) :]]
    )
    assert applied(before, compared(before, after).text) == after


@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_the_characters_are(before: str, after: str) -> None:
    assert applied(before, compared(before, after).text) == after


@given(TEXT, TEXT)
def test_what_is_counted_is_what_is_shown(before: str, after: str) -> None:
    found = compared(before, after)
    assert len(lines_of(after)) - len(lines_of(before)) == found.added - found.removed
    assert (found.text == "") == (before == after)


@given(TEXT, TEXT)
def test_no_more_lines_change_than_a_plain_diff_changes(before: str, after: str) -> None:
    found, old, new = compared(before, after), lines_of(before), lines_of(after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    same = sum(match.size for match in matcher.get_matching_blocks())
    assert found.added <= len(new) - same
    assert found.removed <= len(old) - same


@given(TEXT, TEXT)
def test_the_way_back_changes_as_much(before: str, after: str) -> None:
    there, back = compared(before, after), compared(after, before)
    assert (there.added, there.removed) == (back.removed, back.added)


@pytest.mark.skipif(shutil.which("patch") is None, reason="there is no patch")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\nc\n", "a\nB\nc\n"),
        ("a", "a\n"),
        ("a\n", "a"),
        ("a\nb", "a\nb\nc"),
        ("".join(f"{n}\n" for n in range(40)), "".join(f"{n}\n" for n in range(2, 39) if n != 20)),
    ],
)
def test_patch_applies_it(tmp_path: Path, before: str, after: str) -> None:
    text = tmp_path / "text"
    text.write_text(before)
    diff = compared(before, after).text.encode()
    subprocess.run(["patch", "--quiet", str(text)], input=diff, check=True)
    assert text.read_text() == after


def test_texts_that_have_nothing_in_common_take_no_longer() -> None:
    luck = Random(7)
    before, after = ("".join(f"{luck.randrange(110)}\n" for _ in range(30_000)) for _ in range(2))
    begun = time.process_time()
    found = compared(before, after)
    assert time.process_time() - begun < 3
    assert applied(before, found.text) == after
