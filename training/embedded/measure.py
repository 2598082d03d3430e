"""Measure the embedded models on held-out prompts: pass@1, pass@8, and the judge's judgement.

    python -m training.embedded.measure --models ingot/models --seed 0

The judge is tried where it matters: on pairs of one right and one wrong answer that the generator
itself sampled, in both orders. Its confidence is the mean, over the orders, of its probability for
the same side; AUROC says how well that confidence tells its right verdicts from its wrong ones.
"""

import argparse
import json
import logging
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from random import Random

import torch

from training.embedded.sampling import BATCH, Sampler, wrap_prompt

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """One line of held_out.jsonl."""

    prompt: str
    reference: str
    family: str


@dataclass(frozen=True, slots=True)
class Sampled:
    """A question with the finals of the model's samples; None where no answer is marked."""

    question: Question
    finals: list[str | None]

    @property
    def right(self) -> int:
        """How many samples are right."""
        return self.finals.count(self.question.reference)


@dataclass(frozen=True, slots=True)
class Pair:
    """One right and one wrong final to the same question."""

    question: Question
    right: str
    wrong: str


@dataclass(frozen=True, slots=True)
class JudgeReport:
    """How well pairs were judged."""

    pairs: int
    accuracy: float
    """Over both orders, each verdict by itself."""
    averaged_accuracy: float
    """One verdict a pair, from the mean probability of the two orders."""
    auroc: float
    """Of the averaged confidence, for telling right verdicts from wrong ones."""
    top_half_accuracy: float
    """Averaged accuracy on the more confident half of the pairs."""


def read_questions(path: Path) -> list[Question]:
    """The evaluation prompts."""
    return [Question(**json.loads(line)) for line in path.read_text().splitlines()]


def read_final(reply: str) -> str | None:
    """The marked answer on a reply's last line."""
    last = reply.rpartition("\n")[2]
    return last.removeprefix("#### ").strip() if last.startswith("#### ") else None


def sample_finals(
    sampler: Sampler, questions: list[Question], *, samples: int, temperature: float = 1.0
) -> list[Sampled]:
    """Draw several replies to each question and keep their finals."""
    prompts = [question.prompt for question in questions for _ in range(samples)]
    finals = [read_final(reply) for reply in sampler.reply(prompts, temperature=temperature)]
    return [
        Sampled(question, finals[index * samples : (index + 1) * samples])
        for index, question in enumerate(questions)
    ]


def pass_rates(sampled: list[Sampled]) -> tuple[float, float]:
    """Mean share of right samples (pass@1), and share of questions with a right one (pass@n)."""
    once = sum(item.right / len(item.finals) for item in sampled) / len(sampled)
    ever = sum(item.right > 0 for item in sampled) / len(sampled)
    return once, ever


def pass_by_family(sampled: list[Sampled]) -> dict[str, float]:
    """pass@1 of each family."""
    groups: dict[str, list[Sampled]] = defaultdict(list)
    for item in sampled:
        groups[item.question.family].append(item)
    return {family: pass_rates(items)[0] for family, items in groups.items()}


def draw_pairs(sampled: list[Sampled], rng: Random) -> list[Pair]:
    """One pair of every question that has both a right and a wrong sample."""
    pairs = []
    for item in sampled:
        wrong = [final or "none" for final in item.finals if final != item.question.reference]
        if item.right and wrong:
            pairs.append(Pair(item.question, item.question.reference, rng.choice(wrong)))
    return pairs


