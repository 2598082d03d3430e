import pytest

from judging.verifiers.math import check_math
from judging.verifiers.workers.pool import Reply


class TwoVoices:
    """A pool at the seam of the two ways: what each says is given."""

    def __init__(self, exact, peer):
        self.says = {"math_exact": exact, "math_peer": peer}

    async def run(self, task, *arguments):
        said = self.says[task]
        return said if isinstance(said, Reply) else Reply("done", [said, "so it is said"])


async def outcome(final, reference):
    return (await check_math(f"Thus \\boxed{{{final}}}.", reference)).outcome


@pytest.mark.parametrize(
    ("exact", "peer", "verdict"),
    [
        ("same", "same", "right"),
        ("different", "different", "wrong"),
        ("same", "different", "unsure"),
        ("different", "same", "unsure"),
        ("unsure", "same", "unsure"),
        ("same", "unsure", "unsure"),
        ("different", "unsure", "unsure"),
        ("same", Reply("timeout", "out of time"), "unsure"),
        (Reply("crash", "the worker died"), "different", "unsure"),
        ("different", Reply("memory", "MemoryError"), "unsure"),
    ],
)
async def test_a_verdict_needs_both_ways(exact, peer, verdict):
    found = await check_math("\\boxed{1}", "2", TwoVoices(exact, peer))
    assert found.outcome == verdict
    assert found.reason


@pytest.mark.parametrize(
    ("final", "reference"),
    [
        ("\\frac{1}{2}", "0.5"),
        ("\\dfrac12", "1/2"),
        ("\\frac{\\sqrt{2}}{2}", "\\frac{1}{\\sqrt 2}"),
        ("x^2 - 1", "(x+1)(x-1)"),
        ("x = 5", "5"),
        ("3, 1", "1, 3"),
        ("1 \\pm \\sqrt{19}", "1 - \\sqrt{19}, 1 + \\sqrt{19}"),
        ("(-\\infty, 2) \\cup (3, \\infty)", "(3,\\infty)\\cup(-\\infty,2)"),
        ("\\text{evelyn}", "Evelyn"),
        ("(B)", "\\text{B}"),
        ("10{,}080", "10080"),
        ("90^\\circ", "90"),
        ("4343_6", "4343_{6}"),
        ("12", "They add up.\n#### 12"),
        ("12", "They add up to $\\boxed{12}$."),
    ],
)
async def test_equal_answers_are_right(final, reference):
    assert await outcome(final, reference) == "right"


@pytest.mark.parametrize(
    ("final", "reference"),
    [
        ("1-\\frac{1}{e}", "1+\\frac{1}{e}"),
        ("x^2 + 1", "(x+1)(x-1)"),
        ("\\sqrt{3}", "\\sqrt{2}"),
        ("(1,2)", "(2,1)"),
        ("1, 2", "1, 3"),
        ("\\text{Devon}", "\\text{Evelyn}"),
        ("\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}", "\\begin{pmatrix} 2 \\\\ 1 \\end{pmatrix}"),
        ("3x - y + 13 = 0", "3x + 4y + 14 = 0"),
    ],
)
async def test_different_answers_are_wrong(final, reference):
    assert await outcome(final, reference) == "wrong"


async def test_what_math_verify_alone_calls_equal_is_not_right():
    for final, reference in (("\\frac{1}{2^{99}}", "\\frac{1}{2^{98}}"), ("13_5", "13_6")):
        assert await outcome(final, reference) != "right"


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("It is 12.", "12"),
        ("\\boxed{}", "12"),
        ("\\boxed{12", "12"),
        ("\\boxed{12}", ""),
        ("\\boxed{12}", "\\boxed{12"),
        ("\\boxed{12}", "1" * 2_001),
        ("\\boxed{1/2x}", "x/2"),
        ("\\boxed{3.14}", "\\pi"),
        ("\\boxed{10^{10^{10}}}", "12"),
        ("\\boxed{\\text{Rome}}", "12"),
    ],
)
async def test_what_has_no_sure_reading_is_unsure(text, reference):
    assert (await check_math(text, reference)).outcome == "unsure"


@pytest.mark.parametrize(
    "final",
    [
        "(" * 900 + "1" + ")" * 900,
        "9^{9^{9^{9}}}",
        "((((9!)!)!)!)",
        "\\sqrt{" * 300,
        "\\frac" * 300,
        "x^" * 600,
        "\\begin{pmatrix}" * 50,
        "\\left\\{" * 200,
    ],
)
async def test_hostile_answers_are_unsure(final):
    assert (await check_math(f"#### {final}", "12")).outcome == "unsure"
    assert (await check_math("#### 12", final)).outcome == "unsure"


async def test_all_answers_of_math500_are_right(shared_data):
    for row in shared_data("4_verifiable/math500").head(60).to_dicts():
        assert (await check_math(row["solution"], row["answer"])).outcome == "right", row["answer"]
