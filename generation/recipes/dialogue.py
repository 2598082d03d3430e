"""Dialogues of several turns between a simulated user and the assistant.

Ding et al. 2023, UltraChat, section 3.4 (arXiv 2305.14233): two models talk, one of them told who
it is as a user and what it wants, since a user model without that slips into the assistant's role.
The user model sees the dialogue with exchanged roles, as in the user simulation of Yao et al. 2024,
tau-bench (arXiv 2406.12045), and may end it. A turn that is unfit ends the dialogue before it; one
that is then too short is dropped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from pydantic import Field, model_validator

from generation.flow.item import Drop, Item, assistant, system, user
from generation.flow.recipe import Terms, recipe
from generation.ingredients.lineage import traced
from generation.ingredients.profiles import draw_profile
from generation.ingredients.spoken_turns import END, read_turn
from ingot.engine import Generated
from ingot.records import Completion, Instruction, Message, Record, Sampling

PLAY = f"""\
You play a person who talks with an AI assistant; the messages you get are the assistant's. Write \
only what this person writes next.
- Stay in the role of the person: you ask, object and tell; you never help or explain.
- Begin with what the person wants, without a greeting. Later react to what the assistant has just \
said: ask about a detail, point out what is missing, add a condition, or go one step further.
- One message, at most a few sentences, no name before it.
- When the person has all they came for, write only {END}

The person: """
OPENING = "Hello, what is it about?"
"""The assistant's first words to the user model; they are no part of the dialogue."""
USER_SAMPLING = Sampling(temperature=1.0, top_p=0.95, max_tokens=256)


class Dialogue(Terms):
    """How long dialogues are, and which of their turns are delivered."""

    min_turns: int = Field(default=2, ge=1, le=20)
    """The user's turns; how many there may be at most is drawn from min_turns to max_turns."""
    max_turns: int = Field(default=5, ge=1, le=20)
    every_turn: bool = False
    """Whether each of the assistant's turns is delivered, instead of the last one only."""
    max_similarity: float = Field(default=0.9, gt=0, le=1)
    """ROUGE-L F1 to an earlier turn above which a turn counts as repeated."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_turns > self.max_turns:
            raise ValueError("min_turns cannot exceed max_turns: correct one of them")
        return self


class DistinctDialogues:
    """Refuses a dialogue in which the user says what one said before."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def refuse(self, records: Sequence[Record]) -> str:
        """'duplicate' where all the user's turns are the same, up to spacing and case."""
        asked = [record.messages for record in records if isinstance(record, Instruction)]
        turns = [turn.content for turn in max(asked, key=len) if turn.role == "user"]
        name = hash(tuple(" ".join(text.casefold().split()) for text in turns))
        if name in self._seen:
            return "duplicate"
        self._seen.add(name)
        return ""


@dataclass(slots=True)
class Talk:
    """A dialogue in the making: whole exchanges only."""

    turns: list[Message] = field(default_factory=list)
    answers: list[Generated] = field(default_factory=list)
    """What either side's model answered, in the order of the turns."""

    @property
    def exchanges(self) -> int:
        """How often the assistant has answered."""
        return len(self.turns) // 2


@recipe(
    source="Ding et al. 2023, UltraChat, section 3.4 (arXiv 2305.14233); exchanged roles: Yao et "
    "al. 2024, tau-bench (arXiv 2406.12045)",
    makes=(Instruction, Completion),
    requests="2 for each turn of the user, and perhaps 1 to end",
    gate=lambda terms: DistinctDialogues(),
    pool="users in column 'profile', perhaps with a 'domain'; where none are given, 24 goals of "
    "ours with drawn knowledge, temper and style",
)
async def dialogue(item: Item, terms: Dialogue) -> list[Record]:
    """Dialogues of a simulated user with the assistant, each turn an answer to the one before."""
    rng = item.rng
    profile = draw_profile(item.index, rng, item.pool)
    talk, most = Talk(), rng.randint(terms.min_turns, terms.max_turns)
    while talk.exchanges < most:
        try:
            if not await _exchange(item, terms, profile.text, talk):
                break
        except Drop:
            if talk.exchanges < terms.min_turns:
                raise
            break
    if talk.exchanges < terms.min_turns:
        raise Drop("too_short")
    first = 1 if terms.every_turn else talk.exchanges
    pairs = (_pair(item, talk, n, profile.domain) for n in range(first, talk.exchanges + 1))
    return [record for pair in pairs for record in pair]


async def _exchange(item: Item, terms: Dialogue, profile: str, talk: Talk) -> bool:
    """One turn of either side, or False where the user ends the dialogue."""
    role = "user" if item.members("user") else "writer"
    asked = await item.ask(
        _exchanged(profile, talk.turns),
        role=role,
        step="user",
        sample=talk.exchanges,
        sampling=USER_SAMPLING,
    )
    question = read_turn(asked, talk.turns, terms.max_similarity)
    if not question:
        return False
    so_far = [*talk.turns, user(question)]
    said = await item.ask(so_far, step="assistant", sample=talk.exchanges)
    talk.turns = [*so_far, assistant(read_turn(said, so_far, terms.max_similarity))]
    talk.answers += (asked, said)
    return True


def _exchanged(profile: str, turns: Sequence[Message]) -> list[Message]:
    """The dialogue as the user model sees it: what the user said is its own."""
    other = {"user": assistant, "assistant": user}
    return [
        system(PLAY + profile),
        user(OPENING),
        *(other[turn.role](turn.content) for turn in turns),
    ]


def _pair(item: Item, talk: Talk, number: int, domain: str) -> tuple[Record, Record]:
    """The dialogue up to the user's n-th turn, and the answer to it."""
    asked, turn = talk.turns[: 2 * number - 1], talk.turns[2 * number - 1]
    drawn = talk.answers[: 2 * number]
    instruction = traced(item.instruction(asked, domain=domain), item, *drawn[:-1])
    completion = item.completion(instruction, replace(drawn[-1], text=turn.content))
    return instruction, traced(completion, item, *drawn)