def judge_pairs(
    judge: Sampler, folder: Path, pairs: list[Pair], *, samples: int = 1
) -> JudgeReport:
    """Ask about every pair in both orders and compare with the truth.

    One sample is greedy; several are drawn at temperature 1 and their probabilities averaged.
    """
    temperature = 1.0 if samples > 1 else 0.0
    cases = [(pair.question.prompt, pair.right, pair.wrong) for pair in pairs] * samples
    turned = [(prompt, wrong, right) for prompt, right, wrong in cases]
    chances = ask_for_a(judge, folder, cases, temperature=temperature)
    chances += [1 - c for c in ask_for_a(judge, folder, turned, temperature=temperature)]
    mean = [sum(chances[index :: len(pairs)]) / (2 * samples) for index in range(len(pairs))]
    by_confidence = sorted(mean, key=lambda value: -abs(value - 0.5))
    return JudgeReport(
        pairs=len(pairs),
        accuracy=_share_above_half(chances),
        averaged_accuracy=_share_above_half(mean),
        auroc=auroc([abs(value - 0.5) for value in mean], [value > 0.5 for value in mean]),
        top_half_accuracy=_share_above_half(by_confidence[: max(1, len(mean) // 2)]),
    )


def ask_for_a(
    judge: Sampler, folder: Path, cases: list[tuple[str, str, str]], *, temperature: float = 0.0
) -> list[float]:
    """The probability of verdict A against B for each (prompt, a, b), after the judge's solution.

    A transcript that never reaches its verdict counts as one half: the judge did not know.
    """
    protocol = json.loads((folder / "judge.json").read_text())
    template = (folder / protocol["prompt_file"]).read_text().strip()
    prompts = [template.format(prompt=prompt, a=a, b=b) for prompt, a, b in cases]
    prefix, labels = protocol["verdict_prefix"], protocol["labels"]
    replies = judge.reply(prompts, temperature=temperature, max_new_tokens=protocol["max_tokens"])
    texts = {
        index: wrap_prompt(prompts[index]) + reply.rpartition(prefix)[0] + prefix
        for index, reply in enumerate(replies)
        if prefix in reply
    }
    chances = [0.5] * len(cases)
    for index, chance in zip(texts, _read_odds(judge, list(texts.values()), labels), strict=True):
        chances[index] = chance
    return chances


def _read_odds(judge: Sampler, texts: list[str], labels: list[str]) -> list[float]:
    ids = [judge.tokenizer.encode(label, add_special_tokens=False)[0] for label in labels]
    odds: list[float] = []
    for start in range(0, len(texts), BATCH):
        logprobs_BV = judge.next_logprobs(texts[start : start + BATCH])
        odds += logprobs_BV[:, ids].softmax(-1)[:, 0].tolist()
    return odds


def auroc(scores: list[float], labels: list[bool]) -> float:
    """Probability that a positive scores above a negative, ties counting half; NaN without both."""
    positive = [score for score, label in zip(scores, labels, strict=True) if label]
    negative = [score for score, label in zip(scores, labels, strict=True) if not label]
    if not positive or not negative:
        return float("nan")
    wins = sum((p > n) + (p == n) / 2 for p in positive for n in negative)
    return wins / (len(positive) * len(negative))


def _share_above_half(chances: list[float]) -> float:
    return sum((chance > 0.5) + (chance == 0.5) / 2 for chance in chances) / len(chances)


def measure(models: Path, *, seed: int, samples: int, limit: int | None = None) -> None:
    """Log the numbers that the model cards quote."""
    torch.manual_seed(seed)
    questions = Random(seed).sample(read_questions(models / "held_out.jsonl"), limit or 480)
    generator = Sampler.load(models / "generator")
    greedy = pass_rates(sample_finals(generator, questions, samples=1, temperature=0))[0]
    sampled = sample_finals(generator, questions, samples=samples)
    once, ever = pass_rates(sampled)
    logger.info("generator greedy=%.3f pass@1=%.3f pass@%d=%.3f", greedy, once, samples, ever)
    logger.info("generator by family %s", _format(pass_by_family(sampled)))
    judge = Sampler.load(models / "judge")
    solved = sample_finals(judge, questions, samples=1, temperature=0)
    logger.info("judge as solver greedy=%.3f", pass_rates(solved)[0])
    logger.info("judge as solver by family %s", _format(pass_by_family(solved)))
    pairs = draw_pairs(sampled, Random(seed))
    for times in (1, 4):
        report = judge_pairs(judge, models / "judge", pairs, samples=times)
        logger.info("judge on the generator's pairs samples=%d %s", times, report)


def _format(rates: dict[str, float]) -> str:
    return " ".join(f"{family}={rate:.2f}" for family, rate in rates.items())


def main() -> None:
    """Entry point of `python -m training.embedded.measure`."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--limit", type=int, help="measure on so many prompts only")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    measure(options.models, seed=options.seed, samples=options.samples, limit=options.limit)


if __name__ == "__main__":
    main()
