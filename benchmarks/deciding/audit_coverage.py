"""How often the audit's intervals hold the batch's agreement, and how wide they are."""

from typing import Any

import numpy as np

from benchmarks.deciding.effort import Effort, NoDataError, read_set
from judging.audit.report import measure_agreement
from judging.intervals import Booleans, Floats

DELTA = 0.1
SHARE = 0.2
NAMES = ("exact", "powered", "quoted", "at_every_look")


def measure_coverage(effort: Effort) -> dict[str, Any]:
    """Coverage and mean width by source; nominal coverage is 0.9."""
    facts: dict[str, Any] = {"nominal": 1 - DELTA, "audited_share": SHARE}
    random = np.random.default_rng(effort.seed)
    for rate in (0.85, 0.95):
        p = random.beta(8 * rate, 8 * (1 - rate), 400)
        facts[f"simulated_{rate}"] = _cover(p, random.random(400) < p, effort)
    for name, read in (("trust_or_escalate", _trust), ("triviaqa", _trivia), ("llmbar", _llmbar)):
        try:
            facts[name] = _cover(*read(), effort)
        except NoDataError as error:
            facts[name] = {"skipped": str(error)}
    return facts


def _cover(probabilities: Floats, agreed: Booleans, effort: Effort) -> dict[str, Any]:
    random, truth, inside, widths = np.random.default_rng(effort.seed), agreed.mean(), [], []
    n = round(SHARE * len(agreed))
    for _ in range(effort.splits):
        order = random.permutation(len(agreed))
        sample = list(
            zip(probabilities[order[:n]].tolist(), agreed[order[:n]].tolist(), strict=True)
        )
        found = measure_agreement(sample, probabilities[order[n:]].tolist(), DELTA)
        ends = [getattr(found, name) for name in NAMES]
        inside.append([i.low - 1e-9 <= truth <= i.high + 1e-9 for i in ends])
        widths.append([i.high - i.low for i in ends])
    covered, wide = np.mean(inside, axis=0).round(3), np.mean(widths, axis=0).round(4)
    return {
        "items": len(agreed),
        "audited": n,
        "agreement": round(float(truth), 4),
        "coverage": dict(zip(NAMES, covered.tolist(), strict=True)),
        "width": dict(zip(NAMES, wide.tolist(), strict=True)),
    }


def _trust() -> tuple[Floats, Booleans]:
    rows = read_set("1_judge_human/trust_or_escalate_calibration")
    first = np.array([p[0] for p in rows["probs_gpt-4-turbo"].to_list()])
    return np.maximum(first, 1 - first), (first >= 0.5) == (
        rows["human_preference"].to_numpy() == 1
    )


def _trivia() -> tuple[Floats, Booleans]:
    rows = read_set("1_judge_human/triviaqa_judges_v2")
    jury = rows.select("Llama-7B", "Llama3-8B", "Mistral-7B", "Gemma-2B").rows()
    known = [
        (0.5 + sum(vote == judge for vote in votes) / 8, judge == human)
        for votes, judge, human in zip(jury, rows["GPT-4"], rows["Human-Eval"], strict=True)
        if human
    ]
    return np.array([p for p, _ in known]), np.array([agreed for _, agreed in known])


def _llmbar() -> tuple[Floats, Booleans]:
    rows = read_set("1_judge_human/llmbar_judges")
    probabilities, agreed = [], []
    for label, winners in zip(rows["label"], rows["winner_ab"].to_list(), strict=True):
        judge, others = winners[0], winners[1:]
        probabilities.append(0.5 + sum(vote == judge for vote in others) / len(others) / 2)
        agreed.append(judge == str(label))
    return np.array(probabilities), np.array(agreed)
