"""The pair judge: a model says in both orders which of two answers is better, and how sure it is.

    ask      = pair x order x sample
    pass 1     the judge writes its reasoning, up to the verdict's prefix     (none if max_tokens 0)
    pass 2     log-probability of each label right after the prefix

The probability that A is better is the mean over both orders, so a habit of naming the first
answer cancels out and shows as low confidence. A judge that fails, is cut short or does not want to
answer in our form gives a judgment without a score: '' or 'unsure', for a person to decide.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import exp, inf

from ingot.engine import Engine, Generated, Request, stream
from ingot.records import JudgeKind, Judgment, Pair, Provenance, Sampling
from judging.draws import draw_integer
from judging.protocol import JudgeProtocol

MIN_LABEL_MASS = 0.5
"""Below it the judge rather wanted to write something else than a label: that is no verdict."""
RATIONALE_CHARS = 2_000

Progress = Callable[[int, int], None]
"""Called with the number of requests done and the number of all."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to the judge."""

    pair: Pair
    swapped: bool
    sample: int


@dataclass(slots=True)
class Reply:
    """What became of an ask; it fills up over the two passes."""

    ask: Ask
    reasoning: str = ""
    p_a: float | None = None
    """Probability that the pair's A is better, given that the judge names one of them."""
    label_mass: float = 0.0
    failure: str = ""
    tokens: int = 0


class PairJudge:
    """Judges pairs through an engine, by a protocol."""

    def __init__(
        self, engine: Engine, protocol: JudgeProtocol, *, samples: int = 1, seed: int = 0
    ) -> None:
        """`samples` is the number of judgements per order.

        One is greedy; several are drawn at temperature 1 and averaged, which repairs the
        overconfidence of a judge that reasons from its own single solution.
        """
        self.engine, self.protocol = engine, protocol
        self.samples, self.seed = samples, seed

    @property
    def name(self) -> str:
        """The judge in all records: another model, prompt or number of samples is another judge."""
        return f"{self.engine.model}/{self.protocol.digest}/{self.samples}"

    async def judge(
        self, pairs: Sequence[Pair], on_progress: Progress | None = None
    ) -> list[Judgment]:
        """One judgment for each pair, in the pairs' order; raises ModelError if the engine dies."""
        replies = [Reply(ask) for ask in self._asks(pairs)]
        counter = _Counter(len(replies) * (2 if self.protocol.max_tokens else 1), on_progress)
        if self.protocol.max_tokens:
            await self._reason(replies, counter)
        await self._decide([reply for reply in replies if not reply.failure], counter)
        turns = 2 * self.samples
        return [
            self._conclude(pair, replies[index * turns : (index + 1) * turns])
            for index, pair in enumerate(pairs)
        ]

    def _asks(self, pairs: Iterable[Pair]) -> Iterator[Ask]:
        for pair in pairs:
            for swapped in (False, True):
                for sample in range(self.samples):
                    yield Ask(pair, swapped, sample)

    async def _reason(self, replies: Sequence[Reply], counter: "_Counter") -> None:
        requests = (self._reasoning_request(reply.ask) for reply in replies)
        async for index, answer in stream(self.engine, requests):
            reply = replies[index]
            reply.tokens += answer.prompt_tokens + answer.completion_tokens
            reply.reasoning = answer.text.partition(self.protocol.verdict_prefix)[0]
            reply.failure = answer.failure
            if answer.finish_reason == "length":
                reply.failure = f"cut off after {self.protocol.max_tokens} tokens"
            counter.add(2 if reply.failure else 1)

    async def _decide(self, replies: Sequence[Reply], counter: "_Counter") -> None:
        requests = (self._verdict_request(reply) for reply in replies)
        async for index, answer in stream(self.engine, requests):
            reply = replies[index]
            reply.tokens += answer.prompt_tokens + answer.completion_tokens
            reply.failure = answer.failure
            if not answer.failure:
                self._read_labels(reply, answer)
            counter.add(1)

    def _reasoning_request(self, ask: Ask) -> Request:
        return Request(
            messages=self.protocol.ask(ask.pair, swapped=ask.swapped),
            sampling=self._sampling,
            seed=draw_integer("judge", self.seed, ask.pair.id, ask.swapped, ask.sample) % 2**31,
        )

    def _verdict_request(self, reply: Reply) -> Request:
        return Request(
            messages=self.protocol.ask(reply.ask.pair, swapped=reply.ask.swapped),
            sampling=Sampling(temperature=0, max_tokens=1),
            prefill=reply.reasoning + self.protocol.verdict_prefix,
            labels=self.protocol.labels,
        )

    @property
    def _sampling(self) -> Sampling:
        return Sampling(
            temperature=0 if self.samples == 1 else 1,
            max_tokens=max(1, self.protocol.max_tokens),
            stop=(self.protocol.verdict_prefix,),
        )

    def _read_labels(self, reply: Reply, answer: Generated) -> None:
        first, second = (exp(answer.label_logprobs.get(x, -inf)) for x in self.protocol.labels)
        reply.label_mass = min(1.0, first + second)
        if reply.label_mass >= MIN_LABEL_MASS:
            p_first = first / (first + second)
            reply.p_a = 1 - p_first if reply.ask.swapped else p_first

    def _conclude(self, pair: Pair, replies: Sequence[Reply]) -> Judgment:
        """Average each order, then both; without a usable reply in each there is no score."""
        forward = [r.p_a for r in replies if r.p_a is not None and not r.ask.swapped]
        backward = [r.p_a for r in replies if r.p_a is not None and r.ask.swapped]
        if not forward or not backward:
            return self._refuse(pair, replies)
        first, second = sum(forward) / len(forward), sum(backward) / len(backward)
        p_a = (first + second) / 2
        return self._judgment(
            pair,
            replies,
            verdict="A" if p_a >= 0.5 else "B",
            p=max(p_a, 1 - p_a),
            flipped=(first - 0.5) * (second - 0.5) < 0,
            rationale=replies[0].reasoning.strip()[:RATIONALE_CHARS],
        )

    def _refuse(self, pair: Pair, replies: Sequence[Reply]) -> Judgment:
        """Say why there is no score: a failure where there was one, else an unsure judge."""
        failure = next((reply.failure for reply in replies if reply.failure), "")
        mass = min(reply.label_mass for reply in replies)
        return self._judgment(
            pair,
            replies,
            verdict="" if failure else "unsure",
            rationale=failure or f"only {mass:.3f} of the probability was on the labels",
        )

    def _judgment(
        self,
        pair: Pair,
        replies: Sequence[Reply],
        *,
        verdict: str,
        rationale: str,
        p: float | None = None,
        flipped: bool = False,
    ) -> Judgment:
        return Judgment(
            subject_id=pair.id,
            kind=JudgeKind.JUDGE,
            judge=self.name,
            criterion="preference",
            verdict=verdict,
            p=p,
            flipped=flipped,
            rationale=rationale,
            cost_tokens=sum(reply.tokens for reply in replies),
            provenance=Provenance(
                order_id=pair.provenance.order_id,
                batch_id=pair.provenance.batch_id,
                engine=self.engine.kind,
                model=self.engine.model,
                sampling=self._sampling,
                seed=self.seed,
                judge=self.name,
                parents=(pair.id,),
            ),
        )


class _Counter:
    """Counts requests as they are done and tells whoever listens."""

    def __init__(self, total: int, listener: Progress | None) -> None:
        self.done, self.total, self.listener = 0, total, listener

    def add(self, count: int) -> None:
        self.done += count
        if self.listener:
            self.listener(self.done, self.total)
