"""The figures of a prompt: the small words that change what is asked.

"What is 12 + 34?" and "What is 12 + 43?" share almost every shingle, and a sentence encoder puts
them at a cosine of 0.97 and more; so do "3 minus 5" and "5 minus 3", "earlier than Monday" and
"later than Monday". Neither measure can be trusted on such prompts. Therefore two prompts whose
figures differ are different prompts, whatever any similarity says. Figures are the numbers, the
signs beside them, the quoted texts, and a closed list of words (numbers, days, months, opposites),
in the order in which they stand. The price: a rewording that spells "3" as "three" stays in.
"""

import re
import unicodedata

_QUOTED = "|".join(
    rf"{left}[^{left}{right}\n]{{1,200}}{right}" for left, right in ('""', "“”", "‘’", "«»", "``")
)
_SIGN = r"[-+*/×÷=<>≤≥^%±−–]"
_WORDS = re.sub(
    r"\s+",
    "|",
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    hundred thousand million billion half third quarter twice first second last next previous
    monday tuesday wednesday thursday friday saturday sunday
    january february march april may june july august september october november december
    not no never without except plus minus times divided more less fewer larger smaller bigger
    greater lesser longer shorter higher lower highest lowest largest smallest longest shortest
    most least maximum minimum before after earlier later ago ascending descending increasing
    decreasing true false left right up down above below even odd""",
)
_FIGURE = re.compile(
    rf"(?P<quoted>{_QUOTED}|(?<!\w)'[^'\n]{{1,200}}'(?!\w))"
    r"|(?P<number>\d[\d,]*(?:\.\d+)*)"
    rf"|(?P<sign>{_SIGN}(?=\s*\d)|(?<=\d){_SIGN}|(?<=\d\s){_SIGN})"
    rf"|(?P<word>\b(?:{_WORDS})\b|n['’]t\b)",
    re.IGNORECASE,
)


def read_figures(text: str) -> tuple[str, ...]:
    """The figures of a text in order; '1,000' and '1000' are the same figure."""
    normal = unicodedata.normalize("NFKC", text)
    return tuple(_canonical(match) for match in _FIGURE.finditer(normal))


def _canonical(match: re.Match[str]) -> str:
    text = match.group()
    if match.lastgroup == "quoted":
        return "'" + text[1:-1]
    if match.lastgroup == "number":
        return text.rstrip(",").replace(",", "") if _groups_of_three(text) else text
    return text.lower()


def _groups_of_three(text: str) -> bool:
    return re.fullmatch(r"\d{1,3}(?:,\d{3})*(?:\.\d+)?,?", text) is not None
