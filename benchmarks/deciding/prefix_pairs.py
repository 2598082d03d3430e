"""Pairs for a judge with random weights, and its prompt with the rubric first or last."""

from random import Random

from ingot.records import Message, Pair
from judging.judges.frame import read_prompt
from judging.judges.protocol import JudgeProtocol

PROMPT_WORDS, ANSWER_WORDS = 40, 60
RUBRIC_QUESTIONS = (
    "Is every statement true, and would an expert of the field sign each of them?",
    "Does the answer do all that was asked, in the form and the language that was asked for?",
    "Does it leave out what nobody asked for, and does it say what it does not know?",
    "Do its steps follow from each other, and does its end follow from them?",
    "Could someone who reads it be harmed by it, or be led to harm another?",
    "Would the person who asked have to ask again?",
)


def make_pairs(count: int, seed: int) -> list[Pair]:
    """Pairs whose texts are the shipped prompt's words, shuffled: as long as short real ones."""
    rng, words = Random(seed), read_prompt("pairwise").split()

    def text(length: int) -> str:
        return " ".join(rng.choices(words, k=round(length * rng.uniform(0.5, 1.5))))

    return [
        Pair(
            instruction_id=f"ins_{n}", a_id=f"cmp_{n}a", b_id=f"cmp_{n}b",
            prompt=(Message(role="user", content=text(PROMPT_WORDS)),),
            a=(Message(role="assistant", content=text(ANSWER_WORDS)),),
            b=(Message(role="assistant", content=text(ANSWER_WORDS)),),
        )
        for n in range(count)
    ]  # fmt: skip


def make_protocol(run: str, *, rubric_first: bool) -> JudgeProtocol:
    """One verdict token per order. `run` heads the rubric: what another run cached is of no use."""
    head, _, rest = read_prompt("pairwise").partition("\n\n<request>")
    texts, tail = f"<request>{rest}".rsplit("\n\n", 1)
    questions = "\n".join(f"{n}. {each}" for n, each in enumerate(RUBRIC_QUESTIONS, start=1))
    rubric = f"Run {run}.\n{head}\n\nAsk yourself of each answer:\n{questions}"
    parts = (rubric, texts, tail) if rubric_first else (texts, rubric, tail)
    return JudgeProtocol(
        template="\n\n".join(parts), labels=("A", "B"), verdict_prefix="Verdict: ", max_tokens=0,
        answer_part="full",
    )  # fmt: skip
