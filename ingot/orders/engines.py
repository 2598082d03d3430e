"""Which models an order has asked, where, how, and for what money."""

from typing import Literal, Self

from pydantic import Field, model_validator

from ingot.records import Model, Sampling

EngineName = Literal["vllm", "openai", "openai_batch", "transformers"]


class Price(Model):
    """What an endpoint asks for its tokens."""

    usd_per_million_prompt_tokens: float = Field(ge=0)
    usd_per_million_completion_tokens: float = Field(ge=0)


class Limits(Model):
    """What an endpoint may be asked for."""

    requests_per_minute: int | None = Field(default=None, gt=0)
    tokens_per_minute: int | None = Field(default=None, gt=0)
    """Prompt and completion tokens together."""
    max_usd: float | None = Field(default=None, gt=0)
    """The most that one run may cost; needs a price."""


class EngineTerms(Model):
    """Which model is asked, and where."""

    model: str = "embedded"
    """'embedded', a local path, or the name that an OpenAI-compatible server gives the model."""
    engine: EngineName = "vllm"
    """openai_batch: an endpoint's batch API, which takes up to a day and half the price."""
    endpoint: str = ""
    """Base URL of an OpenAI-compatible server, for engine 'openai' (http://host:8000/v1)."""
    api_key_env: str = Field(default="", pattern=r"^([A-Z][A-Z0-9_]*_API_KEY)?$")
    """Environment variable of the worker that holds the endpoint's key, such as OPENAI_API_KEY."""
    credential: str = Field(default="", pattern=r"^(crd_[0-9a-f]{32})?$")
    """Id of the endpoint's key, where the lab gave it to the platform (POST /v1/credentials)."""
    revision: str = ""
    """Tells versions of a model apart that an endpoint serves under one name."""
    adapters: bool = False
    """vllm: whether requests may name LoRA adapters; costs some memory."""
    price: Price | None = None
    limits: Limits | None = None

    @model_validator(mode="after")
    def _foreign_key_only(self) -> Self:
        if self.api_key_env.startswith("INGOT_"):
            raise ValueError("api_key_env may not name a secret of the platform (INGOT_...)")
        if self.credential and self.api_key_env:
            raise ValueError("name credential or api_key_env, not both")
        return self

    @model_validator(mode="after")
    def _price_where_needed(self) -> Self:
        if self.limits and self.limits.max_usd and not self.price:
            raise ValueError("limits.max_usd needs a price: give usd_per_million_... of both kinds")
        return self


class GenerationTerms(EngineTerms):
    """Which model writes, and how."""

    completions_per_instruction: int = Field(default=4, ge=2, le=256)
    record_logprobs: bool = False
    """Whether each completion carries its mean log-probability; slows generation."""
    sampling: Sampling = Sampling(max_tokens=96)
    roles: dict[str, tuple[EngineTerms, ...]] = Field(default_factory=dict)
    """Further models that recipes ask, by role: judge, user, committee (several)."""


class JudgeTerms(EngineTerms):
    """Which model judges pairs, where no verifier can."""

    model: str = "embedded-judge"
    """'embedded-judge', a local path, or a served name."""
    pairs_per_instruction: int = Field(default=1, ge=1, le=16)
    samples: int = Field(default=1, ge=1, le=16)
    """Judgements per pair and order; several are averaged, which tempers overconfidence."""
