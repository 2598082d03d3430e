"""The order: what a lab asks for, one schema for REST, the command line and files.

`read_order` reads YAML or JSON and raises an `OrderError` that names the field, its value and the
remedy. Nothing here knows how an order is carried out.
"""

from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from ingot.errors import OrderError
from ingot.records import Model, Sampling


class BatchState(StrEnum):
    """The states of a batch, in the order in which it passes them."""

    PLANNED = "planned"
    GENERATING = "generating"
    JUDGING = "judging"
    CALIBRATING = "calibrating"
    """People answer the random sample that the judge's threshold is computed from."""
    IN_REVIEW = "in_review"
    """People answer what the judge cannot be trusted on, and the audit sample."""
    ASSEMBLING = "assembling"
    DELIVERED = "delivered"
    FAILED = "failed"


class Columns(Model):
    """Where the fields stand in a lab's file; a dotted name reaches into a nested column."""

    prompt: str = "prompt"
    """A text, or a list of messages."""
    reference: str = "reference"
    completions: tuple[str, ...] = ("completions",)
    """One column that holds a list of texts, or several columns that hold one text each."""
    correct: tuple[str, ...] = ()
    """Known rightness of the completions, in the same order. Read for the report and by simulated
    reviewers; no judge, router or filter sees it."""


class Source(Model):
    """Where the prompts, and perhaps the completions, come from."""

    recipe: Literal["write_instructions", "prompts", "completions"]
    """write_instructions: the model writes new ones; prompts: the lab brings prompts; completions:
    the lab brings prompts with completions."""
    path: str = ""
    """JSONL or Parquet of the lab's prompts or completions; relative to the order file."""
    columns: Columns = Columns()
    families: tuple[str, ...] = ()
    """write_instructions: the task families to write; empty means all that the recipe knows."""
    unverified_families: tuple[str, ...] = ()
    """Families whose answers no program may check: judge and people decide them."""

    @model_validator(mode="after")
    def _path_where_needed(self) -> "Source":
        if self.recipe != "write_instructions" and not self.path:
            raise ValueError(f"recipe '{self.recipe}' needs a path to a JSONL or Parquet file")
        return self


class GenerationTerms(Model):
    """Which model writes, and how."""

    model: str = "embedded"
    """'embedded', a local path, or the name that an OpenAI-compatible server gives the model."""
    engine: Literal["vllm", "openai", "transformers"] = "vllm"
    endpoint: str = ""
    """Base URL of an OpenAI-compatible server, for engine 'openai' (http://host:8000/v1)."""
    completions_per_instruction: int = Field(default=4, ge=2, le=256)
    record_logprobs: bool = False
    """Whether each completion carries its mean log-probability; slows generation."""
    sampling: Sampling = Sampling(max_tokens=96)


class JudgeTerms(Model):
    """Which model judges pairs, where no verifier can."""

    model: str = "embedded-judge"
    """'embedded-judge', a local path, or a served name."""
    engine: Literal["vllm", "openai", "transformers"] = "vllm"
    endpoint: str = ""
    pairs_per_instruction: int = Field(default=1, ge=1, le=16)
    samples: int = Field(default=1, ge=1, le=16)
    """Judgements per pair and order; several are averaged, which tempers overconfidence."""


class Guarantee(Model):
    """The promise about the verdicts that no person looked at.

    With probability `confidence` they agree with people in at least `agreement` of the cases.
    """

    agreement: float = Field(default=0.85, gt=0.5, lt=1)
    confidence: float = Field(default=0.9, gt=0.5, lt=1)
    calibration_items: int = Field(default=150, ge=0)
    """Randomly drawn pairs that people label first, to compute the threshold."""
    audit_share: float = Field(default=0.05, ge=0, le=1)
    """Random share of what was auto-accepted that goes to people too."""


class ReviewTerms(Model):
    """Who answers."""

    reviewers: Literal["people", "simulated"] = "people"
    """simulated: programs answer through the same API, marked as simulated in every record."""
    simulated_accuracy: float = Field(default=0.97, ge=0, le=1)
    """Share of the simulated answers that equal the known truth."""
    overlap: int = Field(default=1, ge=1, le=15)
    """Answers per task."""


class CurationTerms(Model):
    """What is dropped."""

    near_duplicate_similarity: float = Field(default=0.8, gt=0, le=1)
    """Jaccard similarity of word shingles above which two prompts count as near-duplicates."""
    semantic_similarity: float = Field(default=0.97, gt=0, le=1)
    """Cosine similarity of prompt embeddings above which two prompts count as the same."""
    decontaminate_against: tuple[str, ...] = ()
    """Benchmarks to keep out: JSONL or Parquet with a `prompt` or `question`, or 'held_out'."""
    ngram: int = Field(default=13, ge=2, le=50)
    """Words in a row shared with a benchmark prompt that count as contamination; 13 as in Brown et
    al. 2020, appendix C (arXiv 2005.14165)."""


