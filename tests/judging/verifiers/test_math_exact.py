import pytest
from hypothesis import given
from hypothesis import strategies as st

from judging.verifiers.math_exact.compare import compare_answers


def verdict(found, expected):
    return compare_answers(found, expected).verdict


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("1\\frac{1}{2}", "\\frac{3}{2}"),
        ("-1 1/2", "-1.5"),
        ("0.1\\overline{6}", "\\frac16"),
        ("2^{10}", "1024"),
        ("3^{2007}", "3 \\cdot 3^{2006}"),
        ("\\sqrt[3]{-8}", "-2"),
        ("\\log_2 8", "3"),
        ("\\sin^2 x + \\cos^2 x", "1"),
        ("\\sin^{-1} x", "\\arcsin x"),
        ("e^{i\\pi}", "-1"),
        ("\\binom{5}{2}", "10"),
        ("5!", "120"),
        ("\\sin^2 5 + \\cos^2 5 - 1", "0"),
        ("(10^{30}+\\pi)-10^{30}", "\\pi"),
        ("|{-3}|", "3"),
        ("\\lfloor 2.5 \\rfloor", "2"),
        ("3qr+6q-15r-30", "3(q-5)(r+2)"),
        ("f(x+1)+2", "2+f(1+x)"),
        ("2x+3y=6", "4x + 6y - 12 = 0"),
        ("x > 3", "(3, \\infty)"),
        ("1 \\le x < 2", "[1,2)"),
        ("x \\in [0,1]", "[0,1]"),
        ("\\{1,2\\}", "2, 1"),
        ("\\$1,234.50", "1234.5"),
        ("440\\text{ cm}^2", "440"),
        ("50\\%", "50"),
        (
            "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}",
            "\\begin{bmatrix}1&2\\\\3&\\frac82\\end{bmatrix}",
        ),
        ("A, D", "\\text{A,D}"),
        ("1:2", "1 : 2"),
        ("60^\\circ", "60°"),
    ],
)
def test_equal(found, expected):
    assert verdict(found, expected) == verdict(expected, found) == "same"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("\\frac{1}{2^{99}}", "\\frac{1}{2^{98}}"),
        ("10^{-60}", "2\\cdot 10^{-60}"),
        ("\\sqrt{2}+10^{-15}", "\\sqrt{2}"),
        ("x", "y"),
        ("e^{-200}", "e^{-201}"),
        ("f(x+1)", "f(x)+f(1)"),
        ("(0,1]", "(0,1)"),
        ("1, 1, 2", "1, 2"),
        ("4343_6", "4343_5"),
        ("2x+3y=6", "2x+3y=7"),
        ("y=2x+3", "y=2x+4"),
        ("5", "5, 7"),
        ("(3,4)", "7"),
        ("A", "B"),
        ("\\infty", "5"),
        ("40\\%", "50"),
    ],
)
def test_different(found, expected):
    assert verdict(found, expected) == verdict(expected, found) == "different"


@pytest.mark.parametrize(
    ("found", "expected", "reason"),
    [
        ("\\sqrt{x^2}", "x", "a part of the domain"),
        ("\\log x", "\\ln x / \\ln 10", "base of a logarithm"),
        ("0.33", "\\frac13", "rounded"),
        ("3.14", "\\pi", "rounded"),
        ("1/2x", "x/2", "slash"),
        ("1 000", "1000", "side by side"),
        ("\\sqrt12", "2\\sqrt3", "several digits"),
        ("2\\frac{3}{2}", "3", "improper"),
        ("1/0", "1", "division by zero"),
        ("2:30", "1:15", "proportional"),
        ("1,234", "(1, 234)", "comma"),
        ("3,14", "3.14", "comma"),
        ("40\\%", "0.4", "one side only"),
        ("2\\text{ hours}", "120", "one side only"),
        ("2\\text{ m}", "2\\text{ km}", "other units"),
        ("90^\\circ", "\\frac{\\pi}{2}", "degrees or radians"),
        ("\\text{June 20}", "\\text{20 June}", "another order"),
        ("\\text{Rome, Italy}", "\\text{Rome}", "contains"),
        ("[1,2]", "(1,2)", "a point"),
        ("x^2+y^2=4", "(x^2+y^2)^2=16", "no multiples"),
        ("\\int x", "x^2", "command int"),
        ("x_", "x", "not read"),
        ("1011_2", "1011", "not expected"),
        ("3:4", "\\frac34", "against"),
        ("1.000", "1000", "part thousands"),
        ("\\bar{x}", "x", "command bar"),
        ("(10^{70}+\\pi)-10^{70}", "\\pi", "digits are lost"),
    ],
)
def test_unsure(found, expected, reason):
    finding = compare_answers(found, expected)
    assert finding.verdict == "unsure"
    assert reason in finding.reason


@given(st.fractions(max_denominator=500), st.fractions(max_denominator=500))
def test_fractions_are_equal_as_fractions_are(a, b):
    left = f"\\frac{{{a.numerator}}}{{{a.denominator}}}"
    right = f"({b.numerator})/({b.denominator})"
    assert (verdict(left, right) == "same") == (a == b)


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=4), st.integers(-9, 9))
def test_a_polynomial_equals_itself_in_factors(roots, other):
    factors = "".join(f"(x-({root}))" for root in roots)
    coefficients = [1]
    for root in roots:
        shifted = [0, *(-root * c for c in coefficients)]
        coefficients = [a + b for a, b in zip([*coefficients, 0], shifted, strict=True)]
    powers = range(len(roots), -1, -1)
    terms = [f"({c})x^{{{p}}}" for c, p in zip(coefficients, powers, strict=True)]
    assert verdict(factors, "+".join(terms)) == "same"
    changed = [*terms[:-1], f"({coefficients[-1] + other})"]
    assert verdict(factors, "+".join(changed)) == ("same" if other == 0 else "different")


@given(
    st.text(alphabet="01x+-*/^_(){}[],.\\ $%|!=<>frac sqrtpi", max_size=60), st.text(max_size=30)
)
def test_no_text_raises(found, expected):
    assert verdict(found, expected) in ("same", "different", "unsure")


def test_digits_alone_answer_a_question_for_a_base():
    assert verdict("1011", "1011_2") == "same"
    assert verdict("11", "1011_2") == "unsure"
    assert verdict("1012", "1011_2") == "different"
