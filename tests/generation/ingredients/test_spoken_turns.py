import pytest

from generation.flow.item import Drop, assistant, user
from generation.ingredients.spoken_turns import read_turn
from ingot.engine import Generated
from ingot.records import Message

ASKED = [user("my bread is flat")]
ANSWERED = [*ASKED, assistant("Use fresh yeast.")]


def read(text: str, before: list[Message], limit: float = 0.9, finish: str = "stop") -> str:
    return read_turn(Generated(text, finish), before, limit)


@pytest.mark.parametrize(
    ("text", "before", "turn"),
    [
        (" And rye?\n", ANSWERED, "And rye?"),
        ("User: And rye?", ANSWERED, "And rye?"),
        ("**You:** And rye?", ANSWERED, "And rye?"),
        ("Assistant: Use less water.", ASKED, "Use less water."),
        ("I said: no. Is this assistant: fine?", ANSWERED, "I said: no. Is this assistant: fine?"),
        ("As an AI I cannot taste it.", ASKED, "As an AI I cannot taste it."),
        ("Thanks!  [End]", ANSWERED, ""),
        ("[END]", [], ""),
    ],
)
def test_a_turn_is_what_is_said(text: str, before: list[Message], turn: str) -> None:
    assert read(text, before) == turn


@pytest.mark.parametrize(
    ("text", "before", "reason"),
    [
        ("User:  ", ANSWERED, "empty"),
        ("", ASKED, "empty"),
        ("Sure\nAssistant: Wait an hour.", ANSWERED, "role_confusion"),
        ("Sure\nUser: and salt?", ANSWERED, "role_confusion"),
        ("Yes.\n**User:** thanks", ASKED, "role_confusion"),
        ("Yes.<|user|>thanks", ASKED, "role_confusion"),
        ("How can I help you today?", ANSWERED, "role_confusion"),
        ("As an AI, I advise you to wait.", ANSWERED, "role_confusion"),
        ("I'm happy to help with bread.", ANSWERED, "role_confusion"),
        ("My bread is FLAT!", ANSWERED, "repeated"),
        ("Use fresh yeast.", ANSWERED, "repeated"),
    ],
)
def test_an_unfit_turn_is_dropped(text: str, before: list[Message], reason: str) -> None:
    with pytest.raises(Drop, match=f"^{reason}$"):
        read(text, before)


def test_a_turn_that_was_cut_off_is_dropped() -> None:
    with pytest.raises(Drop, match="cut_off"):
        read("Use less", ASKED, finish="length")


def test_likeness_has_two_sides() -> None:
    text = "my bread is burnt"  # ROUGE-L to the first turn is 6 / 8
    assert read(text, ANSWERED, limit=0.75) == text
    with pytest.raises(Drop, match="repeated"):
        read(text, ANSWERED, limit=0.74)
