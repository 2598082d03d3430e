"""The Engine: what turns requests into completions, whatever runs behind it.

A stage takes an `Engine` and knows no vLLM. One request that fails is a `Generated` with a
`failure`, not an exception: it hurts nobody else.
"""

import hashlib
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Protocol, Self

import orjson

from ingot.records import Message, Sampling, ToolCall

FailureKind = Literal["", "too_long", "refused", "malformed", "timeout", "unavailable"]
"""too_long: the prompt does not fit; refused: the engine will never take this request; malformed:
its answer cannot be read; timeout, unavailable: it did not answer in time or at all."""
LASTING: frozenset[FailureKind] = frozenset(("too_long", "refused"))
"""Failures that asking again cannot mend."""


@dataclass(frozen=True, slots=True)
class Structured:
    """The form that the completion must have."""

    kind: Literal["json_schema", "choice", "regex", "grammar"]
    value: str
    """json_schema: the schema as JSON text; choice: a JSON list of texts; regex: the expression;
    grammar: EBNF as xgrammar reads it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One draw from a model."""

    messages: tuple[Message, ...]
    sampling: Sampling
    seed: int = 0
    """Makes the draw repeatable where the engine can; always part of the key."""
    prefill: str = ""
    """Text that the assistant's turn already begins with; the engine goes on from it."""
    logprobs: bool = False
    """Whether to return `mean_logprob`; costs vLLM on CPU about a third of its throughput."""
    labels: tuple[str, ...] = ()
    """Texts of one token each; their raw log-probability as the first generated token is wanted."""
    structured: Structured | None = None
    tools: str = ""
    """JSON list of the tools the model may call, in the OpenAI form; '' for none."""
    turn: Literal["assistant", "user"] = "assistant"
    """Whose turn the model writes; 'user' is Magpie's pre-query (arXiv 2406.08464, section 2)."""
    prompt: str = ""
    """The whole prompt as raw text, template included; then there are no messages."""
    lora: str = ""
    """Folder (local engine) or served name of an adapter; '' for none."""

    def key(self, model: str) -> str:
        """Name the draw by everything that changes its outcome."""
        content = (
            model,
            [message.model_dump_json(exclude_defaults=True) for message in self.messages],
            self.sampling.model_dump_json(),
            self.seed,
            self.prefill,
            self.logprobs,
            self.labels,
            self.structured,
            self.tools,
            self.turn,
            self.prompt,
            self.lora,
        )
        return hashlib.sha256(orjson.dumps(content)).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Generated:
    """What came back for one request."""

    text: str = ""
    finish_reason: str = ""
    """'stop' or 'length'; 'error' with a `failure`."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    mean_logprob: float | None = None
    label_logprobs: dict[str, float] = field(default_factory=dict)
    """Natural-log probability of each label as the first generated token, not renormalised."""
    failure: str = ""
    """Why there is no text; '' where there is one."""
    failure_kind: FailureKind = ""
    tool_calls: tuple[ToolCall, ...] = ()
    """The tools that the model wants called, in its order."""

    @property
    def lasting(self) -> bool:
        """Whether it failed in a way that asking again cannot mend."""
        return bool(self.failure) and self.failure_kind in LASTING


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """Which model answers."""

    name: str
    """Path or served name."""
    revision: str = ""
    """What tells versions of one name apart: given by the order, or told by the server."""
    weights_sha256: str = ""
    """Hash of weights and tokenizer, '' where they are not at hand."""
    template_sha256: str = ""
    """Hash of the chat template, '' where it is not at hand."""

    @property
    def key(self) -> str:
        """The model in the keys of its requests: another version is another key."""
        if not (self.revision or self.weights_sha256):
            return self.name
        name = "" if self.weights_sha256 else self.name
        parts = (name, self.revision, self.weights_sha256, self.template_sha256)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


class Engine(Protocol):
    """A model that can be asked."""

    @property
    def kind(self) -> str:
        """'vllm', 'openai' or 'transformers'."""
        ...

    @property
    def identity(self) -> ModelIdentity:
        """The model; complete only once the engine is started."""
        ...

    @property
    def model(self) -> str:
        """`identity.key`."""
        ...

    @property
    def capacity(self) -> int:
        """How many requests in flight keep it busy; may change while it works."""
        ...

    async def generate(self, request: Request) -> Generated:
        """Answer one request; raises ModelError only when the engine itself is gone."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
