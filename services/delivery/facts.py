"""What a delivery says of itself, besides its rows."""

from pydantic import Field

from ingot.records import Model


class PromisedAgreement(Model):
    """What the order promises of the verdicts that no person looked at."""

    agreement: float = Field(ge=0, le=1)
    """They agree with people in at least this share of the cases ..."""
    confidence: float = Field(ge=0, le=1)
    """... with this probability."""


class AuditResult(Model):
    """What people said of the random sample of the judge's own verdicts."""

    items: int = Field(ge=0)
    agreement: float | None = Field(default=None, ge=0, le=1)
    """Share on which they agreed; None where nothing was audited."""
    low: float | None = None
    """Lower end of the interval at the guarantee's confidence."""
    high: float | None = None


class JudgeFacts(Model):
    """The judge, and the threshold that people's answers gave it."""

    model: str
    engine: str = ""
    calibration_id: str = ""
    calibration_items: int = 0
    """Pairs that people labelled to compute the threshold."""
    threshold: float | None = None
    """Confidence from which the judge decides alone; None where it decides nothing."""


class DeliveryFacts(Model):
    """The facts of one batch, as `quality.json` and the dataset card state them."""

    name: str
    order_id: str
    batch_id: str
    generator: str
    """The model that wrote the completions, or 'lab' where the lab brought them."""
    engine: str = ""
    judge: JudgeFacts | None = None
    """None where verifiers and people decided everything."""
    promised: PromisedAgreement | None = None
    audit: AuditResult | None = None
    drops: dict[str, int] = Field(default_factory=dict)
    """Records that curation left out, by reason."""
    licence: str = "not stated: agree it with the owner of this order before any other use"
    exclusivity: str = "delivered to the owner of this order"
