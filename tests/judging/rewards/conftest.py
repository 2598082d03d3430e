"""Small reward models with random weights, saved to a folder as a trainer would save them."""

import shutil

import pytest
import torch
from transformers import LlamaConfig, LlamaForSequenceClassification

from ingot.records import Message
from ingot.settings import MODELS

JUDGE = MODELS / "judge"


@pytest.fixture(scope="session")
def make_reward_model(tmp_path_factory):
    """A folder with a Llama of two layers over the embedded judge's tokenizer."""

    def build(heads=1, **changes):
        torch.manual_seed(heads)
        settings = dict(
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=2,
            vocab_size=1024,
            max_position_embeddings=256,
            initializer_range=0.3,  # wide, so that each token moves the score
            num_labels=heads,
            pad_token_id=0,
            eos_token_id=1,
            bos_token_id=None,
        )
        network = LlamaForSequenceClassification(LlamaConfig(**settings | changes))
        folder = tmp_path_factory.mktemp("reward_model")
        network.save_pretrained(folder)
        for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
            shutil.copy(JUDGE / name, folder / name)
        return str(folder)

    return build


@pytest.fixture(scope="session")
def reward_folder(make_reward_model):
    return make_reward_model()


@pytest.fixture(scope="session")
def talk():
    """A conversation of one question and its answer."""

    def build(answer, prompt="What is 12 + 30?"):
        return (Message(role="user", content=prompt), Message(role="assistant", content=answer))

    return build
