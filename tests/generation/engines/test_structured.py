import sys
from typing import Any

import orjson
import pytest
import torch
from transformers import AutoTokenizer

from generation.engines.chat_template import PromptError
from generation.engines.structured import Grammars, check_structured
from ingot.engine import Request, Structured
from ingot.records import Message, Sampling
from ingot.settings import MODELS

VOCABULARY = 1024
END = 1


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return AutoTokenizer.from_pretrained(MODELS / "generator")


@pytest.fixture(scope="module")
def grammars(tokenizer: Any) -> Grammars:
    return Grammars(tokenizer, VOCABULARY)


def ask(kind: str, value: str, **options: Any) -> Request:
    structured = Structured(kind, value)  # type: ignore[arg-type]
    messages = (Message(role="user", content="?"),)
    return Request(messages, Sampling(), structured=structured, **options)


def keeps(tokenizer: Any, grammars: Grammars, structured: Structured, text: str) -> bool:
    """Whether the whole text passes the masks, token by token, and may end there."""
    matcher = grammars.matcher(structured, [END])
    for token in [*tokenizer.encode(text, add_special_tokens=False), END]:
        logits_BV = torch.zeros(1, VOCABULARY)
        dead = grammars.mask(logits_BV, [matcher])
        if dead or logits_BV[0, token].isinf():
            return False
        matcher.accept_token(token)
    return True


SCHEMA = orjson.dumps(
    {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"enum": ["x", "y"]}},
        "required": ["a", "b"],
        "additionalProperties": False,
    }
).decode()


@pytest.mark.parametrize(
    ("kind", "value", "text", "expected"),
    [
        ("json_schema", SCHEMA, '{"a":1,"b":"x"}', True),
        ("json_schema", SCHEMA, '{"a":1}', False),
        ("json_schema", SCHEMA, '{"a":1, "b":"x"}x', False),
        ("json_schema", SCHEMA, '{ "a":1,"b":"x"}', False),
        ("regex", "[0-9]{2}", "12", True),
        ("regex", "[0-9]{2}", "1", False),
        ("regex", "[0-9]{2}", "123", False),
        ("choice", '["good", "not good"]', "not good", True),
        ("choice", '["good", "not good"]', "bad", False),
        ("choice", '["a\\"b\\\\n\\n", "é→"]', 'a"b\\n\n', True),
        ("choice", '["a\\"b\\\\n\\n", "é→"]', "é→", True),
        ("grammar", 'root ::= "a" root | "b"', "aab", True),
        ("grammar", 'root ::= "a" root | "b"', "aa", False),
    ],
)
def test_only_what_keeps_the_form_can_be_written(
    tokenizer: Any, grammars: Grammars, kind: Any, value: str, text: str, expected: bool
) -> None:
    assert keeps(tokenizer, grammars, Structured(kind, value), text) is expected


def test_rows_without_a_form_are_left_alone(grammars: Grammars) -> None:
    matcher = grammars.matcher(Structured("regex", "[0-9]"), [END])
    logits_BV = torch.zeros(2, VOCABULARY)
    assert grammars.mask(logits_BV, [None, matcher]) == []
    assert not logits_BV[0].isinf().any()
    assert 0 < (~logits_BV[1].isinf()).sum() < 20


def test_a_form_that_no_text_keeps_is_reported_for_its_row(grammars: Grammars) -> None:
    nothing = grammars.matcher(Structured("regex", r"[^\s\S]"), [END])
    assert grammars.mask(torch.zeros(2, VOCABULARY), [None, nothing]) == [1]


@pytest.mark.parametrize(
    ("kind", "value"),
    [("json_schema", '{"type":"nothing"}'), ("regex", "((("), ("grammar", "root ::= missing")],
)
def test_a_form_that_cannot_be_compiled_is_refused(
    grammars: Grammars, kind: Any, value: str
) -> None:
    with pytest.raises(PromptError, match=f"no answer can be held to this {kind}: ") as raised:
        grammars.matcher(Structured(kind, value), [END])
    assert "cpp" not in str(raised.value)


@pytest.mark.parametrize("value", ["nothing", "{}", "[]", "[1]"])
def test_a_choice_is_a_list_of_texts(value: str) -> None:
    with pytest.raises(PromptError, match="choice wants a JSON list of texts"):
        check_structured(ask("choice", value))


@pytest.mark.parametrize(
    ("schema", "word"),
    [
        ('{"type":"integer","multipleOf":3}', "multipleOf"),
        ('{"properties":{"a":{"type":["number","null"],"multipleOf":3}}}', "multipleOf"),
        ('{"items":[{"type":"array","uniqueItems":true}]}', "uniqueItems"),
        ('{"allOf":[{},{}]}', "allOf of several"),
    ],
)
def test_a_schema_word_that_would_be_read_over_is_refused(schema: str, word: str) -> None:
    with pytest.raises(PromptError, match=f"asks for {word}, which grammars cannot keep"):
        check_structured(ask("json_schema", schema))


@pytest.mark.parametrize(
    "request_",
    [
        ask("json_schema", SCHEMA),
        ask("json_schema", '{"properties":{"contains":{"type":"string"}}}'),
        ask("json_schema", '{"allOf":[{}]}'),
        ask("regex", "x"),
        ask("choice", '["a"]'),
        Request((), Sampling()),
    ],
)
def test_forms_that_can_be_kept_pass(request_: Request) -> None:
    check_structured(request_)


def test_a_schema_that_is_no_json_is_refused() -> None:
    with pytest.raises(PromptError, match="the schema is no JSON"):
        check_structured(ask("json_schema", "{"))


def test_labels_and_a_form_exclude_each_other() -> None:
    with pytest.raises(PromptError, match="ask for one of them"):
        check_structured(ask("choice", '["A", "B"]', labels=("A", "B")))


def test_without_xgrammar_the_remedy_is_named(
    tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xgrammar", None)
    with pytest.raises(PromptError, match="pip install xgrammar"):
        Grammars(tokenizer, VOCABULARY)
