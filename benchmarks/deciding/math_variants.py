"""Other spellings of a mathematical answer, and answers that are nearly it.

Each function gives nothing where it does not apply.
"""

import random
import re
from collections.abc import Callable, Iterator
from fractions import Fraction

_SIMPLE = re.compile(r"(-?)\\[dt]?frac\{(\d+)\}\{(\d+)\}")
_THOUSANDS = re.compile(r"(?<![\d.,_])\d{4,9}(?![\d.,_])")
_INTEGER = re.compile(r"(?<![\d_])\d{1,9}(?![\d_])")
_UNIT = re.compile(r"^(-?[\d.]+)\s*\\text\s*\{[^{}]*\}(?:\^\d)?$")


def variants(answer: str) -> Iterator[tuple[str, str]]:
    """Name and text of every spelling that means the same."""
    for name, spell in _SPELLINGS.items():
        spelt = spell(answer)
        if spelt and spelt != answer:
            yield name, spelt


def near_misses(answer: str, draws: random.Random) -> Iterator[tuple[str, str]]:
    """Name and text of answers that are wrong by one number, one sign or one item."""
    numbers = list(_INTEGER.finditer(answer))
    if numbers and "\\text" not in answer:
        found = draws.choice(numbers)
        start, end = found.span()
        yield "number", f"{answer[:start]}{int(found[0]) + 1}{answer[end:]}"
    if re.fullmatch(r"\d+", answer) and answer.strip("0"):
        yield "sign", f"-{answer}"
        yield "percent of it", f"{answer}/99"
    if match := _SIMPLE.fullmatch(answer):
        if match[2] != match[3]:
            yield "upside down", f"{match[1]}\\frac{{{match[3]}}}{{{match[2]}}}"
    elif " + " in answer:
        yield "minus for plus", answer.replace(" + ", " - ", 1)


def _slash(answer: str) -> str:
    match = _SIMPLE.fullmatch(answer)
    return f"{match[1]}{match[2]}/{match[3]}" if match else ""


def _decimal(answer: str) -> str:
    match = _SIMPLE.fullmatch(answer)
    if match is None or not int(match[3]):
        return ""
    value = Fraction(int(match[2]), int(match[3])) * 10**6
    if value.denominator != 1:
        return ""
    return f"{match[1]}{int(value) // 10**6}.{int(value) % 10**6:06d}".rstrip("0").rstrip(".")


def _mixed(answer: str) -> str:
    match = _SIMPLE.fullmatch(answer)
    if match is None or int(match[2]) <= int(match[3]) or int(match[2]) % int(match[3]) == 0:
        return ""
    whole, rest = divmod(int(match[2]), int(match[3]))
    return f"{match[1]}{whole}\\frac{{{rest}}}{{{match[3]}}}"


def _commas(answer: str) -> str:
    if "," in answer or "\\begin" in answer:
        return ""
    return _THOUSANDS.sub(lambda run: f"{int(run[0]):,}", answer)


def _point_zero(answer: str) -> str:
    return f"{answer}.0" if re.fullmatch(r"-?\d+", answer) else ""


def _reversed_list(answer: str) -> str:
    plain = not re.search(r"[()\[\]A-Z]|\\text|\\!|\{,|\d,\d{3}", answer) and "," in answer
    return ", ".join(reversed([item.strip() for item in answer.split(",")])) if plain else ""


def _named(answer: str) -> str:
    return f"x = {answer}" if re.fullmatch(r"-?[\d.]+|-?\\frac\{\d+\}\{\d+\}", answer) else ""


def _swapped(answer: str) -> str:
    match = re.fullmatch(r"(\d+)\s*\+\s*(\d*\\sqrt\{\d+\})", answer)
    return f"{match[2]} + {match[1]}" if match else ""


def _without_text(answer: str) -> str:
    match = re.fullmatch(r"\\text\{([A-Za-z() ]+)\}", answer)
    return match[1] if match else ""


_SPELLINGS: dict[str, Callable[[str], str]] = {
    "dollars around": lambda a: f"${a}$",
    "spaces": lambda a: re.sub(r"([-+=])", r" \1 ", a) if "\\text" not in a else "",
    "dfrac": lambda a: re.sub(r"\\[dt]?frac(?![a-z])", r"\\dfrac", a),
    "left and right": lambda a: (
        re.sub(r"(?<!\\left)([(\[])(.*)([)\]])", r"\\left\1\2\\right\3", a)
        if "\\left" not in a and "sqrt[" not in a and "\\text" not in a
        else ""
    ),
    "plain brackets": lambda a: a.replace("\\left", "").replace("\\right", ""),
    "slash": _slash,
    "decimal": _decimal,
    "mixed number": _mixed,
    "thousands": _commas,
    "point zero": _point_zero,
    "other order": _reversed_list,
    "named": _named,
    "terms swapped": _swapped,
    "words bare": _without_text,
    "unit dropped": lambda a: match[1] if (match := _UNIT.match(a)) else "",
    "degree dropped": lambda a: re.sub(r"^([\d.]+)\^(?:\\circ|\{\\circ\})$", r"\1", a),
    "degree sign": lambda a: re.sub(r"\^(?:\\circ|\{\\circ\})", "°", a),
    "percent dropped": lambda a: a.removesuffix("\\%"),
    "minus sign": lambda a: a.replace("-", "−"),
    "pi sign": lambda a: a.replace("\\pi", "π"),
    "final stop": lambda a: f"{a}.",
}
