from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np

from generation.ingredients.steering import CELLS, ROUND, ROUNDS_OF_SAMPLE, Steering
from ingot.records import Instruction, Message, Record

SAMPLE = ROUND * ROUNDS_OF_SAMPLE


class Compass:
    """Texts that hold 'north' lie one way and all others another, each a little apart."""

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, texts: list[str]) -> Any:
        self.encoded += len(texts)
        rows = [[1.0, 0, 0.1] if "north" in text else [0, 1.0, 0.1] for text in texts]
        return np.asarray(rows, np.float32) / np.linalg.norm(rows[0])


def written(topic: str, text: str) -> Sequence[Record]:
    return (Instruction(messages=(Message(role="user", content=text),), domain=topic),)


async def choices(steering: Steering, topics: Sequence[str], accepted: Any) -> Counter[int]:
    return Counter([await steering.choose(Random(seed), topics, accepted) for seed in range(300)])


async def test_without_accepted_texts_every_topic_is_as_likely() -> None:
    chosen = await choices(Steering(None), ["a", "b", "c"], [])
    assert min(chosen.values()) > 70


async def test_a_topic_counts_what_lies_under_it() -> None:
    accepted = [written("a/x", f"{n}") for n in range(99)] + [written("b", "one")]
    chosen = await choices(Steering(None), ["a", "b"], accepted)
    crowded, thin = 1 / (99 + 5), 1 / (1 + 5)  # a tenth of the mean count is added to each
    assert abs(chosen[0] / 300 - crowded / (crowded + thin)) < 0.05


async def test_a_shorter_history_after_a_longer_one_counts_only_its_own() -> None:
    accepted = [written("a" if n < 50 else "b", f"{n}") for n in range(100)]
    known, fresh = Steering(None), Steering(None)
    await known.choose(Random(0), ["a", "b"], accepted)
    assert await choices(known, ["a", "b"], accepted[:50]) == await choices(
        fresh, ["a", "b"], accepted[:50]
    )


async def test_meaning_decides_once_the_sample_is_there() -> None:
    accepted = [written("a", f"north {n}") for n in range(SAMPLE - 2)]
    accepted += [written("b", f"south {n}") for n in range(2)]
    topics = ["x/north", "x/south"]  # nothing is filed under either
    before = await choices(Steering(Compass()), topics, accepted[:-1])
    after = await choices(Steering(Compass()), topics, accepted)
    assert abs(before[0] - 150) < 30
    assert after[0] < 50


async def test_rounds_are_encoded_once_and_whole() -> None:
    compass = Compass()
    steering = Steering(compass)
    accepted = [written("a", f"north {n} south"[: 8 + n % 9]) for n in range(SAMPLE + 2 * ROUND)]
    for length in (SAMPLE + ROUND - 1, SAMPLE + ROUND, SAMPLE + ROUND + 1, SAMPLE):
        await steering.choose(Random(0), ["north", "south"], accepted[:length])
    assert compass.encoded == SAMPLE + ROUND + 2


async def test_with_an_encoder_the_past_does_not_depend_on_who_asked_before() -> None:
    accepted = [
        written("a", f"{'north' if n % 5 else 'south'} {n}") for n in range(SAMPLE + 4 * ROUND)
    ]
    known, fresh = Steering(Compass()), Steering(Compass())
    await known.choose(Random(0), ["north", "south"], accepted)
    earlier = accepted[: SAMPLE + ROUND]
    topics = ["north", "south"]
    assert await choices(known, topics, earlier) == await choices(fresh, topics, earlier)


def test_a_cell_has_several_texts_of_the_sample() -> None:
    assert SAMPLE == 4 * CELLS
