"""Answers of one prompt that are to be compared: drawn at once, whole, and checked by a program."""

from asyncio import gather
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any

from generation.flow.item import Failed, Item
from ingot.engine import Generated
from ingot.records import Instruction


def is_whole(answer: Generated) -> bool:
    """Whether an answer says something and was not cut off: only those are compared."""
    return answer.finish_reason != "length" and bool(answer.text.strip())


async def draw_whole(asks: Iterable[Coroutine[Any, Any, Generated]]) -> list[Generated | None]:
    """Each ask's answer, None where it failed or is not whole; raises Failed where all failed."""
    answers = await gather(*asks, return_exceptions=True)
    failures = [answer for answer in answers if isinstance(answer, BaseException)]
    for failure in failures:
        if not isinstance(failure, Failed) or len(failures) == len(answers):
            raise failure
    return [each if isinstance(each, Generated) and is_whole(each) else None for each in answers]


async def check(item: Item, known: Instruction, texts: Sequence[str]) -> list[bool | None]:
    """Which answers a program finds right; None where it cannot tell or nobody knows the answer."""
    if not (known.verifier and known.reference):
        return [None] * len(texts)
    checks = (item.verify(known.verifier, text, known.reference) for text in texts)
    return list(await gather(*checks))
