"""The step judge: each step of an agent's run is good, neutral or bad for the task.

A step is an assistant turn with its tool calls and what the tools return, up to the next assistant
turn. The judge sees the run up to the end of the step and nothing after it, so a step is judged by
what could be known; and each prompt begins with the one before it, which a prefix cache reads once.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from ingot.records import Judgment, Message, Trajectory, Turn
from judging.judges.asking import Counter, Question, ask_all, requests_of
from judging.judges.base import Progress
from judging.judges.forms import describe_closing
from judging.judges.frame import load_frame
from judging.judges.settled import Asker, Settled, settle

GRADES = ("bad", "neutral", "good")
"""From worst to best."""
RUN = "steps"
"""The criterion of the judgment of a whole run."""


class StepJudge:
    """Judges trajectories step by step."""

    def __init__(self, asker: Asker, *, final: Literal["min", "product"] = "min") -> None:
        """`final`: a run's score is its worst step's P(good), or the product of all of them."""
        self.asker, self.final = asker, final
        self._frame = load_frame("steps", ())

    @property
    def name(self) -> str:
        """The judge in all records."""
        return self.asker.name(f"steps-{self.final}")

    async def judge(
        self, items: Sequence[Trajectory], on_progress: Progress | None = None
    ) -> list[Judgment]:
        """For each run a judgment `step:1`, `step:2`, ... and one of the whole, `steps`.

        A step's score is P(good). Raises ModelError if the engine dies.
        """
        ends = [step_ends(item.messages) for item in items]
        samples = self.asker.samples
        total = sum(map(len, ends)) * samples * requests_of(self.asker.form(len(GRADES)))
        counter = Counter(total, on_progress)
        replies = iter(await ask_all(self.asker.engine, self._questions(items, ends), counter))
        judgments: list[Judgment] = []
        for item, own in zip(items, ends, strict=True):
            found = [settle([next(replies) for _ in range(samples)]) for _ in own]
            steps = [self._step(item, number, each) for number, each in enumerate(found, start=1)]
            judgments += [*steps, self._run(item, steps)]
        return judgments

    def ask(self, item: Trajectory, number: int, end: int) -> tuple[Message, ...]:
        """The prompt for a step: the run up to its end, the question last."""
        turns = (self._show(turn) for turn in item.messages[:end])
        return self._frame.ask(
            turns="\n".join(turns),
            number=str(number),
            closing=describe_closing(len(GRADES), self.asker.max_tokens),
        )

    def _questions(
        self, items: Sequence[Trajectory], ends: Sequence[Sequence[int]]
    ) -> Iterator[Question]:
        form = self.asker.form(len(GRADES))
        for item, own in zip(items, ends, strict=True):
            for number, end in enumerate(own, start=1):
                messages = self.ask(item, number, end)
                for sample in range(self.asker.samples):
                    seed = self.asker.draw(item.id, number, sample)
                    yield Question(messages, form, seed, self.asker.sampled)

    def _show(self, turn: Turn) -> str:
        """A turn between tags, its calls after its words."""
        calls = [f"calls {call.name}({call.arguments})" for call in turn.tool_calls]
        said = [turn.content] if turn.content else []
        return (
            f'<turn role="{turn.role}">\n{self._frame.disarm(chr(10).join(said + calls))}\n</turn>'
        )

    def _step(self, item: Trajectory, number: int, settled: Settled) -> Judgment:
        reading = settled.reading
        verdict = GRADES[reading.best] if reading else settled.verdict
        score = reading.probabilities[-1] if reading else None
        return self._record(item, f"step:{number}", verdict, score, settled)

    def _run(self, item: Trajectory, steps: Sequence[Judgment]) -> Judgment:
        """The whole run; one step without a score leaves the run without."""
        lacking = next((step for step in steps if step.score is None), None)
        if not steps or lacking is not None:
            why = f"{lacking.criterion}: {lacking.rationale}" if lacking else "it has no steps"
            return self._record(item, RUN, "unsure", None, Settled(None, "", why))
        scores = [step.score or 0.0 for step in steps]
        score = min(scores)
        if self.final == "product":
            score = 1.0
            for each in scores:
                score *= each
        bad = earliest_bad(steps)
        verdict = "bad" if bad else "good"
        why = f"earliest bad step: {bad} of {len(steps)}" if bad else f"no bad step of {len(steps)}"
        return self._record(item, RUN, verdict, score, Settled(None, "", f"{why}; {self.final}"))

    def _record(
        self, item: Trajectory, criterion: str, verdict: str, score: float | None, settled: Settled
    ) -> Judgment:
        return self.asker.judgment(
            self.name, item.id, criterion, settled, item.provenance, verdict=verdict, score=score
        )


def step_ends(turns: Sequence[Turn]) -> list[int]:
    """Where each step ends: how many turns stand before and in it."""
    starts = [place for place, turn in enumerate(turns) if turn.role == "assistant"]
    ends = []
    for start in starts:
        end = start + 1
        while end < len(turns) and turns[end].role == "tool":
            end += 1
        ends.append(end)
    return ends


def earliest_bad(steps: Sequence[Judgment]) -> int:
    """The number of the first step whose verdict is bad, from 1; 0 where none is."""
    return next((n for n, step in enumerate(steps, start=1) if step.verdict == "bad"), 0)
