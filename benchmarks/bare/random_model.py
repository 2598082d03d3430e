"""A model with random weights that is large enough to cost what a real one costs."""

import shutil
from pathlib import Path
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.utils.logging import disable_progress_bar

from ingot.settings import MODELS

SIZES: dict[str, dict[str, Any]] = {
    "cpu": {"hidden_size": 128, "intermediate_size": 384, "num_hidden_layers": 2,
            "num_attention_heads": 4, "num_key_value_heads": 4},
    "cuda": {"hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32,
             "num_attention_heads": 32, "num_key_value_heads": 8},
}  # fmt: skip
"""On a GPU the body of a model of 7 billion parameters (5.9 with this small vocabulary)."""


def make_model(folder: Path, device: str, like: str) -> str:
    """Save it beside the tokenizer of an embedded model ("judge"); gives the folder."""
    disable_progress_bar()
    torch.manual_seed(0)
    config = LlamaConfig(
        **SIZES[device], vocab_size=1024, max_position_embeddings=4096, tie_word_embeddings=True,
        pad_token_id=0, eos_token_id=1, bos_token_id=None,
    )  # fmt: skip
    with torch.device(device):
        network: Any = LlamaForCausalLM(config)
    network.to(torch.bfloat16).save_pretrained(folder)
    del network
    torch.cuda.empty_cache()  # the engine wants nearly all of a GPU's memory
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(MODELS / like / name, folder / name)
    return str(folder)
