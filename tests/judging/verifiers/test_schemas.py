import json

import pytest

from judging.verifiers.schemas import check_json_schema
from judging.verifiers.workers.pool import WorkerPool

SCHEMA = {
    "type": "object",
    "properties": {"price": {"type": "number", "multipleOf": 0.01}, "name": {"type": "string"}},
    "required": ["price"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("text", "outcome", "reason"),
    [
        ('{"price": 0.07}', "right", "fits"),
        ('Here:\n```json\n{"price": 1}\n```\nDone.', "right", "fits"),
        ('```\n{"price": 1}\n```', "right", "fits"),
        ('{"price": 0.075}', "wrong", "$.price"),
        ('{"name": "a"}', "wrong", "'price' is a required property"),
        ('{"price": 1, "other": 2}', "wrong", "'other' was unexpected"),
        ("It costs 7.", "wrong", "no JSON"),
        ('{"price": 1', "wrong", "no JSON"),
        ('{"price": NaN}', "wrong", "no JSON"),
        ('{"price": 1, "price": 2}', "unsure", "written twice"),
        ('```json\n{"price": 1}\n```\n```json\n{}\n```', "unsure", "several"),
        ("[" * 100_000, "unsure", "deep"),
        ("[" * 150 + "]" * 150, "unsure", "deep"),
        ('{"price": 1e999}', "unsure", "not decided"),
        ("9" * 10_000, "unsure", "not read"),
    ],
)
async def test_json_against_its_schema(text, outcome, reason):
    found = await check_json_schema(text, json.dumps(SCHEMA))
    assert (found.outcome, reason in found.reason) == (outcome, True)


@pytest.mark.parametrize(
    "reference",
    ["", "{", '{"type": "thing"}', '{"$ref": "http://localhost:9/a.json"}', '{"$ref": "#"}', "1"],
)
async def test_an_unusable_schema_is_unsure_and_nothing_is_fetched(reference):
    assert (await check_json_schema('"a"', reference)).outcome == "unsure"


async def test_a_pattern_without_end_is_unsure():
    pool = WorkerPool(1, cpu_limit_s=0.3)
    text, schema = json.dumps("a" * 50 + "b"), json.dumps({"pattern": "^(a+)+$"})
    found = await check_json_schema(text, schema, pool)
    pool.close()
    assert (found.outcome, "timeout" in found.reason) == ("unsure", True)
