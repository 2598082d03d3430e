"""What a delivery says of itself, besides its rows."""

from pydantic import Field

from ingot.records import Model


class PromisedAgreement(Model):
    """What the order promises of the verdicts that no person looked at."""

    agreement: float = Field(ge=0, le=1)
    """They agree with people in at least this share of the cases ..."""
    confidence: float = Field(ge=0, le=1)
    """... with this probability."""


class Delay(Model):
    """How soon the audit finds a broken promise."""

    disagreement: float
    """Where people disagree with the judge in this share of the cases ..."""
    items: int | None
    """... this many audited items are enough in 90 % of all audits; None: more than 20,000."""


class DriftResult(Model):
    """One check for drift."""

    subject: str
    """prompts, judge or people."""
    name: str
    statistic: float
    material: float
    """Size of the statistic from which a change matters."""
    p_value: float
    threshold: float
    """What the p-value had to reach, with all checks of the order taken into account."""
    before: int
    after: int
    verdict: str
    """stable or drifting."""
    reason: str


class AuditResult(Model):
    """What people said of the random sample of the judge's own verdicts."""

    items: int = Field(ge=0)
    agreement: float | None = Field(default=None, ge=0, le=1)
    """Share on which they agreed; None where nothing was audited."""
    low: float | None = None
    """Lower end of the interval at the guarantee's confidence."""
    high: float | None = None
    method: str = "exact"
    """What the interval was made by: 'exact' counts, or 'prediction_powered' inference."""
    exact: tuple[float, float] | None = None
    prediction_powered: tuple[float, float] | None = None
    at_every_look: tuple[float, float] | None = None
    """The confidence sequence: right at every number of audited items at once."""
    alarm: bool = False
    """Whether the audit broke the promise; people then decided everything."""
    alarm_items: int | None = None
    """After how many audited items of the order."""
    detects: tuple[Delay, ...] = ()
    """Stated beforehand: how soon an alarm comes."""


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
    drift: tuple[DriftResult, ...] = ()
    drops: dict[str, int] = Field(default_factory=dict)
    """Records that curation left out, by reason."""
    licence: str = "not stated: agree it with the owner of this order before any other use"
    exclusivity: str = "delivered to the owner of this order"
