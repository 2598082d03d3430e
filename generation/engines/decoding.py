"""The batched decoding loop of the fallback engine: rows in, answers out.

Each row draws from its own seeded uniforms, so what a request gets does not depend on the batch it
fell into (up to the rounding of the matrix products). Axes: B rows, T prompt tokens, V vocabulary.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from transformers import DynamicCache

from generation.engines.chat_template import Ends, PromptError
from generation.engines.prompting import refusal
from generation.engines.sampler import Penalties, draw, penalises
from generation.engines.structured import DEAD_END, Grammars, refused_form
from generation.engines.tool_calls import Spoken, read_answer
from ingot.engine import Generated, Request

STOP_CHECK_STEPS = 8
"""How often unfinished rows are decoded to look for stop texts."""


class Row:
    """One request in a batch."""

    def __init__(
        self,
        request: Request,
        ids: list[int],
        *,
        limit: int,
        ends: Ends,
        labels: dict[str, int],
        matcher: Any | None,
    ) -> None:
        self.request, self.ids, self.labels, self.matcher = request, ids, labels, matcher
        self.budget = min(request.sampling.max_tokens, limit - len(ids))
        self.ends = frozenset(ends.ids)
        self.stops = (*request.sampling.stop, *ends.texts)
        self.tokens: list[int] = []
        self.finish = ""
        self.failure = ""
        self.total_logprob = 0.0
        self.label_logprobs: dict[str, float] = {}

    def uniforms(self, steps: int) -> torch.Tensor:
        """The row's own random numbers, one per step, the same in every batch."""
        return torch.from_numpy(np.random.default_rng(self.request.seed).random(steps))

    def take(self, token: int, logprob: float) -> None:
        """Append a drawn token."""
        self.tokens.append(token)
        self.total_logprob += logprob
        if self.matcher is not None:
            self.matcher.accept_token(token)
        if token in self.ends:
            self.finish = "stop"
        elif len(self.tokens) >= self.budget:
            self.finish = "length"

    def fail(self) -> None:
        """End the row: its form allows no further token."""
        assert self.request.structured is not None
        self.finish, self.failure = "error", refused_form(self.request.structured, DEAD_END)

    def look_for_stop(self, tokenizer: Any) -> None:
        """End the row where a stop text has been written."""
        text = tokenizer.decode(self.tokens, skip_special_tokens=True)
        if any(stop in text for stop in self.stops):
            self.finish = "stop"

    def answer(self, tokenizer: Any) -> Generated:
        """What the row says, cut at its stop text."""
        if self.failure:
            return refusal(PromptError(self.failure))
        text = tokenizer.decode(self.tokens, skip_special_tokens=True)
        cuts = [text.index(stop) for stop in self.stops if stop in text]
        spoken = Spoken(text[: min(cuts)] if cuts else text)
        if self.request.tools:
            spoken = read_answer(tokenizer, self.tokens, spoken.text, self.stops)
        mean = self.total_logprob / max(len(self.tokens), 1)
        return Generated(
            text=spoken.text,
            finish_reason="stop" if cuts else self.finish,
            prompt_tokens=len(self.ids),
            completion_tokens=len(self.tokens),
            mean_logprob=min(mean, 0.0) if self.request.logprobs else None,
            label_logprobs=self.label_logprobs,
            tool_calls=spoken.calls,
        )


@torch.inference_mode()
def decode(network: Any, tokenizer: Any, rows: Sequence[Row], grammars: Grammars | None) -> None:
    """Draw tokens for all rows together until each has ended."""
    samplings = [row.request.sampling for row in rows]
    steps = max(row.budget for row in rows)
    uniform_BS = torch.stack([row.uniforms(steps) for row in rows]).to(network.device)
    penalties = None
    logits = _Logits(network, rows)
    for step in range(steps):
        logits_BV = logits.next()
        if step == 0:
            _note_labels(rows, logits_BV)
            if any(penalises(sampling) for sampling in samplings):
                penalties = Penalties(samplings, [row.ids for row in rows], logits_BV)
        if grammars is not None:
            _mask(grammars, rows, logits_BV)
        shown_BV = penalties.apply(logits_BV) if penalties else logits_BV
        drawn_B = draw(shown_BV, samplings, uniform_BS[:, step])
        chosen_B = logits_BV.gather(1, drawn_B[:, None])[:, 0] - logits_BV.logsumexp(-1)
        for row, token, logprob in _unfinished(rows, drawn_B, chosen_B):
            row.take(token, logprob)
            if not row.finish and row.stops and step % STOP_CHECK_STEPS == 0:
                row.look_for_stop(tokenizer)
        if all(row.finish for row in rows):
            return
        logits.append(drawn_B)
        if penalties:
            penalties.note(drawn_B)


class _Logits:
    """The network's next logits for a batch of rows, padded on the left."""

    def __init__(self, network: Any, rows: Sequence[Row]) -> None:
        self._network = network
        width = max(len(row.ids) for row in rows)
        shape = (2, len(rows), width)
        self._ids_BT, self._mask_BT = torch.zeros(shape, dtype=torch.long, device=network.device)
        for index, row in enumerate(rows):
            self._ids_BT[index, width - len(row.ids) :] = torch.tensor(row.ids)
            self._mask_BT[index, width - len(row.ids) :] = 1
        self._positions_BT = (self._mask_BT.cumsum(1) - 1).clamp(min=0)
        self._cache = DynamicCache(config=network.config)

    def next(self) -> torch.Tensor:
        said = self._network(
            input_ids=self._ids_BT,
            attention_mask=self._mask_BT,
            position_ids=self._positions_BT,
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits_BV: torch.Tensor = said.logits[:, -1].float()
        return logits_BV

    def append(self, drawn_B: torch.Tensor) -> None:
        self._ids_BT = drawn_B[:, None]
        self._mask_BT = torch.cat([self._mask_BT, torch.ones_like(drawn_B)[:, None]], dim=1)
        self._positions_BT = self._positions_BT[:, -1:] + 1


def _mask(grammars: Grammars, rows: Sequence[Row], logits_BV: torch.Tensor) -> None:
    """Forbid what the grammars of unfinished rows do not allow."""
    matchers = [None if row.finish else row.matcher for row in rows]
    for row in grammars.mask(logits_BV, matchers):
        rows[row].fail()


def _unfinished(
    rows: Sequence[Row], drawn_B: torch.Tensor, chosen_B: torch.Tensor
) -> Iterator[tuple[Row, int, float]]:
    for row, token, logprob in zip(rows, drawn_B.tolist(), chosen_B.tolist(), strict=True):
        if not row.finish:
            yield row, token, logprob


def _note_labels(rows: Sequence[Row], logits_BV: torch.Tensor) -> None:
    """Keep the asked log-probabilities of the first position."""
    if not any(row.labels for row in rows):
        return
    for row, logprobs_V in zip(rows, torch.log_softmax(logits_BV, -1), strict=True):
        row.label_logprobs = {name: float(logprobs_V[t]) for name, t in row.labels.items()}
