from typing import Any

import numpy as np
import pytest

from ingot.errors import OrderError
from services.cli.labelled_rows import Names, read_labelled


def probabilities(rows: list[dict[str, Any]], *signals: str) -> dict[str, list[float | None]]:
    """What is read as each judge's probability of the first verdict; None for silence."""
    read = read_labelled(rows, Names(signals)).signals
    values = 1 / (1 + np.exp(-read.log_odds))
    return {
        name: [None if np.isnan(p) else round(float(p), 6) for p in values[:, place]]
        for place, name in enumerate(read.names)
    }


def test_every_column_of_a_probability_is_a_judge() -> None:
    rows: list[dict[str, Any]] = [
        {"p_a": 0.9, "gpt_p_a": 0.25, "p": 0.1, "up_a": 3},
        {"p_a": None, "gpt_p_a": 1},
    ]
    assert probabilities(rows) == {"p_a": [0.9, None], "gpt_p_a": [0.25, 0.999899]}


def test_named_signals_are_read_and_no_others() -> None:
    rows: list[dict[str, Any]] = [{"p_a": 0.9, "scores": {"mine": 0.7}}, {"p_a": 0.8}]
    assert probabilities(rows, "scores.mine") == {"scores.mine": [0.7, None]}


def test_a_verdict_and_its_probability_are_a_judge() -> None:
    rows: list[dict[str, Any]] = [
        {"verdict": "A", "p": 0.9},
        {"verdict": "B", "p": 0.75},
        {"verdict": "unsure", "p": 0.9},
        {"verdict": "A", "p": None},
        {"verdict": ["A"], "p": 0.9},
    ]
    assert probabilities(rows) == {"judge": [0.9, 0.25, None, None, None]}


def test_verdicts_under_prefixes_are_several_judges() -> None:
    row = {"x_verdict": "right", "x_p": 0.9, "y_verdict": "wrong", "y_p": 0.8, "z_verdict": "A"}
    assert probabilities([row]) == {"x": [0.9], "y": [0.2]}


def test_what_is_missing_in_any_tools_way_is_silent() -> None:
    rows = [{"p_a": value, "label": value} for value in (None, "", float("nan"))]
    rows.append({"p_a": 0.5, "label": 1.0})
    assert probabilities(rows) == {"p_a": [None, None, None, 0.5]}
    assert read_labelled(rows, Names()).labels == {3: "first"}


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        *((value, "first") for value in ("A", "a ", "right", 1, 1.0, True, "TRUE")),
        *((value, "second") for value in ("B", "wrong", 0, 0.0, False, "false")),
        ("Tie", "tie"),
    ],
)
def test_labels_in_anybodys_words(value: object, meaning: str) -> None:
    assert read_labelled([{"p_a": 0.5, "label": value}], Names()).labels == {0: meaning}


@pytest.mark.parametrize(
    ("row", "of_pairs"),
    [
        ({"p_a": 0.5, "label": "A"}, True),
        ({"p_a": 0.5, "label": 1}, True),
        ({"p_right": 0.5}, False),
        ({"x_p_right": 0.5}, False),
        ({"verdict": "right", "p": 0.9}, False),
        ({"verdict": "B", "p": 0.9}, True),
        ({"p_a": 0.5, "label": "wrong"}, False),
    ],
)
def test_pairs_are_told_from_single_answers(row: dict[str, Any], of_pairs: bool) -> None:
    assert read_labelled([row], Names()).signals.symmetric is of_pairs


def test_rows_without_a_group_stand_alone() -> None:
    rows = [{"p_a": 0.5, "group": group} for group in ("x", None, "", 7, "x")]
    signals = read_labelled(rows, Names()).signals
    assert signals.groups == ("x", "row 1", "row 2", "7", "x")
    assert read_labelled([{"p_a": 0.5}], Names()).signals.groups == ("row 0",)


def test_columns_of_other_names() -> None:
    row = {"p_a": 0.5, "human": "B", "prompt": {"id": "q1"}, "topic": "law", "label": "A"}
    read = read_labelled([row], Names(label="human", group="prompt.id", domain="topic"))
    assert read.labels == {0: "second"}
    assert (read.signals.groups, read.signals.domains) == (("q1",), ("law",))
    assert read_labelled([row], Names()).signals.domains == ()


GOOD = {"p_a": 0.5, "label": "A"}


@pytest.mark.parametrize(
    ("row", "names", "message"),
    [
        ({"label": "both"}, Names(), "row 2: label is 'both': use A, B or tie, or right and wrong"),
        ({"label": ["A"]}, Names(), r"row 2: label is \['A'\]"),
        ({"p_a": 1.01}, Names(), "row 2: p_a is 1.01: give a number from 0 to 1"),
        ({"p_a": -0.1}, Names(), "row 2: p_a is -0.1"),
        ({"p_a": float("inf")}, Names(), "row 2: p_a is inf"),
        ({"p_a": "0.5"}, Names(), "row 2: p_a is '0.5'"),
        ({"p_a": True}, Names(), "row 2: p_a is True"),
        ({}, Names(label="human"), "--label-column: column 'human' is not there"),
        ({}, Names(group="prompt"), "--group-column: column 'prompt' is not there"),
        ({}, Names(domain="topic"), "--domain-column: column 'topic' is not there"),
        ({}, Names(signals=("q",)), "--signal: column 'q' is not there; the file has p_a, label"),
    ],
)
def test_what_cannot_be_read_names_row_or_option(
    row: dict[str, Any], names: Names, message: str
) -> None:
    with pytest.raises(OrderError, match=message):
        read_labelled([GOOD, GOOD | row], names)


@pytest.mark.parametrize(
    "row", [{"text": "x"}, {"verdict": "A"}, {"verdict": "4", "p": 0.9}, {"x_verdict": "A", "p": 1}]
)
def test_rows_without_any_probability_are_refused(row: dict[str, Any]) -> None:
    with pytest.raises(OrderError, match=r"no judge's probability: .* the file has "):
        read_labelled([row], Names())


def test_a_long_value_is_cut_in_the_error() -> None:
    with pytest.raises(OrderError) as caught:
        read_labelled([{"p_a": 0.5, "label": "x" * 10_000}], Names())
    assert len(str(caught.value)) < 200
