"""The pair judge: a model says in both orders which of two answers is better, and how sure it is.

    ask      = pair x order x sample
    pass 1     the judge writes its reasoning, up to the verdict's prefix     (none if max_tokens 0)
    pass 2     log-probability of each label right after the prefix

A judge that fails, is cut short or does not want to answer in our form gives a judgment without a
score: '' or 'unsure', for a person to decide.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ingot.engine import Engine
from ingot.records import Judgment, Pair
from judging.judges.asking import Counter, Question, Reply, ask_all, requests_of
from judging.judges.base import Progress
from judging.judges.forms import Way
from judging.judges.orders import Averaging, conclude
from judging.judges.protocol import JudgeProtocol
from judging.judges.settled import Asker


class PairJudge:
    """Judges pairs through an engine, by a protocol."""

    def __init__(
        self,
        engine: Engine,
        protocol: JudgeProtocol,
        *,
        samples: int = 1,
        seed: int = 0,
        averaging: Averaging = "probabilities",
        way: Way = "prefill",
        references: Mapping[str, str] | None = None,
    ) -> None:
        """`samples` is the number of judgements per order.

        One is greedy; several are drawn at temperature 1 and averaged, which repairs the
        overconfidence of a judge that reasons from its own single solution. `references` are right
        answers by instruction id, for a protocol whose prompt shows one.
        """
        self.engine, self.protocol = engine, protocol
        self.samples, self.seed, self.averaging = samples, seed, averaging
        self.references = references or {}
        self._form = replace(protocol.form, way=way)
        self._asker = Asker(engine, "spaced", protocol.max_tokens, samples, seed)

    @property
    def name(self) -> str:
        """The judge in all records: another model, prompt or number of samples is another judge."""
        parts = [self.engine.model, self.protocol.digest, str(self.samples)]
        parts += ["logits"] if self.averaging == "logits" else []
        return "/".join([*parts, self._form.way] if self._form.way != "prefill" else parts)

    async def judge(
        self, pairs: Sequence[Pair], on_progress: Progress | None = None
    ) -> list[Judgment]:
        """One judgment for each pair, in the pairs' order; raises ModelError if the engine dies."""
        turns = 2 * self.samples
        counter = Counter(len(pairs) * turns * requests_of(self._form), on_progress)
        replies = await ask_all(self.engine, self._questions(pairs), counter)
        return [
            self._conclude(pair, replies[index * turns : (index + 1) * turns])
            for index, pair in enumerate(pairs)
        ]

    def _questions(self, pairs: Sequence[Pair]) -> Iterator[Question]:
        for pair in pairs:
            for swapped in (False, True):
                messages = self.protocol.ask(
                    pair,
                    swapped=swapped,
                    reference=self.references.get(pair.instruction_id, ""),
                )
                for sample in range(self.samples):
                    seed = self._asker.draw(pair.id, swapped, sample)
                    yield Question(messages, self._form, seed, self._asker.sampled)

    def _conclude(self, pair: Pair, replies: Sequence[Reply]) -> Judgment:
        outcome = conclude(replies[: self.samples], replies[self.samples :], self.averaging)
        return self._asker.judgment(
            self.name,
            pair.id,
            "preference",
            outcome.settled,
            pair.provenance,
            score=outcome.p_a,
            position_bias=outcome.position_bias,
            flipped=outcome.flipped,
        )
