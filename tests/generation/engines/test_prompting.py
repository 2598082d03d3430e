import shutil
from pathlib import Path
from typing import Any

import pytest
from tokenizers.processors import TemplateProcessing
from transformers import AutoTokenizer

from generation.engines.chat_template import PromptError
from generation.engines.prompting import (
    label_ids,
    prompt_ids,
    refusal,
    require_model,
    weights_sha256,
)
from ingot.engine import Request
from ingot.errors import ModelError
from ingot.records import Message, Sampling
from ingot.settings import MODELS

GENERATOR = MODELS / "generator"


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return AutoTokenizer.from_pretrained(GENERATOR)


def ask(text: str, prefill: str = "") -> Request:
    return Request((Message(role="user", content=text),), Sampling(), prefill=prefill)


def test_a_prompt_is_rendered_with_the_template_and_the_prefill(tokenizer: Any) -> None:
    plain = tokenizer.decode(prompt_ids(tokenizer, ask("1+1?"), 512))
    filled = tokenizer.decode(prompt_ids(tokenizer, ask("1+1?", "It is"), 512))
    messages = [{"role": "user", "content": "1+1?"}]
    assert plain == tokenizer.apply_chat_template(
        messages, tokenize=False, add_generation_prompt=True
    )
    assert filled == plain + "It is"


def test_a_prompt_has_to_leave_room_for_one_token(tokenizer: Any) -> None:
    length = len(prompt_ids(tokenizer, ask("1 2 3"), 512))
    assert len(prompt_ids(tokenizer, ask("1 2 3"), length + 1)) == length
    with pytest.raises(PromptError, match=f"{length} tokens; the model takes {length - 1}") as said:
        prompt_ids(tokenizer, ask("1 2 3"), length)
    assert refusal(said.value).failure_kind == "too_long"


def test_a_raw_prompt_gets_the_start_token_once() -> None:
    tokenizer = AutoTokenizer.from_pretrained(GENERATOR)
    tokenizer.bos_token = "<|system|>"
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="<|system|> $A", special_tokens=[("<|system|>", 2)]
    )
    for prompt in ("Once", "<|system|>Once"):
        ids = prompt_ids(tokenizer, Request((), Sampling(), prompt=prompt), 512)
        assert tokenizer.decode(ids) == "<|system|>Once"
    assert tokenizer.decode(prompt_ids(tokenizer, ask("Once"), 512)).startswith("<|user|>")


def test_a_tokenizer_file_that_cuts_or_pads_does_not_touch_the_prompt() -> None:
    tokenizer = AutoTokenizer.from_pretrained(GENERATOR)
    whole = prompt_ids(tokenizer, ask("1 2 3 4 5 6"), 512)
    tokenizer = AutoTokenizer.from_pretrained(GENERATOR)
    tokenizer.backend_tokenizer.enable_truncation(4)
    tokenizer.backend_tokenizer.enable_padding(length=64)
    assert prompt_ids(tokenizer, ask("1 2 3 4 5 6"), 512) == whole


def test_a_prompt_without_tokens_is_refused() -> None:
    bare = AutoTokenizer.from_pretrained(GENERATOR)
    bare.chat_template = "{{ messages[0].content }}"
    with pytest.raises(PromptError, match="the prompt has no tokens"):
        prompt_ids(bare, Request((), Sampling(), turn="user"), 512)


def test_a_label_is_the_one_token_after_the_prefill(tokenizer: Any) -> None:
    found = label_ids(tokenizer, "Verdict: ", ("A", "B"))
    assert {name: tokenizer.decode([token]) for name, token in found.items()} == {
        "A": "A",
        "B": "B",
    }
    assert label_ids(tokenizer, "Verdict: ", ()) == {}


def test_a_label_of_several_tokens_is_refused(tokenizer: Any) -> None:
    with pytest.raises(PromptError, match=r"label 'a b c' is not one token after 'Verdict: '"):
        label_ids(tokenizer, "Verdict: ", ("a b c",))


def test_the_hash_changes_with_weights_or_tokenizer(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(GENERATOR, tmp_path / "model"))
    assert weights_sha256(str(copy)) == weights_sha256(str(GENERATOR))
    (copy / "MODEL_CARD.md").write_text("other")
    assert weights_sha256(str(copy)) == weights_sha256(str(GENERATOR))
    with (copy / "tokenizer.json").open("a") as file:
        file.write(" ")
    assert weights_sha256(str(copy)) != weights_sha256(str(GENERATOR))


def test_a_name_that_is_no_folder_has_no_hash() -> None:
    assert weights_sha256("org/model") == ""


@pytest.mark.parametrize("path", ["/no/model", "./no", "../no", "~/no"])
def test_a_path_without_a_model_is_refused(path: str) -> None:
    with pytest.raises(ModelError, match=r"no model at .*config\.json"):
        require_model(path)


@pytest.mark.parametrize("name", ["org/model", "served-name", str(GENERATOR)])
def test_names_and_model_folders_pass(name: str) -> None:
    require_model(name)
