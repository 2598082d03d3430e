"""The child process that holds vLLM: reads requests from a pipe, steps the engine, sends answers.

It ends when the pipe ends, so it never outlives its parent, not even after a kill -9.

Per-request seeds work on CPU only while prefills are never split (a split prefill rewinds the
generator, which CPU generators cannot do), hence `enable_chunked_prefill=False` there.
"""

import os
import select
import sys
import time
from multiprocessing.connection import Connection
from typing import Any

from transformers import AutoConfig
from vllm import LLM, SamplingParams
from vllm.inputs import TokensPrompt
from vllm.sampling_params import RequestOutputKind

from generation.engines.prompting import PromptError, label_ids, prompt_ids
from ingot.engine import Generated, Request

CPU_PREFILL_TOKENS = 8192
"""Prompt tokens of one step on CPU; longer prompts are refused rather than split."""

SEND_INTERVAL_S = 0.05
"""Answers travel together for this long: each message wakes the parent, which costs vLLM's core
about 4 % if it is done after every step. The queue of waiting requests bridges the pause."""


def load(options: dict[str, Any]) -> LLM:
    """Start vLLM with the settings that suit the device."""
    cpu = options["device"] == "cpu"
    arguments: dict[str, Any] = {
        "model": options["model"],
        "max_num_seqs": options["max_num_seqs"],
        "seed": options["seed"],
        "disable_log_stats": True,
    }
    if options["max_model_len"]:
        arguments["max_model_len"] = options["max_model_len"]
    if cpu:
        arguments |= {
            "dtype": "float32",
            "enforce_eager": True,
            "distributed_executor_backend": "uni",
            "enable_chunked_prefill": False,
            "max_num_batched_tokens": CPU_PREFILL_TOKENS,
            "max_model_len": options["max_model_len"] or _cpu_model_len(options["model"]),
        }
    return LLM(**arguments)


def _cpu_model_len(model: str) -> int:
    """The model's own limit, as far as its prompts can be taken whole."""
    positions = getattr(AutoConfig.from_pretrained(model), "max_position_embeddings", None)
    return min(positions or CPU_PREFILL_TOKENS, CPU_PREFILL_TOKENS)


class Child:
    """The loop around one engine."""

    def __init__(self, pipe: Connection, llm: LLM) -> None:
        self.pipe, self.llm = pipe, llm
        self.engine = llm.llm_engine
        self.tokenizer = llm.get_tokenizer()
        self.max_model_len = llm.llm_engine.model_config.max_model_len
        self.labels: dict[str, dict[str, int]] = {}
        self.last_prompt: tuple[object, list[int]] = (None, [])
        self.poller = select.poll()  # Connection.poll makes a new selector each time
        self.poller.register(pipe.fileno(), select.POLLIN)

    def run(self) -> None:
        """Serve until the parent closes the pipe."""
        self.pipe.send(self.max_model_len)
        said: list[tuple[int, Generated]] = []
        next_send_s = 0.0
        while True:
            busy = self.engine.has_unfinished_requests()
            if said and (not busy or time.monotonic() >= next_send_s):
                self.pipe.send(said)
                said, next_send_s = [], time.monotonic() + SEND_INTERVAL_S
            said += self.receive(wait_ms=0 if busy else None)
            said += [self.answer(o) for o in self.engine.step() if o.finished]

    def receive(self, wait_ms: int | None) -> list[tuple[int, Generated]]:
        """Queue what the parent has sent; gives the answers to requests that were refused."""
        refused = []
        while self.poller.poll(wait_ms):
            refused += [a for n, r in self.pipe.recv() if (a := self.add(n, r)) is not None]
            wait_ms = 0
        return refused

    def add(self, number: int, request: Request) -> tuple[int, Generated] | None:
        """Queue a request; one that the model cannot take comes back at once as a failure."""
        try:
            ids = self.ids(request)
            labels = label_ids(self.tokenizer, request.prefill, request.labels)
        except PromptError as error:
            return number, Generated(finish_reason="error", failure=str(error))
        if labels:
            self.labels[str(number)] = labels
        parameters = self.parameters(request, list(labels.values()), len(ids))
        self.engine.add_request(str(number), TokensPrompt(prompt_token_ids=ids), parameters)
        return None

    def ids(self, request: Request) -> list[int]:
        """The prompt's tokens; draws of one prompt come in a row, so the last one is kept."""
        prompt = (request.messages, request.prefill)
        if prompt != self.last_prompt[0]:
            self.last_prompt = prompt, prompt_ids(self.tokenizer, request, self.max_model_len)
        return self.last_prompt[1]

    def parameters(self, request: Request, label_tokens: list[int], used: int) -> SamplingParams:
        """Translate the sampling of a request."""
        sampling = request.sampling
        return SamplingParams(
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            max_tokens=min(sampling.max_tokens, self.max_model_len - used),
            stop=list(sampling.stop) or None,
            seed=request.seed,
            logprobs=0 if request.logprobs and not label_tokens else None,
            logprob_token_ids=label_tokens or None,
            output_kind=RequestOutputKind.FINAL_ONLY,
        )

    def answer(self, output: Any) -> tuple[int, Generated]:
        """Turn vLLM's output into ours."""
        draw = output.outputs[0]
        tokens = len(draw.token_ids)
        labels = self.labels.pop(output.request_id, {})
        first = draw.logprobs[0] if labels and draw.logprobs else {}
        total = draw.cumulative_logprob
        mean = min(total / tokens, 0.0) if tokens and total is not None else None
        return int(output.request_id), Generated(
            text=draw.text,
            finish_reason=draw.finish_reason or "",
            prompt_tokens=len(output.prompt_token_ids),
            completion_tokens=tokens,
            mean_logprob=mean,
            label_logprobs={name: first[t].logprob for name, t in labels.items() if t in first},
        )


def main() -> None:
    """Load the model that the parent names and serve it."""
    pipe = Connection(int(sys.argv[1]))
    try:
        Child(pipe, load(pipe.recv())).run()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        os._exit(0)  # the parent is gone; vLLM's own clean-up has nobody to report to


if __name__ == "__main__":
    main()
