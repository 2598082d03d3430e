"""The child process that holds vLLM: reads requests from a pipe, steps the engine, sends answers.

It ends when the pipe ends, so it never outlives its parent, not even after a kill -9.

Per-request seeds work on CPU only while prefills are never split (a split prefill rewinds the
generator, which CPU generators cannot do), hence `enable_chunked_prefill=False` there.
"""

import os
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from transformers import AutoConfig
from vllm import LLM, SamplingParams
from vllm.exceptions import VLLMClientError
from vllm.inputs import tokens_input
from vllm.lora.request import LoRARequest
from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

from generation.engines.chat_template import NO_ENDS, Ends, PromptError
from generation.engines.prompting import refusal
from generation.engines.structured import DEAD_END, choices, refused_form
from generation.engines.tool_calls import Spoken, read_answer
from generation.engines.vllm_reader import Prepared, Reader
from ingot.engine import Generated, Request, Structured

CPU_PREFILL_TOKENS = 8192
"""Prompt tokens of one step on CPU; longer prompts are refused rather than split."""

LORA_PER_STEP = 4
"""Adapters that share one step; further ones wait their turn."""
LORA_MAX_RANK = 64
"""Memory is set aside for it in each of them; few adapters are wider."""

SEND_INTERVAL_S = 0.1
"""Answers travel together for so long, or until a quarter of a full step is done: each message
wakes the parent, which costs vLLM's core about 4 % if it is done after every step. The queue of
waiting requests, as long as a full step, bridges the pause."""


