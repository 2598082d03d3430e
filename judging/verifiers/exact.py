"""The exact verifier: is the text one of those that the reference allows?"""

import unicodedata

from judging.verifiers.answer import Check
from judging.verifiers.references import UnusableReferenceError, choose_part, read_options

_OPTIONS = {"case", "whitespace"}


def check_exact(text: str, reference: str) -> Check:
    """Compare texts sign by sign.

    The reference is the text, or JSON: `{"value": "a" or ["a", "b"], "case": true, "whitespace":
    false, "of": "text" or "final"}`. By default case counts and outer or repeated space does not.
    """
    try:
        options = read_options(reference, "value", _OPTIONS)
        allowed = _read_values(options["value"])
    except UnusableReferenceError as error:
        return Check("unsure", f"no usable reference: {error}")
    part = choose_part(text, options.get("of", "text"))
    if part is None:
        return Check("unsure", "no final answer found, or too long a text")
    case, whitespace = options.get("case", True), options.get("whitespace", False)
    found = _normalise(part, case, whitespace)
    if any(found == _normalise(value, case, whitespace) for value in allowed):
        return Check("right", "the text is as asked", part[:200])
    return Check("wrong", "another text", part[:200])


def _read_values(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    texts = [item for item in values if isinstance(item, str)]
    if not texts or len(texts) != len(values):
        raise UnusableReferenceError("'value' is neither a text nor a list of texts")
    return texts


def _normalise(text: str, case: bool, whitespace: bool) -> str:
    """One form of Unicode, since é can be one sign or two that look the same."""
    text = unicodedata.normalize("NFC", text)
    text = text if whitespace else " ".join(text.split())
    return text if case else text.casefold()
