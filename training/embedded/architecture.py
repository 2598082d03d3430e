"""A Llama of about a million parameters: small enough to train on one CPU core in minutes."""

import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

CONTEXT_TOKENS = 4096
"""What it may be asked; it is trained on 512 tokens, and its rotary positions bear the rest."""
WIDTH, LAYERS, HEADS = 128, 4, 4
"""Heads of 32: the smallest that vLLM's CPU attention takes."""


def build_model(tokenizer: PreTrainedTokenizerFast, *, seed: int) -> LlamaForCausalLM:
    """A freshly initialised model over the tokenizer's vocabulary, padded to a multiple of 64."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=-(-len(tokenizer) // 64) * 64,
        hidden_size=WIDTH,
        intermediate_size=3 * WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS,
        head_dim=WIDTH // HEADS,
        max_position_embeddings=CONTEXT_TOKENS,
        # Both low for this size: at the usual 10,000 and 0.02 the model takes several times as
        # many tokens to learn to copy operands.
        rope_parameters={"rope_type": "default", "rope_theta": 1000.0},
        initializer_range=0.06,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    # Eager: the CPU's fused attention spends almost half of a step in its backward pass.
    config._attn_implementation = "eager"
    return LlamaForCausalLM(config)  # type: ignore[no-untyped-call]
