"""Responses to check: real texts, and the same bent to each side of every threshold."""

import random
import re
from collections.abc import Callable, Iterator
from typing import Any

Draws = random.Random
Given = dict[str, Any]


def responses(instruction: str, given: Given, texts: list[str], draws: Draws) -> Iterator[str]:
    """Real texts, made ones, and each made one in a frame that loose checking forgives."""
    yield from draws.sample(texts, 3)
    for made in _MAKERS[instruction](given, draws.choice(texts), draws):
        yield made
        yield f"Sure, here it is:\n{made}\nI hope this helps."
        yield made.replace(" ", " *", 1)


def _counts(number: int) -> Iterator[int]:
    yield from sorted({max(0, number - 1), number, number + 1, number * 2 + 3})


def _words(given: Given, text: str, draws: Draws) -> Iterator[str]:
    words = re.findall(r"\S+", text) * 400
    for count in _counts(given["num_words"]):
        yield " ".join(words[:count])
        yield " ".join(words[: max(0, count - 1)]) + " well-known it's"


def _sentences(given: Given, text: str, draws: Draws) -> Iterator[str]:
    pieces = [p for p in re.split(r"(?<=[.!?])\s+", text) if p] * 200
    for count in _counts(given["num_sentences"]):
        yield " ".join(pieces[:count])
        yield " ".join(f"It is sentence {index}." for index in range(count))
        yield "\n".join(f"What is {index}? Dr. Fox said 3.5!" for index in range(count))


def _paragraphs(given: Given, text: str, draws: Draws) -> Iterator[str]:
    for count in _counts(given["num_paragraphs"]):
        parts = [f"{text[:80]} {index}" for index in range(count)]
        yield "\n***\n".join(parts)
        yield " *** ".join(["", *parts, ""])
        yield "\n***\n***\n".join(parts)


def _nth_paragraph(given: Given, text: str, draws: Draws) -> Iterator[str]:
    word, nth = given["first_word"], given["nth_paragraph"]
    for count in _counts(given["num_paragraphs"]):
        for first in (word, word.capitalize(), f'"{word},"', f"{word}-like", "other"):
            parts = [f"Part {index} goes on." for index in range(count)]
            if nth <= count:
                parts[nth - 1] = f"{first} {parts[nth - 1]}"
            yield "\n\n".join(parts)
    yield "\n\n\n\n".join(["one", "two", f"{word} three"])


def _bullets(given: Given, text: str, draws: Draws) -> Iterator[str]:
    for count in _counts(given["num_bullets"]):
        yield "\n".join(f"* point {index}" for index in range(count))
        yield "Intro\n\n" + "\n\n".join(f"- point {index}" for index in range(count))
        yield "\n".join(f"  {'*-'[index % 2]} point" for index in range(count))
        yield "**Bold** line\n" + "\n".join(f"*point {index}*" for index in range(count))
        yield "---\n" + "\n".join(f"*\t{index}" for index in range(count))


def _highlights(given: Given, text: str, draws: Draws) -> Iterator[str]:
    for count in _counts(given["num_highlights"]):
        yield text[:100] + " " + " ".join(f"*part {index}*" for index in range(count))
        yield "\n".join(f"**part {index}** and more" for index in range(count))
        yield "** ** *  * " + "\n".join(f"* part {index}" for index in range(count))
        yield " ".join(f"***part {index}***" for index in range(count))


def _sections(given: Given, text: str, draws: Draws) -> Iterator[str]:
    splitter = given["section_spliter"]
    for count in _counts(given["num_sections"]):
        for form in (f"{splitter} {{}}\n", f"{splitter}{{}}:\n", f"{splitter.lower()} {{}}\n"):
            yield "\n".join(form.format(index) + text[:50] for index in range(1, count + 1))
    yield f"{splitter} X and {splitter} 1"


def _json(given: Given, text: str, draws: Draws) -> Iterator[str]:
    for body in ('{"a": [1, 2]}', '{"a": 1', "[]", '"text"', "12", "{'a': 1}", "NaN", ""):
        for frame in ("{}", "```json\n{}\n```", "```JSON\n{}```", "```\n{}\n```", " {} \n"):
            yield frame.format(body)


def _title(given: Given, text: str, draws: Draws) -> Iterator[str]:
    for title in (
        "<<A title>>",
        "<< >>",
        "<A title>",
        "<<<A>>>",
        "<<A\ntitle>>",
        "<<A>> and <<B>>",
    ):
        yield f"{title}\n{text[:200]}"
        yield f"{text[:200]} {title}"


def _commas(given: Given, text: str, draws: Draws) -> Iterator[str]:
    yield text.replace(",", "")
    yield text.replace(",", "") + ","
    yield text.replace(",", "，")


def _case(given: Given, text: str, draws: Draws) -> Iterator[str]:
    for changed in (text.lower(), text.upper()):
        yield changed
        yield changed + " a"
        yield changed + " A"
    yield "12 34"
    yield "é à ü ß"


def _capitals(given: Given, text: str, draws: Draws) -> Iterator[str]:
    small = text.lower()[:200]
    for count in _counts(given["capital_frequency"]):
        yield f"{small} {'WORD ' * count}"
        yield f"{small} {'WELL-KNOWN, ' * count}"
        yield f"{small} {'U.S. ' * count}"
        yield f"{small} " + " ".join(["I'M"] * count)
        yield f"{small} " + "/".join(["NATO"] * count)


