"""A real reward model in a minute: the embedded generator with a head, trained on right and wrong.

Loss: -log sigmoid(s_right - s_wrong) (Bradley-Terry; InstructGPT, arXiv 2203.02155, eq. 1). The
tasks are the embedded models' own, those held out kept out: no public set fits a vocabulary of
1,024 tokens and a million parameters.
"""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import torch
from torch.nn.functional import logsigmoid
from transformers import AutoTokenizer, LlamaForSequenceClassification
from transformers.utils.logging import disable_progress_bar, set_verbosity_error

from generation.verifiable.families import FAMILIES
from generation.verifiable.held_out import draw_training_task
from generation.verifiable.misconceptions import respond_wrongly
from ingot.settings import MODELS

STEPS, PAIRS, RATE = 200, 32, 1e-3
"""Optimiser steps, pairs of each, and the highest learning rate (one cycle)."""


def train_reward_model(folder: Path, seed: int) -> str:
    """Train and save; gives the folder."""
    disable_progress_bar()
    set_verbosity_error()  # that the head is new is known
    torch.manual_seed(seed)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # two that wait for each other take five times the CPU here
    base = MODELS / "generator"
    tokenizer = AutoTokenizer.from_pretrained(base, padding_side="right")
    network = LlamaForSequenceClassification.from_pretrained(
        base, num_labels=1, dtype=torch.float32
    )
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=STEPS)
    for texts in _batches(tokenizer, seed):
        inputs = tokenizer(texts, padding=True, add_special_tokens=False, return_tensors="pt")
        right, wrong = network(**inputs).logits[:, 0].chunk(2)
        optimiser.zero_grad()
        (-logsigmoid(right - wrong).mean()).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
    torch.set_num_threads(threads)
    network.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(base / name, folder / name)
    return str(folder)


def _batches(tokenizer: Any, seed: int) -> Iterator[Sequence[str]]:
    """Right conversations first, then the wrong ones of the same tasks."""
    rng = Random(seed)
    for _ in range(STEPS):
        tasks = [draw_training_task(rng.choice(tuple(FAMILIES)), rng) for _ in range(PAIRS)]
        right = [(task.text, task.worked.text) for task in tasks]
        wrong = [(task.text, respond_wrongly(task, rng)) for task in tasks]
        yield [_conversation(tokenizer, *each) for each in right + wrong]


def _conversation(tokenizer: Any, prompt: str, answer: str) -> str:
    turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
    text: str = tokenizer.apply_chat_template(turns, tokenize=False)
    return text
