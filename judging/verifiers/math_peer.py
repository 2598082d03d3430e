"""The second opinion on a mathematical answer: Math-Verify, kept on a short leash.

It is asked only about the two finals, never about a whole text, so that no number embedded in a
solution can be taken for the answer. It runs in a worker, because it sets alarms, which only the
main thread may, and because SymPy can take for ever. Known to be too kind (1/2^99 is 1/2^98 to it,
a base or a unit is nothing), it decides nothing alone.
"""

import logging
from typing import Any

from latex2sympy2_extended.latex2sympy2 import NormalizationConfig
from math_verify import verify
from math_verify.parser import LatexExtractionConfig, parse

from judging.verifiers.math_exact.tidy import tidy

_PARSING = (
    LatexExtractionConfig(
        boxed_match_priority=-1,
        normalization_config=NormalizationConfig(
            basic_latex=True,
            units=True,
            malformed_operators=False,  # it guesses what a broken formula means
            nits=True,
            boxed="none",
            equations=False,
        ),
    ),
)

logging.getLogger("math_verify").setLevel(logging.ERROR)
logging.getLogger("latex2sympy2_extended").setLevel(logging.ERROR)


def compare(found: str, expected: str) -> list[str]:
    """The verdict 'same', 'different' or 'unsure', and the reason."""
    first, second = _parse(found), _parse(expected)
    if first is None or second is None:
        return ["unsure", "not read"]
    same = verify(second, first, timeout_seconds=None, raise_on_error=True)  # the worker's clock
    return ["same", ""] if same else ["different", "other values"]


def _parse(text: str) -> Any:
    """What Math-Verify reads; None where it reads nothing, or only a text."""
    read = parse(
        f"${tidy(text)}$",
        _PARSING,
        fallback_mode="no_fallback",
        extraction_mode="first_match",
        parsing_timeout=None,
        raise_on_error=True,
    )
    return read[0] if read and not isinstance(read[0], str) else None
