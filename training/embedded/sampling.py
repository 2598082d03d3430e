"""Batched sampling with plain transformers: enough for a model of a million parameters."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

BATCH = 256
"""Below this, a model so small spends its time in Python rather than in arithmetic."""


@dataclass(frozen=True, slots=True)
class Sampler:
    """A model that continues user messages, in batches."""

    model: LlamaForCausalLM
    tokenizer: PreTrainedTokenizerFast

    @classmethod
    def load(cls, folder: Path) -> "Sampler":
        """Read a saved model; fp32 weights with bf16 autocast are the fastest pair on a CPU."""
        model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, padding_side="left")
        return cls(model, tokenizer)

    def reply(
        self, prompts: list[str], *, temperature: float = 1.0, max_new_tokens: int = 160
    ) -> list[str]:
        """One reply to each user message; temperature 0 is greedy."""
        order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
        replies = [""] * len(prompts)
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            texts = self._continue([prompts[i] for i in chosen], temperature, max_new_tokens)
            for index, text in zip(chosen, texts, strict=True):
                replies[index] = text
        return replies

    def _continue(self, prompts: list[str], temperature: float, max_new_tokens: int) -> list[str]:
        inputs = self.encode([wrap_prompt(prompt) for prompt in prompts])
        options: dict[str, Any] = {"do_sample": False, "temperature": None}
        if temperature > 0:
            options = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
            output = self.model.generate(  # type: ignore[misc]  # transformers' own protocol
                **inputs, max_new_tokens=max_new_tokens, **options
            )
        new = output[:, inputs["input_ids"].shape[1] :]
        return [text.strip() for text in self.tokenizer.batch_decode(new, skip_special_tokens=True)]

    def encode(self, texts: list[str]) -> Any:
        """Left-padded ids and their mask."""
        return self.tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)

    def next_logprobs(self, texts: list[str]) -> torch.Tensor:
        """Log-probabilities of the token after each text, one row a text."""
        inputs = self.encode(texts)
        with torch.inference_mode():
            logits_BTV = self.model(**inputs, logits_to_keep=1).logits
        return torch.log_softmax(logits_BTV[:, -1].float(), -1)


def wrap_prompt(prompt: str) -> str:
    """The chat template's text of one user message, up to where the reply begins."""
    return f"<|user|>{prompt}<|end|><|assistant|>"
