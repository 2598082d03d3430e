import json
from random import Random

import pytest

from generation.ingredients.constraint_words import (
    AVOIDABLE,
    CLOSINGS,
    KEYWORDS,
    OPENINGS,
    WORDINGS,
    draw_constraints,
)
from judging.verifiers.constraint_checks import CHECKS
from judging.verifiers.constraints import read_constraints


def test_every_check_has_words() -> None:
    assert set(WORDINGS) == set(CHECKS)


@pytest.mark.parametrize("name", WORDINGS)
def test_what_is_drawn_is_understood_and_said(name: str) -> None:
    for seed in range(20):
        (drawn,) = draw_constraints(1, [name], Random(seed))
        (read,) = read_constraints(json.dumps([{"name": name} | drawn.parameters]))
        assert read.name == name
        for value in drawn.parameters.values():
            parts = value if isinstance(value, list) else [value]
            assert all(str(part) in drawn.sentence for part in parts)
        assert "{" not in drawn.sentence


def test_constraints_of_one_prompt_share_no_aspect() -> None:
    for seed in range(300):
        drawn = draw_constraints(3, list(WORDINGS), Random(seed))
        aspects = [aspect for each in drawn for aspect in WORDINGS[each.name].aspects]
        assert len(aspects) == len(set(aspects))
        assert 1 <= len(drawn) <= 3


def test_forbidden_words_stand_in_nothing_that_is_asked_for() -> None:
    wanted = " ".join((*KEYWORDS, *OPENINGS)).lower().split()
    assert not set(AVOIDABLE) & set(wanted)
    assert not any("," in phrase for phrase in (*OPENINGS, *CLOSINGS))
