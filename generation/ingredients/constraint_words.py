"""Constraints that a program can check: how each is drawn and how it is said.

The kinds follow IFEval (Zhou et al. 2023, arXiv 2311.07911, table 1); names and parameters are
those that the constraint verifier reads, the words are ours.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

Parameters = dict[str, int | str | list[str]]
KEYWORDS = (
    "balance", "bridge", "careful", "change", "choice", "common", "early", "effort", "example",
    "future", "garden", "habit", "history", "journey", "light", "market", "measure", "memory",
    "moment", "nature", "network", "pattern", "practice", "question", "reason", "river", "season",
    "signal", "simple", "steady", "story", "surface", "system", "travel", "value", "weather",
)  # fmt: skip
AVOIDABLE = (
    "also", "because", "but", "can", "first", "good", "however", "important", "many", "more",
    "most", "often", "should", "very", "will",
)  # fmt: skip
CLOSINGS = (
    "Is there anything else I can help with?", "That is all for now.", "Let me know how it goes.",
    "Thank you for asking.", "And that is the whole story.",
)  # fmt: skip
OPENINGS = ("To begin with", "In short", "My answer is this", "Let us see", "A fair question")
POSTSCRIPTS = ("P.S.", "P.P.S.")
SPLITTERS = ("Section", "Part", "Chapter", "Step")
OPTIONS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")


@dataclass(frozen=True, slots=True)
class Wording:
    """One kind of constraint."""

    aspects: frozenset[str]
    """What it takes hold of; two constraints that share an aspect may contradict each other."""
    draw: Callable[[Random], Parameters]
    say: str
    """The sentence, with the parameters in braces."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A constraint with its parameters and its sentence."""

    name: str
    parameters: Parameters
    sentence: str


def draw_constraints(count: int, names: Sequence[str], rng: Random) -> list[Drawn]:
    """At most `count` constraints that go together, in a random order."""
    chosen: list[str] = []
    taken: frozenset[str] = frozenset()
    for name in rng.sample(list(names), len(names)):
        if len(chosen) < count and taken.isdisjoint(WORDINGS[name].aspects):
            chosen.append(name)
            taken |= WORDINGS[name].aspects
    return [_draw(name, rng) for name in chosen]


def _draw(name: str, rng: Random) -> Drawn:
    wording = WORDINGS[name]
    parameters = wording.draw(rng)
    said = {
        key: _listed(value) if isinstance(value, list) else value
        for key, value in parameters.items()
    }
    return Drawn(name, parameters, wording.say.format(**said))


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(f'"{text}"' for text in texts)


def _n(numbers: range) -> Callable[[Random], Parameters]:
    return lambda rng: {"n": rng.choice(numbers)}


def _wording(
    aspects: str, say: str, draw: Callable[[Random], Parameters] = lambda rng: {}
) -> Wording:
    return Wording(frozenset(aspects.split()), draw, say)


WORDINGS: Mapping[str, Wording] = {
    "min_words": _wording("length", "Use at least {n} words.", _n(range(100, 401, 50))),
    "max_words": _wording("length", "Use at most {n} words.", _n(range(40, 201, 20))),
    "min_sentences": _wording(
        "length layout", "Write at least {n} sentences.", _n(range(5, 16))
    ),
    "max_sentences": _wording("length layout", "Write at most {n} sentences.", _n(range(2, 7))),
    "paragraphs": _wording(
        "layout asterisks",
        "Write exactly {n} paragraphs, divided by lines of three asterisks (***).",
        _n(range(2, 6)),
    ),
    "paragraph_starts": _wording(
        "layout start",
        'Write exactly {n} paragraphs with an empty line between them; begin paragraph {nth} with '
        'the word "{word}".',
        lambda rng: {"n": (n := rng.randint(2, 5)), "nth": rng.randint(1, n),
                     "word": rng.choice(KEYWORDS).capitalize()},
    ),
    "bullet_points": _wording(
        "layout asterisks start quotes",
        'Put the answer into exactly {n} bullet points, each a line that begins with "* ".',
        _n(range(2, 8)),
    ),
    "highlighted_sections": _wording(
        "asterisks", "Highlight at least {n} parts of the answer like *this*, between asterisks.",
        _n(range(2, 5)),
    ),
    "sections": _wording(
        "layout start", 'Divide the answer into {n} sections that begin with "{splitter} 1", '
        '"{splitter} 2" and so on.',
        lambda rng: {"n": rng.randint(2, 4), "splitter": rng.choice(SPLITTERS)},
    ),
    "json_format": _wording(
        "layout start end commas asterisks case length quotes",
        "Give the whole answer as one JSON object and nothing around it.",
    ),
    "title": _wording(
        "title start quotes", "Begin with a title between double angular brackets, <<like this>>."
    ),
    "no_commas": _wording("commas", "Use no commas anywhere in the answer."),
    "all_lowercase": _wording("case", "Write everything in lower-case letters."),
    "all_uppercase": _wording("case", "WRITE EVERYTHING IN CAPITAL LETTERS."),
    "capital_words": _wording(
        "case", "Write at least {n} words entirely in CAPITALS, each of two letters or more.",
        _n(range(2, 9)),
    ),
    "include_keywords": _wording(
        "keywords", "Use each of these words: {keywords}.",
        lambda rng: {"keywords": rng.sample(KEYWORDS, rng.randint(2, 3))},
    ),
    "forbidden_words": _wording(
        "forbidden", "Do not use any of these words: {words}.",
        lambda rng: {"words": rng.sample(AVOIDABLE, rng.randint(2, 4))},
    ),
    "keyword_frequency": _wording(
        "keywords", 'Use the word "{keyword}" at least {n} times.',
        lambda rng: {"keyword": rng.choice(KEYWORDS), "n": rng.randint(2, 5)},
    ),
    "letter_frequency": _wording(
        "letters length", 'Let the letter "{letter}" occur at least {n} times.',
        lambda rng: {"letter": rng.choice("bcdfghkmpvw"), "n": rng.randint(5, 15)},
    ),
    "start_phrase": _wording(
        "start quotes", 'Begin the answer with exactly these words: "{phrase}"',
        lambda rng: {"phrase": rng.choice(OPENINGS)},
    ),
    "end_phrase": _wording(
        "end forbidden",
        'End the answer with exactly this sentence and nothing after it: "{phrase}"',
        lambda rng: {"phrase": rng.choice(CLOSINGS)},
    ),
    "postscript": _wording(
        "end", 'After the answer, add a postscript that begins with "{marker}"',
        lambda rng: {"marker": rng.choice(POSTSCRIPTS)},
    ),
    "placeholders": _wording(
        "brackets", "Use at least {n} placeholders in square brackets, such as [name].",
        _n(range(2, 6)),
    ),
    "quotation": _wording(
        "start end quotes", 'Put the whole answer between double quotation marks (").'
    ),
    "two_responses": _wording(
        "layout start end length asterisks",
        "Give two different answers, divided by six asterisks (******).",
    ),
    "one_of": _wording(
        "option case", "Say one of these sentences, word for word: {options}.",
        lambda rng: {"options": list(OPTIONS)},
    ),
    "number_of_digits": _wording(
        "digits layout", "Let exactly {n} digits (0 to 9) occur in the whole answer.",
        _n(range(2, 9)),
    ),
}  # fmt: skip
"""Every kind by the verifier's name for it."""