class DeliveryTerms(Model):
    """Where the batch goes."""

    uri: str = ""
    """file:// or s3:// folder; empty means the platform's own store."""


class TrainingTerms(Model):
    """The proof: one round of training on the delivered set."""

    method: Literal["none", "sft", "dpo"] = "none"
    model: str = "embedded"
    held_out: str = "held_out"
    """'held_out' (the embedded model's) or a JSONL of `prompt`, `reference`."""
    samples_per_prompt: int = Field(default=4, ge=1, le=64)
    learning_rate: float | None = Field(default=None, gt=0)
    """None means 4e-4 for sft and 2e-4 for dpo, which suit the embedded model."""
    epochs: float = Field(default=3, gt=0)

    @property
    def effective_learning_rate(self) -> float:
        """The rate that training uses; at 4e-4 preference training already loses accuracy."""
        return self.learning_rate or (2e-4 if self.method == "dpo" else 4e-4)


class OrderSpec(Model):
    """What a lab orders."""

    schema_version: Literal[1] = 1
    name: str = Field(min_length=1, max_length=120)
    kind: Literal["preference"] = "preference"
    quantity: int = Field(gt=0, le=10_000_000)
    """Instructions to generate or take before curation."""
    source: Source
    generation: GenerationTerms = GenerationTerms()
    verifier: Literal["answer", ""] = "answer"
    """The program that checks an answer where a reference is known; '' for none."""
    judge: JudgeTerms = JudgeTerms()
    guarantee: Guarantee = Guarantee()
    review: ReviewTerms = ReviewTerms()
    curation: CurationTerms = CurationTerms()
    delivery: DeliveryTerms = DeliveryTerms()
    training: TrainingTerms = TrainingTerms()
    seed: int = Field(default=0, ge=0, lt=2**31)

    @model_validator(mode="after")
    def _endpoint_where_needed(self) -> "OrderSpec":
        for field, terms in (("generation", self.generation), ("judge", self.judge)):
            if terms.engine == "openai" and not terms.endpoint.startswith(("http://", "https://")):
                raise ValueError(f"{field}.endpoint must be an http(s) URL for engine 'openai'")
        return self


def parse_order(data: Any) -> OrderSpec:
    """Validate a parsed order; the first fault becomes an OrderError with its field."""
    if not isinstance(data, dict):
        raise OrderError(f"an order is a mapping of fields, not {type(data).__name__}")
    try:
        return OrderSpec.model_validate(data)
    except ValidationError as error:
        raise order_error(error) from error


def order_error(error: ValidationError) -> OrderError:
    """Put pydantic's first fault into one sentence: field, value, what is allowed."""
    fault = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return OrderError(f"unknown field '{field}': remove it or check its spelling", field)
    value = fault["input"]
    shown = f" (got {value!r})" if isinstance(value, str | int | float | bool) else ""
    return OrderError(f"{field or 'order'}: {fault['msg']}{shown}", field)


def read_order(path: Path) -> OrderSpec:
    """Read an order file; paths inside it become absolute, relative to the file's folder."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise OrderError(f"no order file at {path}: check the path") from error
    except OSError as error:
        raise OrderError(f"cannot read {path}: {error.strerror}; name a readable file") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise OrderError(f"{path} is neither YAML nor JSON: {error}") from error
    _resolve_paths(data, path.parent)
    return parse_order(data)


def _resolve_paths(data: Any, folder: Path) -> None:
    """Make the relative file names of an order file absolute, in place."""
    if not isinstance(data, dict):
        return
    source, curation, training = (data.get(part) for part in ("source", "curation", "training"))
    if isinstance(training, dict) and isinstance(training.get("held_out"), str):
        training["held_out"] = _absolute(training["held_out"], folder)
    if isinstance(source, dict) and isinstance(source.get("path"), str):
        source["path"] = _absolute(source["path"], folder)
    if isinstance(curation, dict) and isinstance(curation.get("decontaminate_against"), list):
        curation["decontaminate_against"] = [
            _absolute(str(name), folder) for name in curation["decontaminate_against"]
        ]


def _absolute(name: str, folder: Path) -> str:
    """Leave names and URIs alone; join what looks like a relative file."""
    looks_like_file = name.endswith((".jsonl", ".json", ".parquet"))
    if not looks_like_file or "://" in name or Path(name).is_absolute():
        return name
    return str((folder / name).resolve())
