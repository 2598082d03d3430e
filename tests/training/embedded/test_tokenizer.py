import pytest
from transformers import PreTrainedTokenizerFast

from training.embedded.examples import PROMPT_WEIGHT, encode_rows
from training.embedded.sampling import wrap_prompt
from training.embedded.tokenizer import train_tokenizer

TEXT = 'What is 38 + 65?\nCount: {"city": "Oslo"}, 07:45 → ünïcode'


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return train_tokenizer([TEXT, "Verdict: A", "Verdict: B"] * 30, vocabulary_size=400)


def test_texts_survive_the_round_trip(tokenizer: PreTrainedTokenizerFast) -> None:
    for text in (TEXT, "never seen: ¿qué? 12,345", "  two  spaces\n\n"):
        assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False)) == text


def test_digits_and_lone_letters_stand_alone(tokenizer: PreTrainedTokenizerFast) -> None:
    assert [len(piece) for piece in tokenizer.tokenize("2026")] == [1] * 4
    for label in ("A", "B"):
        assert tokenizer.tokenize(f"Verdict: {label}")[-1] == label


def test_template_marks_what_the_assistant_says(tokenizer: PreTrainedTokenizerFast) -> None:
    messages = [{"role": "user", "content": "Hi 1"}, {"role": "assistant", "content": "Yo 2"}]
    encoded = tokenizer.apply_chat_template(
        messages, return_dict=True, return_assistant_tokens_mask=True
    )
    said = [i for i, m in zip(encoded["input_ids"], encoded["assistant_masks"], strict=True) if m]
    assert tokenizer.decode(said) == "Yo 2<|end|>"


def test_template_and_sampler_write_the_same_prompt(tokenizer: PreTrainedTokenizerFast) -> None:
    messages = [{"role": "user", "content": TEXT}]
    written = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert written == wrap_prompt(TEXT)


def test_examples_match_the_template_and_weigh_the_focus(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    messages = [
        {"role": "user", "content": "Hi 1"},
        {"role": "assistant", "content": "Verdict: A"},
    ]
    row = {"messages": messages, "focus": "A", "focus_weight": 40.0}
    example = encode_rows([row], tokenizer)[0]
    assert example.ids == tokenizer.apply_chat_template(messages, return_dict=True)["input_ids"]
    assert example.weights[0] == PROMPT_WEIGHT
    assert example.weights[-2:] == [40.0, 1.0]
