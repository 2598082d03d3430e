"""IFEval's instructions (Zhou et al. 2023, arXiv 2311.07911) as constraints of ours.

Its ids and parameters on the left, the names of `constraint_checks` on the right. 'less than' n is
`at_most` n - 1. All 25 ids are known; `language:response_language` becomes the constraint
'language', which is decided only where the script decides (see `language.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Parameters = Mapping[str, Any]

YES_NO_MAYBE = [f"My answer is {word}." for word in ("yes", "no", "maybe")]


def constraints_of(
    instruction_ids: Sequence[str], kwargs: Sequence[Parameters]
) -> list[dict[str, Any]]:
    """The constraints of a prompt, as the reference of the verifier lists them.

    Raises:
        ValueError: for an id that IFEval does not have, or one that lacks a parameter.
    """
    if len(instruction_ids) != len(kwargs):
        raise ValueError(f"{len(instruction_ids)} instructions with {len(kwargs)} parameters")
    return [_constraint(name, given) for name, given in zip(instruction_ids, kwargs, strict=True)]


def _constraint(instruction_id: str, given: Parameters) -> dict[str, Any]:
    build = _BUILDERS.get(instruction_id)
    if build is None:
        raise ValueError(f"IFEval has no instruction {instruction_id!r}")
    constraint = build(given)
    if missing := [key for key, value in constraint.items() if value is None]:
        raise ValueError(f"{instruction_id} lacks {missing[0]}")
    return constraint


def _plain(name: str, **parameters: str) -> Callable[[Parameters], dict[str, Any]]:
    """A constraint whose parameters only have other names there."""
    return lambda given: {"name": name} | {ours: given.get(its) for ours, its in parameters.items()}


def _bounded(name: str, count: str, relation: str, **parameters: str) -> Any:
    """A constraint with a count that is at least, or less than, what is given."""

    def build(given: Parameters) -> dict[str, Any]:
        least = given.get(relation) == "at least"
        number = _number(given, count)
        bound = {"n": number} if least else {"at_most": number - 1}
        return _plain(name, **parameters)(given) | bound

    return build


def _length(kind: str) -> Callable[[Parameters], dict[str, Any]]:
    def build(given: Parameters) -> dict[str, Any]:
        number = _number(given, f"num_{kind}")
        least = given.get("relation") == "at least"
        return {"name": f"{'min' if least else 'max'}_{kind}", "n": number - (not least)}

    return build


def _number(given: Parameters, key: str) -> int:
    number = given.get(key)
    if type(number) is not int:
        raise ValueError(f"{key} is no whole number")
    return number


_BUILDERS: dict[str, Callable[[Parameters], dict[str, Any]]] = {
    "change_case:capital_word_frequency": _bounded(
        "capital_words", "capital_frequency", "capital_relation"
    ),
    "change_case:english_capital": _plain("all_uppercase"),
    "change_case:english_lowercase": _plain("all_lowercase"),
    "combination:repeat_prompt": _plain("start_phrase", phrase="prompt_to_repeat"),
    "combination:two_responses": _plain("two_responses"),
    "detectable_content:number_placeholders": _plain("placeholders", n="num_placeholders"),
    "detectable_content:postscript": _plain("postscript", marker="postscript_marker"),
    "detectable_format:constrained_response": lambda _: {
        "name": "one_of",
        "options": YES_NO_MAYBE,
    },
    "detectable_format:json_format": _plain("json_format"),
    "detectable_format:multiple_sections": _plain(
        "sections", n="num_sections", splitter="section_spliter"
    ),
    "detectable_format:number_bullet_lists": _plain("bullet_points", n="num_bullets"),
    "detectable_format:number_highlighted_sections": _plain(
        "highlighted_sections", n="num_highlights"
    ),
    "detectable_format:title": _plain("title"),
    "keywords:existence": _plain("include_keywords", keywords="keywords"),
    "keywords:forbidden_words": _plain("forbidden_words", words="forbidden_words"),
    "keywords:frequency": _bounded("keyword_frequency", "frequency", "relation", keyword="keyword"),
    "keywords:letter_frequency": _bounded(
        "letter_frequency", "let_frequency", "let_relation", letter="letter"
    ),
    "language:response_language": _plain("language", language="language"),
    "length_constraints:nth_paragraph_first_word": _plain(
        "paragraph_starts", n="num_paragraphs", nth="nth_paragraph", word="first_word"
    ),
    "length_constraints:number_paragraphs": _plain("paragraphs", n="num_paragraphs"),
    "length_constraints:number_sentences": _length("sentences"),
    "length_constraints:number_words": _length("words"),
    "punctuation:no_comma": _plain("no_commas"),
    "startend:end_checker": _plain("end_phrase", phrase="end_phrase"),
    "startend:quotation": _plain("quotation"),
}
INSTRUCTIONS = tuple(_BUILDERS)
"""The ids of IFEval."""
