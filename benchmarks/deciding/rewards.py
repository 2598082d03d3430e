"""What reward models' scores are worth as probabilities, and how fast scores are made.

The scores of five reward models on JudgeBench (pairs with one objectively right answer, by
gpt-4o), before and after a temperature is fitted on the other folds; a small reward model that is
trained here, on tasks it never saw; and scores per second of transformers and of vLLM.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import psutil
from scipy.stats import rankdata

from benchmarks.deciding.arithmetic_pairs import draw_pairs
from benchmarks.deciding.effort import Effort, NoDataError, read_set
from benchmarks.deciding.trained_reward import train_reward_model
from ingot.records import Message
from judging.draws import draw_integer
from judging.rewards.base import RewardModel
from judging.rewards.judge import RewardPairJudge
from judging.rewards.probability import BradleyTerry, fit_temperature
from judging.rewards.transformers import TransformersRewardModel
from judging.rewards.vllm import VllmRewardModel

FOLDS, BINS = 5, 10
CONVERSATIONS = 2_000
TEST_PAIRS = 480


def measure(effort: Effort) -> dict[str, object]:
    """Accuracy, calibration error and AUROC of each model, and scores per second."""
    began_s, cpu_began_s = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory(prefix="ingot-bench-") as folder:
        model = train_reward_model(Path(folder), effort.seed)
        trained = {
            "train_s": round(time.perf_counter() - began_s, 1),
            "train_cpu_s": round(time.process_time() - cpu_began_s, 1),
        }
        return {
            "judgebench": _judgebench(effort.seed),
            "trained": trained | asyncio.run(_judge_tasks(model, effort.seed)),
            "speed": asyncio.run(_time(model, effort.rounds)),
        }


def _judgebench(seed: int) -> object:
    """By reward model."""
    try:
        rows = read_set("1_judge_human/judgebench_gpt4o")
    except NoDataError as error:
        return {"skipped": str(error)}
    groups = [str(value) for value in rows["original_id"]]
    found = {}
    for column in rows.columns:
        if column.startswith("reward_model__") and column.endswith("__scores"):
            leads, wins = _leads(rows, column)
            found[column.removeprefix("reward_model__").removesuffix("__scores")] = evaluate(
                leads, wins, groups, seed
            )
    return found


def _leads(rows: pl.DataFrame, column: str) -> tuple[list[float], list[bool]]:
    leads = [float(a) - float(b) for a, b in rows[column]]
    return leads, [label == "A>B" for label in rows["label"]]


def evaluate(
    leads: Sequence[float], a_wins: Sequence[bool], groups: Sequence[str], seed: int
) -> dict[str, float]:
    """Of P(A beats B): with T = 1, and with T fitted on the folds that hold none of its group."""
    folds = [draw_integer("fold", seed, group) % FOLDS for group in groups]
    scales = [_fit_without(fold, folds, leads, a_wins) for fold in range(FOLDS)]
    plain = np.array([BradleyTerry().p(lead) for lead in leads])
    fitted = np.array([scales[f].p(lead) for f, lead in zip(folds, leads, strict=True)])
    wins = np.asarray(a_wins)
    return {
        "pairs": len(wins),
        "accuracy": round(float(np.mean((plain > 0.5) == wins)), 3),
        "auroc": round(_auroc(plain, wins), 3),
        "auroc_of_confidence": round(_auroc(np.abs(plain - 0.5), (plain > 0.5) == wins), 3),
        "ece_before": round(_ece(plain, wins), 3),
        "ece_after": round(_ece(fitted, wins), 3),
        "log_loss_before": round(_log_loss(plain, wins), 3),
        "log_loss_after": round(_log_loss(fitted, wins), 3),
        "temperature": round(fit_temperature(leads, a_wins).temperature, 3),
    }


def _fit_without(
    fold: int, folds: Sequence[int], leads: Sequence[float], wins: Sequence[bool]
) -> BradleyTerry:
    kept = [place for place, own in enumerate(folds) if own != fold]
    return fit_temperature([leads[i] for i in kept], [wins[i] for i in kept])


def _ece(p: np.ndarray, wins: np.ndarray) -> float:
    """Mean distance of confidence and accuracy in ten bins of max(p, 1 - p) from 0 to 1."""
    confidence, right = np.maximum(p, 1 - p), (p > 0.5) == wins
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [abs((confidence[bins == b] - right[bins == b]).sum()) for b in range(BINS)]
    return float(sum(gaps) / len(p))


def _auroc(p: np.ndarray, wins: np.ndarray) -> float:
    """Chance that a pair that A wins has the larger p (ties half)."""
    ranks, n = rankdata(p), wins.sum()
    return float((ranks[wins].sum() - n * (n + 1) / 2) / (n * (len(p) - n)))


def _log_loss(p: np.ndarray, wins: np.ndarray) -> float:
    return float(-np.log(np.clip(np.where(wins, p, 1 - p), 1e-12, 1)).mean())


async def _judge_tasks(model: str, seed: int) -> dict[str, float]:
    """Held-out tasks, one right and one wrong answer each."""
    pairs = draw_pairs(TEST_PAIRS, seed + 1)
    async with TransformersRewardModel(model) as rewards:
        judged = await RewardPairJudge(rewards).judge(pairs)
    leads = [judgment.score or 0.0 for judgment in judged]
    wins = [pair.verified == "A" for pair in pairs]
    return evaluate(leads, wins, [pair.id for pair in pairs], seed)


async def _time(model: str, rounds: int) -> dict[str, float]:
    """Scores per second, the two in turn; CPU seconds tell more where neighbours are busy."""
    talks = _conversations()
    found: dict[str, list[tuple[float, float]]] = {"transformers": [], "vllm": []}
    async with TransformersRewardModel(model) as ours, VllmRewardModel(model) as engine:
        await engine.score(talks[:200])
        processes = (psutil.Process(), psutil.Process(engine._process.pid))
        sides: list[tuple[str, RewardModel, psutil.Process]] = [
            ("transformers", ours, processes[0]), ("vllm", engine, processes[1])
        ]  # fmt: skip
        for _ in range(rounds):
            for name, side, process in sides:
                found[name].append(await _pass(side, talks, process))
    best = {
        name: [min(column) for column in zip(*times, strict=True)] for name, times in found.items()
    }
    return {
        f"{name}_{unit}": round(len(talks) / value)
        for name, values in best.items()
        for unit, value in zip(("scores_per_s", "scores_per_cpu_s"), values, strict=True)
    }


async def _pass(
    model: RewardModel, talks: Sequence[Sequence[Message]], process: psutil.Process
) -> tuple[float, float]:
    """(seconds, CPU seconds of the process that holds the model)."""
    began_s, before = time.perf_counter(), process.cpu_times()
    rewards = await model.score(talks)
    took_s, after = time.perf_counter() - began_s, process.cpu_times()
    assert all(reward.score is not None for reward in rewards)
    return took_s, after.user + after.system - before.user - before.system


def _conversations() -> list[tuple[Message, ...]]:
    pairs = draw_pairs(CONVERSATIONS // 2, 7)
    return [(*pair.prompt, *answer) for pair in pairs for answer in (pair.a, pair.b)]
