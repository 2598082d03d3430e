"""Formulas stay as they were written."""

import pytest

from services.review.kinds.rendering import render


@pytest.mark.parametrize(
    "formula", [r"\(x_1 + y_2\)", r"\[a_b * c * d\]", "$a_1 b_1$", r"$\$_1$", "$$x_1$$", "$x$"]
)
def test_a_formula_in_a_line_is_left_alone(formula):
    assert f'so <span class="math">{formula}</span> it is' in render(f"so {formula} it is")


@pytest.mark.parametrize(
    "formula", ["$$\na_1\n---\n\\\\\n$$", "\\[\nx = 1\n\n# not a heading\n\\]", "$$x_1$$"]
)
def test_a_formula_of_its_own_is_left_alone(formula):
    assert render(f"{formula}\nafter") == f'<div class="math">{formula}</div>\n<p>after</p>\n'


@pytest.mark.parametrize(
    "text",
    ["from $5 to $10", "$ x $", "costs 5$", r"\(unclosed", "$$unclosed", "$$$$", r"a \$1$ b"],
)
def test_what_is_no_formula_is_text(text):
    assert "math" not in render(text)


def test_code_is_no_formula():
    assert render("`$x_1$`") == "<p><code>$x_1$</code></p>\n"
    assert "math" not in render("```\n$$\nx\n$$\n```")


def test_a_formula_is_no_way_around_the_cleaning():
    assert "&lt;script&gt;" in render("$$\n<script>\n$$")
    assert "&lt;img src=x&gt;" in render(r"\(<img src=x>\)")


def test_a_formula_in_a_list_or_quote_ends_with_it():
    assert render("- $$\n  x_1\n  $$\n- y").count("<li>") == 2
    assert "math" not in render("> $$\n> x_1\n\n$$")


def test_a_formula_goes_on_for_fifty_lines_at_most():
    assert "math" in render("$$\n" + "x\n" * 48 + "$$")
    assert "math" not in render("$$\n" + "x\n\n" * 30 + "$$")
