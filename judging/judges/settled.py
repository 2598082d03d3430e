"""What several replies to one question come to, and the judgment that is made of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingot.engine import Engine
from ingot.records import JudgeKind, Judgment, Provenance, Sampling
from judging.draws import draw_integer
from judging.judges.asking import Reply
from judging.judges.forms import Form, Style, make_form
from judging.judges.labels import Reading, average

RATIONALE_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Settled:
    """One outcome of several replies."""

    reading: Reading | None
    """The mean of the usable readings, None where there is none."""
    verdict: str
    """Without a reading '' after a failure, 'unsure' where the judge did not want to answer."""
    rationale: str
    agreement: float | None = None
    """Share of the usable replies that say the likeliest label; None for a single one."""
    p: float | None = None
    """Probability of the likeliest label; None where a single text is all there is."""
    label_mass: float | None = None
    tokens: int = 0


def settle(replies: Sequence[Reply]) -> Settled:
    """Average what is usable, or say why nothing is."""
    usable = [r.reading for r in replies if r.reading is not None and r.reading.usable]
    tokens = sum(reply.tokens for reply in replies)
    if not usable:
        return refuse(replies)
    reading = average(usable)
    votes = sum(each.best == reading.best for each in usable)
    said_once = reading.mass is None and len(usable) == 1
    return Settled(
        reading,
        verdict="",
        rationale=next((r.reasoning for r in replies if r.reading), "").strip()[:RATIONALE_CHARS],
        agreement=votes / len(usable) if len(replies) > 1 else None,
        p=None if said_once else reading.p,
        label_mass=reading.mass,
        tokens=tokens,
    )


def refuse(replies: Sequence[Reply]) -> Settled:
    """Say why there is no reading: a failure where there was one, else an unsure judge."""
    failure = next((reply.failure for reply in replies if reply.failure), "")
    masses = [r.reading.mass for r in replies if r.reading and r.reading.mass is not None]
    lowest = min(masses, default=0.0)
    return Settled(
        None,
        verdict="" if failure else "unsure",
        rationale=failure or f"only {lowest:.3f} of the probability was on the labels",
        label_mass=sum(masses) / len(masses) if masses else None,
        tokens=sum(reply.tokens for reply in replies),
    )


@dataclass(frozen=True, slots=True)
class Asker:
    """Which model a judge asks, in which form, and how often."""

    engine: Engine
    style: Style = "spaced"
    max_tokens: int = 512
    """Limit of the reasoning before each verdict; 0 asks at once."""
    samples: int = 1
    """One is greedy; several are drawn at temperature 1 and averaged."""
    seed: int = 0

    def name(self, digest: str) -> str:
        """A judge's name: its model, what it asks, and how."""
        return f"{self.engine.model}/{digest}/{self.style}-{self.max_tokens}x{self.samples}"

    def form(self, labels: int) -> Form:
        """The form for so many labels."""
        return make_form(labels, self.style, self.max_tokens)

    def draw(self, *name: object) -> int:
        """A seed for the draw of this name."""
        return draw_integer("judge", self.seed, *name) % 2**31

    @property
    def sampled(self) -> bool:
        """Whether questions are drawn rather than answered greedily."""
        return self.samples > 1

    def judgment(
        self,
        judge: str,
        subject_id: str,
        criterion: str,
        settled: Settled,
        source: Provenance,
        *,
        verdict: str | None = None,
        score: float | None = None,
        position_bias: float | None = None,
        flipped: bool = False,
    ) -> Judgment:
        """What is settled as a record; `source` is where the subject comes from."""
        return Judgment(
            subject_id=subject_id,
            kind=JudgeKind.JUDGE,
            judge=judge,
            criterion=criterion,
            verdict=settled.verdict if verdict is None else verdict,
            p=settled.p,
            score=score,
            label_mass=settled.label_mass,
            position_bias=position_bias,
            agreement=settled.agreement,
            flipped=flipped,
            rationale=settled.rationale,
            cost_tokens=settled.tokens,
            provenance=self.provenance(judge, source, subject_id),
        )

    def provenance(self, judge: str, item: Provenance, subject_id: str) -> Provenance:
        """Where a judgment of an item comes from."""
        return Provenance(
            order_id=item.order_id,
            batch_id=item.batch_id,
            engine=self.engine.kind,
            model=self.engine.model,
            sampling=Sampling(
                temperature=1 if self.sampled else 0, max_tokens=max(1, self.max_tokens)
            ),
            seed=self.seed,
            judge=judge,
            parents=(subject_id,),
        )
