"""What a judge thinks of answers, read from the log-probabilities of its labels.

Which of two is better is asked in both orders and averaged, so a habit of naming the first answer
shows as low confidence (Zheng et al. 2023, arXiv 2306.05685, section 3.4). A level is the expected
one over the judge's probabilities (G-Eval, Liu et al. 2023, arXiv 2303.16634, section 2). A judge
that does not answer in our form gives None, never a score.
"""

from asyncio import gather
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

from generation.flow.item import Item
from ingot.engine import Generated
from ingot.records import Message, Sampling

ONE_TOKEN = Sampling(temperature=0, max_tokens=1)
MIN_LABEL_MASS = 0.5
"""Below it the judge rather wanted to write something else than a label: that is no verdict."""
BETTER = "Which answer does what was asked better, and is more correct and clearer?"
COMPARE = """\
You compare two answers to one request. Reply with a single letter and nothing else: A if answer A \
is better, B if answer B is better.

Request:
{request}

Question: {question}

Answer A:
{a}

Answer B:
{b}

The better answer is:"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How two answers compare."""

    p_first: float
    """Probability that the first one is better; the mean over both orders."""
    flipped: bool
    """Whether the judge named another answer when they changed places."""
    answers: tuple[Generated, Generated]
    """What the judge said in either order."""


@dataclass(frozen=True, slots=True)
class Grade:
    """A quality's level as the judge sees it."""

    shares: Mapping[int, float]
    """Probability of each level; they sum to 1."""
    answer: Generated

    @property
    def mean(self) -> float:
        """The expected level."""
        return sum(level * share for level, share in self.shares.items())

    @property
    def variance(self) -> float:
        """How unsure the judge is, in squared levels."""
        mean = self.mean
        return sum((level - mean) ** 2 * share for level, share in self.shares.items())

    @property
    def likeliest(self) -> int:
        """The likeliest level."""
        return max(self.shares, key=self.shares.__getitem__)

    def beats(self, other: "Grade") -> float:
        """Probability that the other's level is lower, were both drawn; ties count half."""
        won = sum(
            mine * yours * (1.0 if level > lower else 0.5 if level == lower else 0.0)
            for level, mine in self.shares.items()
            for lower, yours in other.shares.items()
        )
        return min(won, 1.0)  # rounding


async def compare(
    item: Item,
    messages: Sequence[Message],
    first: str,
    second: str,
    *,
    question: str = BETTER,
    step: str,
) -> Verdict | None:
    """Which of two answers is better; two requests to role 'judge'."""
    request = conversation(messages)
    orders = {"AB": (first, second), "BA": (second, first)}
    one, two = await gather(
        *(
            item.ask(
                COMPARE.format(request=request, question=question, a=a, b=b),
                role="judge",
                step=f"{step}/{order}",
                sampling=ONE_TOKEN,
                labels=("A", "B"),
            )
            for order, (a, b) in orders.items()
        )
    )
    straight, swapped = _shares(one), _shares(two)
    if len(straight) < len(orders) or len(swapped) < len(orders):
        return None
    p_first, p_first_swapped = straight["A"], swapped["B"]
    flipped = (p_first - 0.5) * (p_first_swapped - 0.5) < 0
    return Verdict((p_first + p_first_swapped) / 2, flipped, (one, two))


async def grade(item: Item, prompt: str, levels: range, *, step: str) -> Grade | None:
    """The level that a prompt asks role 'judge' for, as one digit; one request."""
    answer = await item.ask(
        prompt,
        role="judge",
        step=step,
        sampling=ONE_TOKEN,
        labels=tuple(str(level) for level in levels),
    )
    shares = _shares(answer)
    return Grade({int(label): share for label, share in shares.items()}, answer) if shares else None


def conversation(messages: Sequence[Message]) -> str:
    """What was asked, for a judge to read: the text itself, or turns with their roles."""
    if len(messages) == 1:
        return messages[0].content
    return "\n".join(f"{message.role}: {message.content}" for message in messages)


def _shares(answer: Generated) -> dict[str, float]:
    """Probability of each label, given that one of them is named; empty where hardly one is."""
    # A log-probability above 0 is an endpoint's fault and would overflow.
    masses = {label: exp(min(value, 0.0)) for label, value in answer.label_logprobs.items()}
    mass = sum(masses.values())
    return {label: each / mass for label, each in masses.items()} if mass >= MIN_LABEL_MASS else {}
