import pyarrow as pa
import pytest
from pydantic import ValidationError

from ingot.records import (
    Completion,
    Instruction,
    JudgeKind,
    Judgment,
    Message,
    Pair,
    Preference,
    Provenance,
    Sampling,
)
from ingot.tables import arrow_schema, from_table

USER = Message(role="user", content="What is 1 + 1?")
ANSWER = Message(role="assistant", content="#### 2")


def test_same_content_has_the_same_id_whatever_its_provenance() -> None:
    plain = Instruction(messages=(USER,), reference="2", verifier="answer")
    traced = Instruction(
        messages=(USER,), reference="2", verifier="answer", provenance=Provenance(order_id="ord_1")
    )
    assert plain.id == traced.id
    assert plain.id.startswith("ins_")


def test_changed_content_has_another_id() -> None:
    assert Instruction(messages=(USER,)).id != Instruction(messages=(USER,), reference="2").id


def test_an_id_that_does_not_match_the_content_is_refused() -> None:
    with pytest.raises(ValidationError, match="does not match the content"):
        Instruction(id="ins_000000000000000000000000", messages=(USER,))


def test_records_are_frozen_and_refuse_unknown_fields() -> None:
    record = Instruction(messages=(USER,))
    with pytest.raises(ValidationError):
        record.domain = "x"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="Extra inputs"):
        Instruction.model_validate({"messages": [USER], "topic": "maths"})


@pytest.mark.parametrize(
    "record",
    [
        Instruction(messages=(USER,), difficulty=0.5),
        Completion(
            instruction_id="ins_1",
            messages=(ANSWER,),
            mean_logprob=-0.5,
            provenance=Provenance(sampling=Sampling(stop=("x",)), parents=("a", "b"), seed=3),
        ),
        Judgment(subject_id="cmp_1", kind=JudgeKind.PERSON, judge="r-1", verdict="right"),
        Pair(instruction_id="ins_1", a_id="a", b_id="b", prompt=(USER,), a=(ANSWER,), b=(ANSWER,)),
        Preference(
            prompt=(USER,),
            chosen=(ANSWER,),
            rejected=(USER,),
            source=JudgeKind.VERIFIER,
            confidence=1,
        ),
    ],
    ids=lambda record: type(record).__name__,
)
def test_every_record_survives_the_way_through_columns(record: Instruction) -> None:
    rows = [record.model_dump(mode="json")] * 2
    table = pa.Table.from_pylist(rows, schema=arrow_schema(type(record)))
    assert table.schema == arrow_schema(type(record))
    assert from_table(type(record), table) == [record, record]
