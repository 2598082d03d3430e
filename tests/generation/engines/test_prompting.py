import shutil
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from generation.engines.prompting import (
    PromptError,
    label_ids,
    prompt_ids,
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
    with pytest.raises(PromptError, match=f"{length} tokens; the model takes {length - 1}"):
        prompt_ids(tokenizer, ask("1 2 3"), length)


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
