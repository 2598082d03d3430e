"""Whether two texts are the same in some respect, as a model sees it, asked in both orders."""

import asyncio
from collections.abc import Mapping
from math import exp

from generation.flow.item import Item
from generation.ingredients.verdicts import MIN_LABEL_MASS, ONE_TOKEN


async def find_same(item: Item, question: str, one: str, two: str, *, sample: int) -> bool | None:
    """Whether they are the same; None where the label probabilities of an order are not known.

    The judge is asked where one plays, else the writer; twice, with texts and labels exchanged,
    because models lean to a place and to a letter. `sample` tells several calls of an item apart.
    """
    role = "judge" if item.members("judge") else "writer"
    orders = ((one, two, "A: yes\nB: no"), (two, one, "A: no\nB: yes"))
    answers = await asyncio.gather(
        *(
            item.ask(
                f"{question}\n\nText 1:\n{first}\n\nText 2:\n{second}\n\n{labels}\n"
                "Answer with one letter.",
                role=role,
                step=f"same {place}",
                sample=sample,
                sampling=ONE_TOKEN,
                labels=("A", "B"),
            )
            for place, (first, second, labels) in enumerate(orders, start=1)
        )
    )
    straight, swapped = (
        _share(answer.label_logprobs, yes) for answer, yes in zip(answers, "AB", strict=True)
    )
    return None if straight is None or swapped is None else straight + swapped > 1


def _share(logprobs: Mapping[str, float], yes: str) -> float | None:
    """Probability of 'yes' beside 'no'; unknown where either is, or where neither was likely."""
    if not {"A", "B"} <= logprobs.keys():
        return None
    masses = {label: exp(min(logprobs[label], 0.0)) for label in "AB"}
    mass = sum(masses.values())
    return masses[yes] / mass if mass >= MIN_LABEL_MASS else None
