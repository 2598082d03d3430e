"""The rubric judge: one answer, one criterion at a time, each choice a letter with its probability.

The score is the expectation over the choices, not the likeliest one (G-Eval, arXiv 2303.16634):
ties vanish, and a judge in doubt between two grades says so. Letters stand for the choices since
digits are not one token in every vocabulary.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingot.records import Judgment, Message
from judging.judges.asking import Counter, Question, Reply, ask_all, requests_of
from judging.judges.base import Answered, Progress
from judging.judges.disarm import conversation
from judging.judges.forms import describe_closing
from judging.judges.frame import Frame, load_frame
from judging.judges.rubric import Criterion, Rubric
from judging.judges.settled import Asker, Settled, settle

OVERALL = "overall"
"""The criterion of the judgment that sums all up."""
NEEDS_REFERENCE = "the rubric needs a reference and the item has none"


class RubricJudge:
    """Judges single answers by the criteria of a rubric."""

    def __init__(self, asker: Asker, rubric: Rubric) -> None:
        self.asker, self.rubric = asker, rubric
        self._frame: Frame = load_frame("pointwise", ("prompt", "answer"))
        self._reference: Frame = load_frame("reference", ("reference",))

    @property
    def name(self) -> str:
        """The judge in all records."""
        return self.asker.name(f"{self.rubric.name}-{self.rubric.digest}")

    async def judge(
        self, items: Sequence[Answered], on_progress: Progress | None = None
    ) -> list[Judgment]:
        """For each item a judgment for each criterion, and an overall one where the rubric has it.

        Raises ModelError if the engine dies.
        """
        asker, criteria = self.asker, self.rubric.criteria
        fit = [item for item in items if item.reference or not self.rubric.needs_reference]
        each = len(criteria) * asker.samples
        total = len(fit) * each * requests_of(asker.form(2))
        replies = await ask_all(asker.engine, self._questions(fit), Counter(total, on_progress))
        found = iter(replies)
        judgments: list[Judgment] = []
        for item in items:
            asked = item.reference or not self.rubric.needs_reference
            own = [next(found) for _ in range(each)] if asked else []
            judgments += self._conclude(item, own)
        return judgments

    def ask(self, item: Answered, criterion: Criterion) -> tuple[Message, ...]:
        """The prompt for one criterion: all that items share, then the item, the criterion last."""
        reference = ""
        if item.reference:
            hostile = self._frame.disarm(item.reference)
            reference = f"\n{self._reference.fill(reference=hostile)}\n"
        return self._frame.ask(
            instructions=self.rubric.instructions,
            criteria=self.rubric.describe(),
            prompt=conversation(item.prompt),
            reference=reference,
            answer=conversation(item.answer),
            criterion=criterion.id,
            closing=describe_closing(len(criterion.choices), self.asker.max_tokens),
        )

    def _questions(self, items: Sequence[Answered]) -> Iterator[Question]:
        for item in items:
            for criterion in self.rubric.criteria:
                messages = self.ask(item, criterion)
                form = self.asker.form(len(criterion.choices))
                for sample in range(self.asker.samples):
                    seed = self.asker.draw(item.id, criterion.id, sample)
                    yield Question(messages, form, seed, self.asker.sampled)

    def _conclude(self, item: Answered, replies: Sequence[Reply]) -> Iterator[Judgment]:
        samples, criteria = self.asker.samples, self.rubric.criteria
        judged = []
        for place, criterion in enumerate(criteria):
            own = replies[place * samples : (place + 1) * samples]
            settled = settle(own or [Reply(failure=NEEDS_REFERENCE)])
            judged.append(self._judgment(item, criterion, settled))
        yield from judged
        if self.rubric.overall != "none":
            yield self._sum_up(item, judged)

    def _judgment(self, item: Answered, criterion: Criterion, settled: Settled) -> Judgment:
        reading, score, verdict = settled.reading, None, settled.verdict
        if reading is not None:
            verdict = criterion.choices[reading.best].label
            score = reading.expected(criterion.scores)
        return self._record(item, criterion.id, replace(settled, verdict=verdict), score)

    def _sum_up(self, item: Answered, judged: Sequence[Judgment]) -> Judgment:
        """The criteria together; where one has no score, the whole has none."""
        lacking = next((each for each in judged if each.score is None), None)
        if lacking is not None:
            cause = f"{lacking.criterion}: {lacking.rationale}"
            return self._record(item, OVERALL, Settled(None, lacking.verdict, cause), None)
        scores = [each.score or 0.0 for each in judged]
        if self.rubric.overall == "sum":
            weights = [criterion.weight for criterion in self.rubric.criteria]
            total = sum(w * score for w, score in zip(weights, scores, strict=True))
            return self._record(item, OVERALL, Settled(None, f"{total:.2f}", ""), total)
        worst = min(range(len(judged)), key=lambda place: scores[place])
        found = Settled(
            None,
            judged[worst].verdict,
            f"lowest: {judged[worst].criterion}",
            p=judged[worst].p,
            label_mass=judged[worst].label_mass,
            agreement=judged[worst].agreement,
        )
        return self._record(item, OVERALL, found, scores[worst])

    def _record(
        self, item: Answered, criterion: str, settled: Settled, score: float | None
    ) -> Judgment:
        return self.asker.judgment(
            self.name, item.id, criterion, settled, item.provenance, score=score
        )
