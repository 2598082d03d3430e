"""The numeric verifier: is the final number within the tolerance of the reference?"""

from fractions import Fraction
from typing import Any

from judging.verifiers.answer import CENTESIMAL_UNITS, CONVERTIBLE_UNITS, Check
from judging.verifiers.finals import MAX_FINAL_CHARS, extract_final
from judging.verifiers.numbers import Quantity, normalise_unit, parse_quantity
from judging.verifiers.references import UnusableReferenceError, read_options

_OPTIONS = {"abs", "rel", "unit"}


def check_numeric(text: str, reference: str) -> Check:
    """Compare numbers exactly; the ends of the tolerance belong to it.

    The reference is the number, or JSON: `{"value": 3.5, "abs": 0.01, "rel": 0.001, "unit": "m"}`,
    where the wider of both tolerances counts. The number is the final answer of the text, or the
    text itself where that is no more than a number. Other units are unsure.
    """
    try:
        expected, tolerance = _read(reference)
    except UnusableReferenceError as error:
        return Check("unsure", f"no usable reference: {error}")
    final = extract_final(text)
    answer = final.text if final else text.strip()
    found = parse_quantity(answer) if len(answer) <= MAX_FINAL_CHARS else None
    if found is None:
        return Check("unsure", "no final number found", answer[:200])
    if found.unit and expected.unit and found.unit != expected.unit:
        return Check("unsure", f"units differ: {found.unit} and {expected.unit}", answer)
    gap = abs(found.value - expected.value)
    if gap <= tolerance:
        return Check("right", "within the tolerance", answer)
    unit = found.unit or expected.unit
    if found.unit != expected.unit and unit in CONVERTIBLE_UNITS | CENTESIMAL_UNITS:
        return Check("unsure", f"{unit} is given on one side only", answer)
    return Check("wrong", "outside the tolerance", answer)


def _read(reference: str) -> tuple[Quantity, Fraction]:
    """The number that is expected and how far another may be from it."""
    options = read_options(reference, "value", _OPTIONS, exact=True)
    expected = _quantity(options["value"])
    tolerances = [options.get("abs", Fraction(0)), options.get("rel", Fraction(0))]
    if any(not isinstance(t, Fraction) or t < 0 for t in tolerances):
        raise UnusableReferenceError("a tolerance is no number from 0 up")
    unit = options.get("unit", expected.unit)
    if not isinstance(unit, str):
        raise UnusableReferenceError("'unit' is no text")
    wider = max(tolerances[0], tolerances[1] * abs(expected.value))
    return Quantity(expected.value, normalise_unit(unit)), wider


def _quantity(value: Any) -> Quantity:
    if isinstance(value, Fraction):
        return Quantity(value, "")
    quantity = parse_quantity(value) if isinstance(value, str) else None
    if quantity is None:
        raise UnusableReferenceError("'value' is no number")
    return quantity
