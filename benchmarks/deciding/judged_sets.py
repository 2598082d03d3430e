"""Public sets of pairs that several judges and people have decided, as signals and labels."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from benchmarks.deciding.effort import read_set
from judging.evidence.signals import Signals, from_columns
from judging.intervals import Booleans

VOTE = 0.95
"""Probability that stands for a bare verdict in both orders; 0.5 where the orders differ."""
LLMBAR_JUDGES = ("Vanilla", "Metrics", "Reference", "Metrics_Reference", "Swap", "CoT")
REFERENCE = "alpaca_eval_cot_gpt4_turbo_fn"


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """Pairs with judges' signals and the label that counts as people's."""

    name: str
    signals: Signals
    first: Booleans
    """Whether people prefer the first answer."""


def trust_or_escalate() -> JudgedSet:
    """259 pairs, three judges by simulated annotators, one human preference each."""
    data = read_set("1_judge_human/trust_or_escalate_calibration")
    columns = {
        name.removeprefix("probs_"): [p[0] / (p[0] + p[1]) for p in data[name].to_list()]
        for name in data.columns
        if name.startswith("probs_")
    }
    first = (data["human_preference"] == 1).to_numpy()
    return _set("trust_or_escalate", columns, data["instruction"].to_list(), first)


def vicuna80() -> JudgedSet:
    """Pairs of the Vicuna questions where most people chose one side; judges in both orders."""
    data = read_set("1_judge_human/vicuna80_votes").filter(
        (pl.col("score") > 0) & (pl.col("judge") != "gpt4_qlora")
    )
    people: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    judges: dict[tuple[int, str, str], dict[str, list[float]]] = defaultdict(
        lambda: defaultdict(list)
    )
    rows = data.select("judge", "question_id", "model_1", "model_2", "score").iter_rows()
    for judge, question, one, two, score in rows:
        if one > two:
            one, two, score = two, one, {1: 2, 2: 1, 3: 3}[score]
        if judge == "human":
            people[question, one, two].append(score)
        else:
            judges[question, one, two][judge].append({1: VOTE, 2: 1 - VOTE, 3: 0.5}[score])
    winners = {key: _majority(votes) for key, votes in people.items()}
    keys = sorted(k for k, winner in winners.items() if winner and len(judges[k]) >= 3)
    names = sorted({name for key in keys for name in judges[key]})
    columns = {
        name: [float(np.mean(judges[k][name])) if judges[k].get(name) else None for k in keys]
        for name in names
    }
    first = np.array([winners[key] == 1 for key in keys])
    return _set("vicuna80", columns, [str(key[0]) for key in keys], first)


def llmbar() -> JudgedSet:
    """221 pairs with an expert label; the judges of `LLMBAR_JUDGES`, every model, both orders."""
    data = read_set("1_judge_human/llmbar_judges")
    names = data["judges"][0].to_list()
    both = [
        [[{"1": VOTE, "2": 1 - VOTE}.get(said, 0.5) for said in row] for row in data[c].to_list()]
        for c in ("winner_ab", "winner_ba")
    ]
    means = np.mean(np.array(both), axis=0)
    columns = {
        name: means[:, place].tolist()
        for place, name in enumerate(names)
        if name.partition("/")[2] in LLMBAR_JUDGES
    }
    return _set("llmbar", columns, data["input"].to_list(), (data["label"] == 1).to_numpy())


def alpacaeval() -> JudgedSet:
    """Pairs of AlpacaEval; one judge stands for people: GPT-4 turbo with a chain of thought."""
    data = read_set("1_judge_human/alpacaeval_judge_annotations")
    wide = data.filter(pl.col("generator_1") == "gpt4_1106_preview").pivot(
        on="annotator",
        index=["instruction", "generator_2"],
        values="preference",
        aggregate_function="first",
    )
    judges = ("weighted_alpaca_eval_gpt4_turbo", "alpaca_eval_gpt4_turbo_fn")
    wide = wide.filter(pl.col(REFERENCE).is_in([1.0, 2.0]) & pl.col(judges[0]).is_not_null())
    columns = {
        name: [None if p is None else float(np.clip(2 - p, 0, 1)) for p in wide[name].to_list()]
        for name in judges
    }
    first = (wide[REFERENCE] == 1.0).to_numpy()
    return _set("alpacaeval", columns, wide["instruction"].to_list(), first)


def judgebench() -> JudgedSet:
    """181 pairs with an objective label: one judge in both orders, five reward models."""
    data = read_set("1_judge_human/judgebench_gpt4o")
    judge = "arena_hard__o1-mini-2024-09-12__decision"
    votes = {"A>B": VOTE, "B>A": 1 - VOTE}
    columns: dict[str, Sequence[float | None]] = {
        "o1-mini": [
            (votes.get(ab, 0.5) + 1 - votes.get(ba, 0.5)) / 2
            for ab, ba in data.select(f"{judge}_ab", f"{judge}_ba").iter_rows()
        ]
    }
    for name in data.columns:
        if name.endswith("__scores"):
            margins = [row[0] - row[1] for row in data[name].to_list()]
            columns[name.split("__")[1]] = [1 / (1 + np.exp(-m)) for m in margins]
    return _set(
        "judgebench", columns, data["question"].to_list(), (data["label"] == "A>B").to_numpy()
    )


SETS: tuple[Callable[[], JudgedSet], ...] = (
    trust_or_escalate,
    vicuna80,
    llmbar,
    alpacaeval,
    judgebench,
)


def _set(
    name: str, columns: Mapping[str, Sequence[float | None]], groups: Sequence[str], first: Booleans
) -> JudgedSet:
    return JudgedSet(name, from_columns(columns, groups), first)


def _majority(votes: Sequence[int]) -> int:
    """1 or 2 where more than half say so, else 0."""
    winner, count = Counter(votes).most_common(1)[0]
    return winner if winner in (1, 2) and 2 * count > len(votes) else 0