def load(options: dict[str, Any]) -> LLM:
    """Start vLLM with the settings that suit the device."""
    cpu = options["device"] == "cpu"
    arguments: dict[str, Any] = {
        "model": options["model"],
        "max_num_seqs": options["max_num_seqs"],
        "seed": options["seed"],
        "disable_log_stats": True,
        # Named, because 'auto' may choose a second backend for a schema that the first one, which
        # serves them all, then reads otherwise.
        "structured_outputs_config": {"backend": "xgrammar", "disable_any_whitespace": True},
    }
    if options.get("lora"):
        arguments |= {
            "enable_lora": True,
            "max_loras": LORA_PER_STEP,
            "max_lora_rank": LORA_MAX_RANK,
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


@dataclass(frozen=True, slots=True)
class Asked:
    """What the answer to a request has to be read with."""

    request: Request | None
    labels: dict[str, int]


NOTHING_ASKED = Asked(None, {})


class Child:
    """The loop around one engine."""

    def __init__(self, pipe: Connection, llm: LLM) -> None:
        self.pipe, self.llm = pipe, llm
        self.engine = llm.llm_engine
        self.max_model_len = llm.llm_engine.model_config.max_model_len
        self.enough = self.engine.vllm_config.scheduler_config.max_num_seqs // 4
        self.special: dict[str, Asked] = {}
        self.adapters: dict[str, LoRARequest] = {}
        self.reader = Reader(pipe, llm.get_tokenizer(), self.max_model_len, portion=self.enough)

    def run(self) -> None:
        """Serve until the parent closes the pipe."""
        self.pipe.send(self.max_model_len)
        self.reader.start()
        said: list[tuple[int, Generated]] = []
        next_send_s = 0.0
        while True:
            busy = self.engine.has_unfinished_requests()
            due = len(said) >= self.enough or time.monotonic() >= next_send_s
            if said and (due or not busy):
                self.pipe.send(said)
                said, next_send_s = [], time.monotonic() + SEND_INTERVAL_S
            said += self.receive(wait=not busy)
            said += [self.answer(o) for o in self.engine.step() if o.finished]

    def receive(self, *, wait: bool) -> list[tuple[int, Generated]]:
        """Queue what has arrived; gives the answers to requests that were refused."""
        arrived = self.reader.take(wait=wait)
        answers = (self.add(each) if isinstance(each, Prepared) else each for each in arrived)
        return [answer for answer in answers if answer is not None]

    def add(self, prepared: Prepared) -> tuple[int, Generated] | None:
        """Queue a request; one that vLLM cannot take comes back at once as a failure."""
        request = prepared.request
        try:
            self.submit(str(prepared.number), prepared)
        except PromptError as error:
            return prepared.number, refusal(error)
        except (VLLMClientError, ValueError) as error:
            why = f"vLLM refuses the request: {error}"
            if request.structured is not None:
                why = refused_form(request.structured, str(error))
            return prepared.number, refusal(PromptError(why))
        return None

    def submit(self, name: str, prepared: Prepared) -> None:
        """Hand a request to vLLM; raises where it cannot be taken."""
        request, labels = prepared.request, prepared.labels
        used = len(prepared.ids)
        self.engine.add_request(
            name,
            tokens_input(prepared.ids),
            self.parameters(request, list(labels.values()), used, prepared.ends),
            lora_request=self.adapter(request.lora) if request.lora else None,
        )
        if labels or request.tools or request.structured:
            self.special[name] = Asked(request, labels)

    def parameters(
        self, request: Request, label_tokens: list[int], used: int, ends: Ends = NO_ENDS
    ) -> SamplingParams:
        """Translate the sampling of a request."""
        sampling = request.sampling
        return SamplingParams(
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            top_k=sampling.top_k,
            min_p=sampling.min_p,
            presence_penalty=sampling.presence_penalty,
            frequency_penalty=sampling.frequency_penalty,
            repetition_penalty=sampling.repetition_penalty,
            max_tokens=min(sampling.max_tokens, self.max_model_len - used),
            stop=[*sampling.stop, *ends.texts] or None,
            stop_token_ids=list(ends.ids) or None,
            seed=request.seed,
            logprobs=0 if request.logprobs and not label_tokens else None,
            logprob_token_ids=label_tokens or None,
            structured_outputs=_form(request.structured) if request.structured else None,
            output_kind=RequestOutputKind.FINAL_ONLY,
        )

    def adapter(self, folder: str) -> LoRARequest:
        """The adapter in this folder, loaded before a step can stumble over it."""
        if self.engine.vllm_config.lora_config is None:
            raise PromptError("this engine takes no adapters: make it with lora=True")
        if folder not in self.adapters:
            found = LoRARequest(folder, len(self.adapters) + 1, folder)
            try:
                self.engine.add_lora(found)
            except Exception as error:
                raise PromptError(f"cannot load the adapter {folder}: {error}") from error
            self.adapters[folder] = found
        return self.adapters[folder]

    def answer(self, output: Any) -> tuple[int, Generated]:
        """Turn vLLM's output into ours."""
        draw = output.outputs[0]
        asked = self.special.pop(output.request_id, NOTHING_ASKED)
        if draw.finish_reason not in ("stop", "length"):
            return int(output.request_id), _failed(draw.finish_reason, asked.request)
        tokens = len(draw.token_ids)
        first = draw.logprobs[0] if asked.labels and draw.logprobs else {}
        total = draw.cumulative_logprob
        spoken = self.spoken(draw, asked.request)
        return int(output.request_id), Generated(
            text=spoken.text,
            finish_reason=draw.finish_reason,
            prompt_tokens=len(output.prompt_token_ids),
            completion_tokens=tokens,
            mean_logprob=min(total / tokens, 0.0) if tokens and total is not None else None,
            label_logprobs={n: first[t].logprob for n, t in asked.labels.items() if t in first},
            tool_calls=spoken.calls,
        )

    def spoken(self, draw: Any, request: Request | None) -> Spoken:
        """The answer's text and the calls in it."""
        if request is None or not request.tools:
            return Spoken(draw.text)
        return read_answer(
            self.llm.get_tokenizer(), draw.token_ids, draw.text, request.sampling.stop
        )


def _form(structured: Structured) -> StructuredOutputsParams:
    """The form in vLLM's words."""
    if structured.kind == "choice":
        return StructuredOutputsParams(choice=choices(structured))
    if structured.kind == "json_schema":
        return StructuredOutputsParams(json=structured.value)
    if structured.kind == "regex":
        return StructuredOutputsParams(regex=structured.value)
    return StructuredOutputsParams(grammar=structured.value)


def _failed(reason: str | None, request: Request | None) -> Generated:
    """VLLM ended the request by itself: its form has a dead end, or something broke inside."""
    if request is not None and request.structured is not None:
        return refusal(PromptError(refused_form(request.structured, DEAD_END)))
    return refusal(PromptError(f"vLLM ended the request with {reason!r}", "unavailable"))


def main() -> None:
    """Load the model that the parent names and serve it."""
    pipe = Connection(int(sys.argv[1]))
    try:
        Child(pipe, load(pipe.recv())).run()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        os._exit(0)  # the parent is gone; vLLM's own clean-up has nobody to report to


if __name__ == "__main__":
    main()
