import json
from typing import Any

import pytest
from transformers import AutoTokenizer

from generation.engines.chat_template import NO_ENDS, Ends, PromptError, prompt_text, user_ends
from ingot.engine import Request
from ingot.records import Message, Sampling, ToolCall, Turn
from ingot.settings import MODELS

LLAMA3 = (
    "<|begin_of_text|>{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n"
    "{{ m.content | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
QWEN = (
    "{% if tools %}<|im_start|>system\nTools:{% for t in tools %}\n{{ t | tojson }}{% endfor %}"
    "<|im_end|>\n{% elif messages[0].role != 'system' %}<|im_start|>system\nYou help.<|im_end|>\n"
    "{% endif %}{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}"
    "{% for c in m.tool_calls or [] %}<tool_call>{{ c.function | tojson }}</tool_call>{% endfor %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
GEMMA = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}"
    "{% endif %}{% for m in messages %}<start_of_turn>{{ m.role }}\n{{ m.content }}"
    "<end_of_turn>\n{% endfor %}"
)
MISTRAL = (
    "<s>{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }}[/INST]"
    "{% elif m.role == 'tool' %}[RESULT {{ m.tool_call_id }} {{ m.name }}]{{ m.content }}"
    "{% else %}{% for c in m.tool_calls %}{% if c.id | length != 9 %}"
    "{{ raise_exception('ids of length 9!') }}{% endif %}[{{ c.id }}]{% endfor %}"
    "{% endif %}{% endfor %}"
)
TOOLS = json.dumps([{"type": "function", "function": {"name": "weather", "parameters": {}}}])


def tokenizer_with(template: str | None) -> Any:
    tokenizer = AutoTokenizer.from_pretrained(MODELS / "generator")
    tokenizer.chat_template = template
    return tokenizer


def ask(*turns: Message, **options: Any) -> Request:
    return Request(turns, Sampling(), **options)


USER = Message(role="user", content="Hello")
SYSTEM = Message(role="system", content="Be brief.")


@pytest.mark.parametrize(
    ("template", "prefix"),
    [
        (LLAMA3, "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n"),
        (QWEN, "<|im_start|>system\nYou help.<|im_end|>\n<|im_start|>user\n"),
        (GEMMA, "<start_of_turn>user\n"),
        (MISTRAL, "<s>[INST] "),
    ],
)
def test_the_pre_query_is_what_stands_before_the_users_words(template: str, prefix: str) -> None:
    assert prompt_text(tokenizer_with(template), ask(turn="user")) == prefix


def test_the_pre_query_follows_earlier_turns_and_takes_a_prefill() -> None:
    answer = Message(role="assistant", content="Hi")
    request = ask(SYSTEM, USER, answer, turn="user", prefill="How")
    text = prompt_text(tokenizer_with(QWEN), request)
    assert text.startswith("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHello")
    assert text.endswith("<|im_start|>assistant\nHi<|im_end|>\n<|im_start|>user\nHow")


@pytest.mark.parametrize(
    ("template", "ends"),
    [
        (QWEN, Ends(texts=("<|im_end|>",))),
        (LLAMA3, Ends(texts=("<|eot_id|><|start_header_id|>assistant<|end_header_id|>",))),
        (MISTRAL, Ends(texts=("[/INST]",))),
        ("USER: {{ messages[0].content }} ASSISTANT:", Ends(texts=("ASSISTANT:",))),
        ("{{ messages[0].content }}", NO_ENDS),
    ],
)
def test_a_users_turn_ends_at_the_text_behind_it(template: str, ends: Ends) -> None:
    assert user_ends(tokenizer_with(template)) == ends


def test_a_users_turn_ends_at_the_special_token_behind_it() -> None:
    tokenizer = AutoTokenizer.from_pretrained(MODELS / "generator")
    assert user_ends(tokenizer) == Ends(ids=(tokenizer.convert_tokens_to_ids("<|end|>"),))


def test_a_template_without_the_users_words_has_no_pre_query() -> None:
    with pytest.raises(PromptError, match="leaves out the user's words: give the pre-query text"):
        prompt_text(tokenizer_with("fixed"), ask(turn="user"))


def test_a_model_without_template_is_told_the_remedy() -> None:
    with pytest.raises(PromptError, match=r"generator has no chat template: put a chat_template"):
        prompt_text(tokenizer_with(None), ask(USER))


def test_a_template_that_refuses_a_system_turn_is_named() -> None:
    match = r"the chat template of .*generator refuses a system turn \(System role not supported\)"
    with pytest.raises(PromptError, match=match):
        prompt_text(tokenizer_with(GEMMA), ask(SYSTEM, USER))


@pytest.mark.parametrize("turns", [(USER,), (SYSTEM, USER)])
def test_another_refusal_repeats_what_the_template_says(turns: tuple[Message, ...]) -> None:
    tokenizer = tokenizer_with("{{ raise_exception('no such turns') }}")
    with pytest.raises(PromptError, match=r"refuses these turns \(TemplateError: no such turns\)"):
        prompt_text(tokenizer, ask(*turns))


def test_a_template_that_breaks_fails_the_request_alone() -> None:
    with pytest.raises(PromptError, match="refuses these turns"):
        prompt_text(tokenizer_with("{{ messages[0].content + 5 }}"), ask(USER))


def test_a_template_that_ignores_tools_is_refused() -> None:
    with pytest.raises(PromptError, match="ignores tools: use the 'prompted' tool protocol"):
        prompt_text(tokenizer_with(LLAMA3), ask(USER, tools=TOOLS))


def test_tools_reach_the_template() -> None:
    assert '"weather"' in prompt_text(tokenizer_with(QWEN), ask(USER, tools=TOOLS))


@pytest.mark.parametrize("tools", ["no json", '{"name": "f"}', "[1]"])
def test_tools_that_are_no_list_of_objects_are_refused(tools: str) -> None:
    with pytest.raises(PromptError, match="tools are no JSON"):
        prompt_text(tokenizer_with(QWEN), ask(USER, tools=tools))


def test_an_empty_request_is_refused() -> None:
    with pytest.raises(PromptError, match="the request is empty"):
        prompt_text(tokenizer_with(QWEN), ask())


def test_a_raw_prompt_passes_by_the_template() -> None:
    assert prompt_text(tokenizer_with(None), ask(prompt="Once", prefill=" upon")) == "Once upon"


def agent(arguments: str = '{"town":"Bern"}') -> list[Message]:
    calls = tuple(ToolCall(id=i, name="weather", arguments=arguments) for i in ("a", "b"))
    return [
        USER,
        Turn(role="assistant", content="", tool_calls=calls),
        Turn(role="tool", content="sun", tool_call_id="b"),
        Turn(role="assistant", content="", tool_calls=(calls[0],)),
        Turn(role="tool", content="rain", tool_call_id="a"),
    ]


def test_the_arguments_of_a_call_reach_the_template_as_an_object() -> None:
    call = '<tool_call>{"name": "weather", "arguments": {"town": "Bern"}}</tool_call>'
    assert prompt_text(tokenizer_with(QWEN), ask(*agent())).count(call) == 3


def test_calls_get_ids_that_every_template_takes_and_results_refer_to_them() -> None:
    text = prompt_text(tokenizer_with(MISTRAL), ask(*agent()))
    assert "[call00000][call00001][RESULT call00001 weather]sun" in text
    assert "[call00002][RESULT call00002 weather]rain" in text


def test_arguments_that_are_no_json_are_refused() -> None:
    with pytest.raises(PromptError, match="the arguments of the call 'a' are no JSON"):
        prompt_text(tokenizer_with(QWEN), ask(*agent("no json")))
