import io

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review.interop import pieces as module
from services.review.interop.pieces import pieces
from services.review.interop.shapes import InteropFault

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def rows(content: bytes) -> list[object]:
    return [orjson.loads(raw) for _, raw in pieces(io.BytesIO(content))]


@pytest.mark.parametrize("block", [1, 7, 4096])
@given(array=st.lists(values, max_size=6), indent=st.booleans())
def test_an_array_falls_into_its_elements_wherever_blocks_end(array, indent, block):
    content = orjson.dumps(array, option=orjson.OPT_INDENT_2 if indent else 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BLOCK_CHARS", block)
        assert rows(content) == array


@given(st.lists(st.dictionaries(st.text(max_size=5), values, max_size=3), max_size=6))
def test_lines_are_rows_and_blank_ones_are_none(objects):
    content = b"\n\r\n".join(map(orjson.dumps, objects))
    assert rows(content) == objects
    assert [number for number, _ in pieces(io.BytesIO(content))] == [
        1 + 2 * n for n in range(len(objects))
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"[",
        b"[1",
        b"[1 2]",
        b"[1,]",
        b"[1,,2]",
        b"[1] 2",
        b'["\xff"]',
        b"[" * 100_000,
        b'[{"a": }]',
        b"[1, nul",
    ],
)
def test_an_array_that_is_none_is_refused(content):
    with pytest.raises(InteropFault):
        list(pieces(io.BytesIO(content)))


@pytest.mark.parametrize("content", [b'{"a": "%s"}', b'["%s"]'])
def test_a_row_that_is_too_long_is_refused(content, monkeypatch):
    monkeypatch.setattr(module, "PIECE_BYTES", 64)
    monkeypatch.setattr(module, "_BLOCK_CHARS", 16)
    with pytest.raises(InteropFault, match="longer than 64 bytes"):
        rows(content % (b"x" * 1000))
