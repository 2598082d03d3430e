from typing import Any

import pytest

from generation.recipes import bring as bring_module
from generation.recipes.bring import Brought, bring
from ingot.errors import OrderError
from ingot.orders import Columns
from ingot.records import Message, Provenance


def read(*rows: dict[str, object], completions: bool = False, **options: Any) -> Brought:
    known: dict[str, Any] = {"verifier": "answer", "quantity": 100, "provenance": Provenance()}
    columns = options.pop("columns", Columns())
    return bring(list(rows), columns, with_completions=completions, **{**known, **options})


def test_a_row_becomes_an_instruction() -> None:
    [instruction] = read({"prompt": "1+1?", "reference": "2"}).instructions
    assert instruction.messages == (Message(role="user", content="1+1?"),)
    assert (instruction.verifier, instruction.reference) == ("answer", "2")


def test_a_list_of_messages_is_taken_as_it_is() -> None:
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    [instruction] = read({"prompt": turns}).instructions
    assert [message.role for message in instruction.messages] == ["system", "user"]


@pytest.mark.parametrize(
    ("reference", "known"),
    [
        ("She has 3 * 4 = 12.\n#### 12", "12"),
        ("12 eggs.\nA: 12", "12"),
        ("Think.\nAnswer:  twelve ", "twelve"),
        ("#### 1\nNo, wait.\n#### 1,200", "1,200"),
        ("twelve", "twelve"),
        (12, "12"),
        (0.5, "0.5"),
    ],
)
def test_a_worked_solution_gives_its_marked_answer(reference: object, known: str) -> None:
    assert read({"prompt": "?", "reference": reference}).instructions[0].reference == known


@pytest.mark.parametrize("row", [{"prompt": "?"}, {"prompt": "?", "reference": " "}])
def test_without_a_reference_no_program_may_check(row: dict[str, object]) -> None:
    assert read(row).instructions[0].verifier == ""


def test_without_a_verifier_no_reference_is_kept() -> None:
    [instruction] = read({"prompt": "?", "reference": "2"}, verifier="").instructions
    assert (instruction.verifier, instruction.reference) == ("", "")


def test_dotted_names_reach_into_nested_columns() -> None:
    columns = Columns(prompt="task.question", reference="task.meta.answer")
    row: dict[str, object] = {"task": {"question": "1+1?", "meta": {"answer": "#### 2"}}}
    [instruction] = read(row, columns=columns).instructions
    assert (instruction.text, instruction.reference) == ("1+1?", "2")


def test_a_column_whose_own_name_has_a_dot_comes_first() -> None:
    row: dict[str, object] = {"a.b": "flat", "a": {"b": "nested"}}
    assert read(row, columns=Columns(prompt="a.b")).instructions[0].text == "flat"


def test_completions_come_from_one_list_column() -> None:
    brought = read({"prompt": "?", "completions": ["yes", "no"]}, completions=True)
    assert [(c.text, c.sample) for c in brought.completions] == [("yes", 0), ("no", 1)]
    assert {c.instruction_id for c in brought.completions} == {brought.instructions[0].id}


def test_completions_come_from_several_columns_named_as_their_models() -> None:
    columns = Columns(completions=("small.text", "large.text"))
    row: dict[str, object] = {"prompt": "?", "small": {"text": "no"}, "large": {"text": "yes"}}
    brought = read(row, columns=columns, completions=True)
    assert [c.text for c in brought.completions] == ["no", "yes"]
    assert [c.provenance.model for c in brought.completions] == ["small", "large"]


def test_known_rightness_is_kept_by_completion_beside_the_records() -> None:
    columns = Columns(completions=("a", "b"), correct=("a_ok", "b_ok"))
    row: dict[str, object] = {"prompt": "?", "a": "x", "b": "y", "a_ok": True, "b_ok": False}
    brought = read(row, columns=columns, completions=True)
    assert brought.known_right == {
        brought.completions[0].id: True,
        brought.completions[1].id: False,
    }


def test_the_same_prompt_twice_is_one_instruction() -> None:
    rows = ({"prompt": "?", "completions": ["a"]}, {"prompt": "?", "completions": ["b"]})
    brought = read(*rows, completions=True)
    assert (len(brought.instructions), [c.text for c in brought.completions]) == (1, ["a"])


def test_no_more_rows_than_ordered_are_read() -> None:
    rows: list[dict[str, object]] = [{"prompt": "1"}, {"prompt": "2"}, {"broken": True}]
    assert len(read(*rows, quantity=2).instructions) == 2


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"other": "x"}, r"row 2 has no text in column 'prompt' \(got NoneType\): correct"),
        ({"prompt": "  "}, r"row 2 has no text in column 'prompt' \(got str\)"),
        ({"prompt": []}, r"row 2 has no text in column 'prompt' \(got list\)"),
        ({"prompt": 7}, r"row 2 has no text in column 'prompt' \(got int\)"),
        ({"prompt": [{"role": "boss", "content": "x"}]}, "row 2: 'prompt' holds a broken message"),
        ({"prompt": ["x"]}, "row 2: 'prompt' holds a broken message"),
    ],
)
def test_a_faulty_prompt_names_row_and_column(row: dict[str, object], message: str) -> None:
    with pytest.raises(OrderError, match=message):
        read({"prompt": "fine"}, row)


def test_a_missing_completion_column_names_the_field_to_correct() -> None:
    with pytest.raises(OrderError, match="row 1 has no column 'completions'") as caught:
        read({"prompt": "?"}, completions=True)
    assert caught.value.field == "source.columns.completions"


def test_an_empty_completion_names_row_and_column() -> None:
    with pytest.raises(OrderError, match="row 1 has no text in column 'completions'"):
        read({"prompt": "?", "completions": ["fine", ""]}, completions=True)


def test_the_limit_of_a_text_holds_on_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bring_module, "MAX_TEXT_CHARS", 5)
    assert read({"prompt": "12345"}).instructions
    with pytest.raises(OrderError, match="row 1: 'prompt' is longer than 5 characters"):
        read({"prompt": "123456"})
