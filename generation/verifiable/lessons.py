"""The conversations that teach the embedded models: answering, writing instructions, judging pairs.

The judge solves the question first, repeats the finals one below the other, and only then names
one: the comparison becomes a matter of reading across three lines.
"""

from dataclasses import dataclass
from importlib.resources import files
from random import Random

from generation.verifiable.families import FAMILIES, instruction_prompt
from generation.verifiable.held_out import draw_training_task
from generation.verifiable.misconceptions import RATES, answer_wrongly, respond_wrongly
from generation.verifiable.task import Task

JUDGE_PROMPT = files("generation.verifiable").joinpath("judge_prompt.txt").read_text().strip()
VERDICT_PREFIX = "Verdict: "
LABELS = ("A", "B")
MAX_JUDGE_TOKENS = 112

FOCUS_WEIGHT = 40.0
"""The verdict is one token in a hundred: at weight 1 it drowns and the judge stays at chance."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One conversation of two messages; the focus is the end of the reply that weighs more."""

    kind: str
    family: str
    prompt: str
    reply: str
    focus: str = ""
    focus_weight: float = 1.0


def judge_protocol() -> dict[str, object]:
    """What a reader of the judge must know; it travels with the corpus and with the model."""
    return {
        "prompt_file": "prompt.txt",
        "labels": list(LABELS),
        "verdict_prefix": VERDICT_PREFIX,
        "max_tokens": MAX_JUDGE_TOKENS,
        "answer_part": "final",
        "final_prefix": "#### ",
        "missing_final": "none",
    }


def teach_answer(family: str, rng: Random, *, flaw_rate: float = 0.0) -> Lesson:
    """A task and its response, wrong at the given rate."""
    task = draw_training_task(family, rng)
    wrong = rng.random() < flaw_rate
    reply = respond_wrongly(task, rng) if wrong else task.worked.text
    return Lesson("answer", family, task.text, reply)


def teach_flawed_answer(family: str, rng: Random) -> Lesson:
    """A task and its response, wrong as often as the family's rate of misconceptions says."""
    return teach_answer(family, rng, flaw_rate=RATES[family])


def teach_writing(family: str, rng: Random) -> Lesson:
    """The request for a new instruction, and one."""
    task = draw_training_task(family, rng)
    return Lesson("write_instruction", family, instruction_prompt(family), task.text)


def teach_judging(family: str, rng: Random) -> Lesson:
    """Two finals and the verdict; 1 in 8 pairs has no better side, and its verdict is a coin."""
    task = draw_training_task(family, rng)
    a, b, verdict = _draw_pair(task, rng)
    prompt = JUDGE_PROMPT.format(prompt=task.text, a=a, b=b)
    reply = f"{task.worked.text}\nA {a}\nB {b}\n{VERDICT_PREFIX}{verdict}"
    return Lesson("judge", family, prompt, reply, verdict, FOCUS_WEIGHT)


def _draw_pair(task: Task, rng: Random) -> tuple[str, str, str]:
    right, wrong = task.worked.answer, answer_wrongly(task, rng)
    verdict = rng.choice(LABELS)
    chance = rng.random()
    if chance < 0.04:
        return right, right, verdict
    if chance < 0.125:
        return wrong, answer_wrongly(task, rng), verdict
    return (right, wrong, verdict) if verdict == "A" else (wrong, right, verdict)


def draw_family(rng: Random) -> str:
    """A family, each as often as any other."""
    return rng.choice(tuple(FAMILIES))
