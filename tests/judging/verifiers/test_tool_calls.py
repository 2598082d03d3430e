import json

import pytest

from judging.verifiers.tools.calls import ToolCall, UnreadableCallsError, read_calls
from judging.verifiers.tools.tool_calls import check_tool_calls

FUNCTIONS = [
    {
        "name": "geo.area",
        "parameters": {
            "type": "dict",
            "properties": {
                "base": {"type": "integer"},
                "height": {"type": "float"},
                "unit": {"type": "string"},
                "box": {"type": "dict"},
            },
            "required": ["base", "height"],
        },
    },
    {"type": "function", "function": {"name": "play", "parameters": {"properties": {}}}},
]
AREA = {"geo.area": {"base": [10], "height": [5, 5.5], "unit": ["square cm", ""]}}
OTHER = {"geo.area": {"base": [1], "height": [2]}}


def reference(*possible, functions=FUNCTIONS, **options):
    return json.dumps({"functions": functions, "possible": list(possible), **options})


def outcome(text, *possible, **options):
    return check_tool_calls(text, reference(*possible, **options)).outcome


PLAIN = '{"name": "geo.area", "arguments": {"base": 10, "height": 5}}'
FORMS = [
    "[geo.area(base=10, height=5)]",
    "geo.area(base=10, height=5)",
    "```python\ngeo.area(base=10, height=5)\n```",
    f"I will call it.\n<tool_call>{PLAIN}</tool_call>",
    PLAIN,
    '[{"function": {"name": "geo.area", "arguments": "{\\"base\\": 10, \\"height\\": 5}"}}]',
    f'{{"tool_calls": [{PLAIN}]}}',
]


@pytest.mark.parametrize("text", FORMS)
def test_a_call_is_read_in_each_form(text):
    assert read_calls(text) == [ToolCall("geo.area", {"base": 10, "height": 5})]
    assert outcome(text, AREA) == "right"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[geo.area(base=10, height=6)]", "height has another value"),
        ("[geo.area(base=10.0, height=5)]", "base has another value"),
        ("[geo.area(base=True, height=5)]", "base has another value"),
        ("[geo.area(base=10)]", "height is missing"),
        ("[geo.area(base=10, height=5, depth=1)]", "depth is not expected"),
        ("[geo.area(base=10, height=5, unit='m')]", "unit has another value"),
        ("[play()]", "play is called instead of geo.area"),
        ("[geo.area(base=10, height=5), play()]", "2 calls instead of 1"),
        ("I cannot do that.", "0 calls instead of 1"),
    ],
)
def test_a_damaged_call_is_wrong(text, reason):
    found = check_tool_calls(text, reference(AREA))
    assert (found.outcome, found.reason) == ("wrong", reason)


@pytest.mark.parametrize(
    "text",
    [
        "[geo.area(base=10, height=5.5, unit='Square-CM')]",
        "[geo_area(base=10, height=5)]",
    ],
)
def test_what_is_allowed_is_right(text):
    assert outcome(text, AREA) == "right"


def test_parallel_calls_may_come_in_any_order_unless_it_counts():
    first, second = "geo.area(base=10, height=5)", "geo.area(base=1, height=2)"
    assert outcome(f"[{second}, {first}]", AREA, OTHER) == "right"
    assert outcome(f"[{first}, {second}]", AREA, OTHER, ordered=True) == "right"
    assert outcome(f"[{second}, {first}]", AREA, OTHER, ordered=True) == "wrong"
    assert outcome(f"[{first}, {first}]", AREA, OTHER) == "wrong"


def test_calls_are_paired_even_where_the_first_choice_is_taken():
    loose = {"geo.area": {"base": [1, 10], "height": [2, 5]}}
    text = "[geo.area(base=1, height=2), geo.area(base=10, height=5)]"
    assert outcome(text, loose, OTHER) == "right"


def test_objects_and_lists_are_compared_inside():
    boxed = {"geo.area": {"base": [1], "height": [2], "box": [{"w": [3], "h": [4, ""]}]}}
    assert outcome("[geo.area(base=1, height=2, box={'w': 3})]", boxed) == "right"
    assert outcome("[geo.area(base=1, height=2, box={'w': 4})]", boxed) == "wrong"
    assert outcome("[geo.area(base=1, height=2, box={'h': 4})]", boxed) == "wrong"


def test_irrelevance_asks_for_no_call_and_relevance_for_some():
    assert outcome("None of my tools can do that.") == "right"
    assert outcome("[play()]") == "wrong"
    some = json.dumps({"functions": FUNCTIONS, "possible": "any"})
    assert check_tool_calls("[play()]", some).outcome == "right"
    assert check_tool_calls("No.", some).reason == "no call is made"
    assert check_tool_calls("[geo.area(base='x', height=1)]", some).outcome == "wrong"


def test_a_parameter_may_be_named_like_a_word_of_python():
    assert read_calls("[f(from=1, to='from = 2')]") == [
        ToolCall("f", {"from": 1, "to": "from = 2"})
    ]


@pytest.mark.parametrize(
    "text",
    [
        "<tool_call>{}",
        "<tool_call>no</tool_call>",
        "<function=f><parameter=a>1</parameter></function>",
        "[geo.area(10, 5)]",
        "[geo.area(base=10, height=",
        "[f(**{'a': 1})]",
        "[f(" + "(" * 5_000 + ")]",
        '{"name": "f", "arguments": "{"}',
        "[" + "f(), " * 60 + "f()]",
        "x" * 100_001,
    ],
)
def test_calls_nobody_can_read_are_unsure(text):
    with pytest.raises(UnreadableCallsError):
        read_calls(text)
    assert outcome(text, AREA) == "unsure"


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "[]",
        json.dumps({"functions": FUNCTIONS}),
        reference({"no_such": {}}),
        reference({"geo.area": {"base": [10]}}),
        reference({"geo.area": {"base": [10], "height": []}}),
        reference({"geo.area": {"base": 10, "height": [5]}}),
        reference(["cd(folder='a')"], functions=[]),
        reference(AREA, more=1),
    ],
)
def test_an_unusable_reference_is_unsure(wanted):
    assert check_tool_calls("[geo.area(base=10, height=5)]", wanted).outcome == "unsure"


def test_ground_truth_of_bfcl_is_right_and_with_a_call_left_out_wrong(shared_data):
    counts = {"right": 0, "wrong": 0, "unsure": 0}
    for row in shared_data("4_verifiable/bfcl_v4").to_dicts():
        if row["category"] not in ("parallel", "live_parallel", "parallel_multiple"):
            continue
        possible, functions = json.loads(row["ground_truth"]), json.loads(row["function"])
        calls = [
            {"name": name, "arguments": {k: v[0] for k, v in values.items() if v[0] != ""}}
            for call in possible
            for name, values in call.items()
        ]
        if any(isinstance(a, dict) for call in calls for a in call["arguments"].values()):
            continue
        wanted = reference(*possible, functions=functions)
        counts[check_tool_calls(json.dumps(calls), wanted).outcome] += 1
        assert check_tool_calls(json.dumps(calls[1:]), wanted).outcome == "wrong"
    assert counts["right"] == sum(counts.values()) > 150
