"""The order itself: every term of it, and the states that its batches pass."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from ingot.orders.engines import EngineTerms, GenerationTerms, JudgeTerms
from ingot.orders.review import ReviewTerms
from ingot.orders.sources import Source
from ingot.records import Model


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
    ACCEPTED = "accepted"
    """The lab took it; so on in orders under contract."""
    PARTLY_ACCEPTED = "partly_accepted"
    REJECTED = "rejected"
    SETTLED = "settled"
    """What was accepted is invoiced, what was not is made up for or credited."""
    CANCELLED = "cancelled"


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
    kind: Literal["preference", "instruction", "evaluation", "trajectory"] = "preference"
    """What is delivered. The whole line makes preferences; `ingot generate` makes any of them."""
    quantity: int = Field(gt=0, le=10_000_000)
    """Instructions to generate or take before curation."""
    source: Source
    generation: GenerationTerms = GenerationTerms()
    verifier: Literal["answer", ""] = "answer"
    """answer: programs check what instructions name a verifier for; '': none does."""
    judge: JudgeTerms = JudgeTerms()
    guarantee: Guarantee = Guarantee()
    review: ReviewTerms = ReviewTerms()
    curation: CurationTerms = CurationTerms()
    delivery: DeliveryTerms = DeliveryTerms()
    training: TrainingTerms = TrainingTerms()
    seed: int = Field(default=0, ge=0, lt=2**31)

    @model_validator(mode="after")
    def _endpoint_where_needed(self) -> "OrderSpec":
        for field, terms in self.engines():
            remote = terms.engine in ("openai", "openai_batch")
            if remote and not terms.endpoint.startswith(("http://", "https://")):
                raise ValueError(
                    f"{field}.endpoint must be an http(s) URL for engine '{terms.engine}'"
                )
        return self

    def engines(self) -> Iterator[tuple[str, EngineTerms]]:
        """Every model that the order has asked, with the field that names it."""
        yield "generation", self.generation
        yield "judge", self.judge
        for role, terms in self.generation.roles.items():
            for index, each in enumerate(terms):
                yield f"generation.roles.{role}.{index}", each
