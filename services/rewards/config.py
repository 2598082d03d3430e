"""Which judges this service has, with which engines and limits: a TOML, YAML or JSON file."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from ingot.errors import OrderError
from ingot.orders.engines import EngineTerms
from ingot.orders.read import order_error
from ingot.records import Model

MAX_ITEMS = 1_024
"""Items of one request."""
MAX_COMPLETIONS = 64
"""Of one item."""
MAX_COMPARED = 8
"""Completions of one item that are compared in pairs: 28 pairs."""
MAX_QUESTIONS = 8_192
"""Completions or pairs of one request."""
MAX_CHARS = 200_000
"""Of one item, prompt and completions together."""


class VerifierTerms(Model):
    """A program; right is 1, wrong is 0."""

    kind: Literal["verifier"]
    verifier: str = ""
    """Its name; '' takes the one that each item names."""


class PairwiseTerms(Model):
    """A model that says which of two answers is better, asked in both orders."""

    kind: Literal["pairwise"]
    engine: str
    samples: int = Field(default=1, ge=1, le=16)
    """Judgements per pair and order."""
    way: Literal["prefill", "turn", "choice"] = "prefill"
    """How the verdict is asked for; `turn` for APIs that do not continue a prefilled turn, `choice`
    for those that tell no probabilities."""
    certificate: str = ""
    """File with the certificate of a calibration; below its threshold the judge abstains. ''
    lets the judge decide all."""


class RubricTerms(Model):
    """A model that grades one answer by a rubric."""

    kind: Literal["rubric"]
    engine: str
    rubric: str
    """Name of a shipped rubric, or a file."""
    samples: int = Field(default=1, ge=1, le=16)
    """Judgements per criterion."""
    style: Literal["spaced", "bare", "turn", "choice"] = "spaced"
    max_tokens: int = Field(default=512, ge=0, le=8_192)
    """Of the reasoning before each verdict; 0 asks at once."""
    certificate: str = ""


class RewardModelTerms(Model):
    """A reward model; its engine is its own."""

    kind: Literal["reward_model"]
    model: str
    """A folder, a hub name, or the name that an endpoint serves."""
    engine: Literal["transformers", "vllm", "endpoint"] = "vllm"
    endpoint: str = ""
    """Root of the server, for engine 'endpoint'."""
    weights: tuple[float, ...] = ()
    """One for each head of a model of several attributes."""
    dtype: Literal["float32", "bfloat16"] = "float32"
    temperature: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    """Reward points of one logit, fitted to labels of your task; without that, probabilities of
    pairs are mostly far too sure."""
    certificate: str = ""
    """Of pairs; a single reward has no confidence, so with one the judge scores pairs alone."""

    @model_validator(mode="after")
    def _endpoint_where_needed(self) -> Self:
        if (self.engine == "endpoint") != bool(self.endpoint):
            raise ValueError("endpoint goes with engine 'endpoint', and only with that")
        return self


class CascadeTerms(Model):
    """Several judges; the first that can tell decides."""

    kind: Literal["cascade"]
    judges: tuple[str, ...] = Field(min_length=2)


class CombinedTerms(Model):
    """Several judges, or one that is to be calibrated: their probabilities become one."""

    kind: Literal["combined"]
    judges: tuple[str, ...] = Field(min_length=1)
    weights: tuple[float, ...] = ()
    """Of each judge's log-odds, fitted to labels of your task; () takes the mean."""
    bias: float = 0.0
    certificate: str = ""
    """Of the combination; those of its judges do not count here."""

    @model_validator(mode="after")
    def _one_weight_each(self) -> Self:
        if self.weights and len(self.weights) != len(self.judges):
            raise ValueError(f"{len(self.weights)} weights for {len(self.judges)} judges")
        return self


GroupTerms = CascadeTerms | CombinedTerms
SingleTerms = VerifierTerms | PairwiseTerms | RubricTerms | RewardModelTerms
JudgeTerms = Annotated[
    SingleTerms | GroupTerms,
    Field(discriminator="kind"),
]


class LimitTerms(Model):
    """What one key, one tenant and the service may have."""

    items_per_minute: int = Field(default=60_000, gt=0)
    """Completions or pairs of one key."""
    tokens_per_minute: int = Field(default=20_000_000, gt=0)
    """Of judges' engines, for one key."""
    requests: int = Field(default=64, gt=0)
    """Open requests of one key."""
    open_per_tenant: int = Field(default=16_384, gt=0)
    """Completions or pairs of one tenant that wait or are in flight."""
    open: int = Field(default=65_536, gt=0)
    """Those of all tenants."""

    @model_validator(mode="after")
    def _holds_a_request(self) -> Self:
        if self.open_per_tenant < MAX_QUESTIONS or self.open < self.open_per_tenant:
            raise ValueError(f"open_per_tenant must be {MAX_QUESTIONS} to `open`")
        return self


class RewardsConfig(Model):
    """The whole file."""

    engines: dict[str, EngineTerms] = Field(default_factory=dict)
    """By the names that judges use."""
    judges: dict[str, JudgeTerms] = Field(default_factory=dict)
    """By the names that labs use; the verifiers are there without being named."""
    limits: LimitTerms = LimitTerms()
    verifier_processes: int = Field(default=2, ge=1, le=64)
    sandboxes: int = Field(default=4, ge=1, le=64)
    """Programs that run at once."""
    cache: int = Field(default=20_000, ge=0)
    """Results kept, so that equal questions are asked once; 0 keeps none."""
    review_overlap: int = Field(default=1, ge=1, le=15)
    """People who answer a question that a judge abstained from."""

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for name, terms in self.judges.items():
            if isinstance(terms, PairwiseTerms | RubricTerms) and terms.engine not in self.engines:
                raise ValueError(f"judges.{name}: no engine {terms.engine!r} under engines")
        return self


def read_config(path: Path | None) -> RewardsConfig:
    """The file's content, paths in it relative to its folder; without a file the verifiers alone.

    Raises OrderError naming the field that is wrong.
    """
    if path is None:
        return RewardsConfig()
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text) if path.suffix == ".toml" else yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise OrderError(f"cannot read {path}: {error}; check INGOT_REWARDS_CONFIG") from error
    if not isinstance(data, dict):
        raise OrderError(f"{path} is no mapping of fields: see services/rewards/README.md")
    _resolve_files(data, path.parent)
    try:
        return RewardsConfig.model_validate(data)
    except ValidationError as error:
        raise order_error(error) from error


def _resolve_files(data: dict[str, Any], folder: Path) -> None:
    """Certificates are files; a rubric is one where such a file is there."""
    judges = data.get("judges")
    for terms in judges.values() if isinstance(judges, dict) else ():
        for field in ("certificate", "rubric"):
            name = terms.get(field) if isinstance(terms, dict) else None
            if isinstance(name, str) and name and (folder / name).is_file():
                terms[field] = str((folder / name).resolve())