def _existence(given: Given, text: str, draws: Draws) -> Iterator[str]:
    keywords = given["keywords"]
    yield f"{text} {' '.join(keywords)}"
    yield f"{text} {' '.join(keywords).upper()}"
    yield f"{text} {' '.join(f'x{keyword}y' for keyword in keywords)}"
    yield f"{text} {' '.join(keywords[1:])}"


def _forbidden(given: Given, text: str, draws: Draws) -> Iterator[str]:
    for word in given["forbidden_words"]:
        for form in (word, word.upper(), f"({word})", f"x{word}", f"{word}s", f"{word}-like"):
            yield f"A plain line {form} that ends."
    yield "A plain line."


def _frequency(given: Given, text: str, draws: Draws) -> Iterator[str]:
    word = given["keyword"]
    for count in _counts(given["frequency"]):
        yield f"Begin. {f'{word} and ' * count} end."
        yield f"Begin. {f'{word.upper()}' * count} end."
        yield f"Begin. {f'x{word}x ' * count} end."


def _letters(given: Given, text: str, draws: Draws) -> Iterator[str]:
    letter = given["letter"]
    for count in _counts(given["let_frequency"]):
        yield f"{text[:60].replace(letter, '')} {letter * count}"
        yield f"{letter.upper() * count} 123"


def _repeat(given: Given, text: str, draws: Draws) -> Iterator[str]:
    phrase = given["prompt_to_repeat"]
    for start in (phrase, phrase.lower(), f"  {phrase}", f'"{phrase}"', phrase[:-3], phrase[1:]):
        yield f"{start}\n\n{text}"


def _end(given: Given, text: str, draws: Draws) -> Iterator[str]:
    phrase = given["end_phrase"]
    for end in (phrase, phrase.upper(), f"{phrase}  ", f'{phrase}"', f"{phrase}.", phrase[:-2]):
        yield f"{text} {end}"


def _postscript(given: Given, text: str, draws: Draws) -> Iterator[str]:
    for marker in (
        given["postscript_marker"],
        "P.S.",
        "P.P.S",
        "P. S.",
        "p.s.",
        "PS",
        "P.P. S",
        "xp.s.",
    ):
        yield f"{text}\n{marker} more"
        yield f"{text} {marker}"
    yield f"{text}\n\n{given['postscript_marker']}"


def _placeholders(given: Given, text: str, draws: Draws) -> Iterator[str]:
    for count in _counts(given["num_placeholders"]):
        yield " and ".join(f"[name {index}]" for index in range(count))
        yield " ".join(["[]"] * count)
        yield " ".join(["[[x]]"] * count)
        yield "\n".join(["[a\nb]"] * count)
        yield " ".join(["[a [b]"] * count)


def _quotation(given: Given, text: str, draws: Draws) -> Iterator[str]:
    for frame in ('"{}"', ' "{}" \n', '"{}', '{}"', "“{}”", "'{}'", '"{}".'):
        yield frame.format(text)
    yield '"'


def _two(given: Given, text: str, draws: Draws) -> Iterator[str]:
    for parts in (
        ["a", "b"],
        ["a", "a"],
        ["a", "b", "c"],
        ["a", ""],
        ["", "a", "b"],
        ["a", "", "b"],
    ):
        yield "\n******\n".join(parts)
        yield "******".join(parts)
        yield "\n*******\n".join(parts)


def _constrained(given: Given, text: str, draws: Draws) -> Iterator[str]:
    for word in ("yes", "no", "maybe", "Yes", "perhaps"):
        yield f"My answer is {word}."
        yield f"Well. My answer is {word}. {text[:40]}"
        yield f"My answer is {word}"


def _language(given: Given, text: str, draws: Draws) -> Iterator[str]:
    yield "यह एक छोटा वाक्य है जो हिंदी में लिखा गया है और कुछ नहीं कहता।"
    yield "이것은 한국어로 쓰인 짧은 문장이며 아무 말도 하지 않습니다."
    yield "Dies ist ein kurzer Satz, der auf Deutsch geschrieben ist und nichts sagt."
    yield "นี่คือประโยคสั้น ๆ ที่เขียนเป็นภาษาไทยและไม่ได้พูดอะไรเลย"
    yield "ఇది తెలుగులో రాసిన ఒక చిన్న వాక్యం మరియు ఏమీ చెప్పదు."
    yield text


_MAKERS: dict[str, Callable[[Given, str, Draws], Iterator[str]]] = {
    "change_case:capital_word_frequency": _capitals,
    "change_case:english_capital": _case,
    "change_case:english_lowercase": _case,
    "combination:repeat_prompt": _repeat,
    "combination:two_responses": _two,
    "detectable_content:number_placeholders": _placeholders,
    "detectable_content:postscript": _postscript,
    "detectable_format:constrained_response": _constrained,
    "detectable_format:json_format": _json,
    "detectable_format:multiple_sections": _sections,
    "detectable_format:number_bullet_lists": _bullets,
    "detectable_format:number_highlighted_sections": _highlights,
    "detectable_format:title": _title,
    "keywords:existence": _existence,
    "keywords:forbidden_words": _forbidden,
    "keywords:frequency": _frequency,
    "keywords:letter_frequency": _letters,
    "language:response_language": _language,
    "length_constraints:nth_paragraph_first_word": _nth_paragraph,
    "length_constraints:number_paragraphs": _paragraphs,
    "length_constraints:number_sentences": _sentences,
    "length_constraints:number_words": _words,
    "punctuation:no_comma": _commas,
    "startend:end_checker": _end,
    "startend:quotation": _quotation,
}
