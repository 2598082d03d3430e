"""Simulated annotators: a pair is judged as several people would, each by their own past labels.

Trust or Escalate (arXiv 2407.18370, section 3): N few-shot prompts, each with K labels of another
annotator, and the confidence is the mean of the probabilities, here over both orders too. It is
better calibrated than one prompt's, since it falls where people of different taste would differ.

The examples are drawn once for a run, so that a prefix cache reads each annotator's once.
"""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal

from ingot.errors import OrderError
from ingot.records import Judgment, Message, Model, Pair
from judging.draws import draw_integer
from judging.judges.asking import Counter, Question, Reply, ask_all, requests_of
from judging.judges.base import Progress
from judging.judges.disarm import conversation
from judging.judges.forms import describe_closing
from judging.judges.frame import VERDICT, load_frame
from judging.judges.orders import conclude
from judging.judges.settled import Asker

DRAWS = 3
SHOTS = 3
"""Annotators and examples of each; both from the paper's repository."""


class Labelled(Model):
    """What an annotator preferred once."""

    prompt: str
    a: str
    b: str
    label: Literal["A", "B"]
    annotator: str = ""
    """Who said it; '' where that is not known."""


class Annotators:
    """Judges pairs as several annotators would."""

    def __init__(
        self,
        asker: Asker,
        examples: Sequence[Labelled],
        *,
        draws: int = DRAWS,
        shots: int = SHOTS,
    ) -> None:
        """Each of the `draws` sees `shots` examples, of one annotator where there are enough."""
        if not examples:
            raise OrderError("simulated annotators need labelled examples: give some")
        self.asker = asker
        self.shown = draw_examples(examples, draws, shots, asker.seed)
        self._frame = load_frame("annotators", ("prompt", "a", "b"))
        self._example = load_frame("annotated", ("prompt", "a", "b"))

    @property
    def name(self) -> str:
        """The judge in all records; other examples are another judge."""
        shown = [[each.model_dump_json() for each in own] for own in self.shown]
        return self.asker.name(
            f"annotators-{hashlib.sha256(repr(shown).encode()).hexdigest()[:12]}"
        )

    async def judge(
        self, items: Sequence[Pair], on_progress: Progress | None = None
    ) -> list[Judgment]:
        """One judgment for each pair; raises ModelError if the engine dies."""
        turns = 2 * len(self.shown)
        counter = Counter(len(items) * turns * requests_of(self.asker.form(2)), on_progress)
        replies = await ask_all(self.asker.engine, self._questions(items), counter)
        return [
            self._conclude(pair, replies[index * turns : (index + 1) * turns])
            for index, pair in enumerate(items)
        ]

    def _questions(self, pairs: Sequence[Pair]) -> Iterator[Question]:
        form = self.asker.form(2)
        few = ["\n\n".join(self._show(each) for each in own) for own in self.shown]
        for pair in pairs:
            for place, examples in enumerate(few):
                for swapped in (False, True):
                    seed = self.asker.draw(pair.id, place, swapped)
                    messages = self._ask(pair, examples, swapped=swapped)
                    yield Question(messages, form, seed, form.held)

    def _show(self, example: Labelled) -> str:
        shown = self._example.fill(
            **{name: self._frame.disarm(getattr(example, name)) for name in ("prompt", "a", "b")}
        )
        return f"{shown}\n{VERDICT} {example.label}"

    def _ask(self, pair: Pair, examples: str, *, swapped: bool) -> tuple[Message, ...]:
        first, second = (pair.b, pair.a) if swapped else (pair.a, pair.b)
        return self._frame.ask(
            examples=examples,
            prompt=conversation(pair.prompt),
            a=conversation(first),
            b=conversation(second),
            closing=describe_closing(2, self.asker.max_tokens),
        )

    def _conclude(self, pair: Pair, replies: Sequence[Reply]) -> Judgment:
        outcome = conclude(replies[::2], replies[1::2])
        return self.asker.judgment(
            self.name,
            pair.id,
            "preference",
            outcome.settled,
            pair.provenance,
            score=outcome.p_a,
            position_bias=outcome.position_bias,
            flipped=outcome.flipped,
        )


def draw_examples(
    examples: Sequence[Labelled], draws: int, shots: int, seed: int
) -> list[list[Labelled]]:
    """The examples of each draw: another annotator's each time, as long as there are such.

    Further draws, and draws of annotators with too few labels, are filled up from all examples.
    """
    shuffled = sorted(examples, key=lambda each: draw_integer("shot", seed, each.model_dump_json()))
    by_name = sorted(shuffled, key=lambda each: each.annotator)
    people = [list(own) for name, own in groupby(by_name, lambda each: each.annotator) if name]
    people.sort(key=lambda own: (len(own) < shots, draw_integer("who", seed, own[0].annotator)))
    drawn = []
    for place in range(draws):
        own = people[place][:shots] if place < len(people) else []
        start = place * shots % len(shuffled)
        others = [*shuffled[start:], *shuffled[:start]]
        drawn.append((own + [each for each in others if each not in own])[:shots])
    return drawn
