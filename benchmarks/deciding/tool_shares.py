"""Tool calls on BFCL's ground truth, and trajectories on tau-bench's rewards."""

import json
from collections import Counter
from itertools import pairwise
from typing import Any

from benchmarks.deciding.effort import read_set
from benchmarks.deciding.tool_call_cases import FORMS, damaged, render_truth, write
from judging.verifiers.tools.tool_calls import check_tool_calls
from judging.verifiers.tools.trajectory import check_trajectory

WRITES = frozenset(
    (
        "book_reservation",
        "cancel_reservation",
        "update_reservation_flights",
        "update_reservation_baggages",
        "update_reservation_passengers",
        "send_certificate",
    )
)
"""The tools of tau-bench's airline that change its database."""


def measure_bfcl() -> dict[str, object]:
    """Right calls in three forms and damaged ones, for every single-turn task."""
    outcomes: dict[str, Counter[str]] = {"right": Counter(), "damaged": Counter()}
    none, multi_turn, unusable = Counter[str](), Counter[str](), []
    for row in read_set("4_verifiable/bfcl_v4").to_dicts():
        if row["category"].startswith("multi_turn"):
            reference = json.dumps({"functions": [], "possible": json.loads(row["ground_truth"])})
            multi_turn[check_tool_calls("[]", reference).outcome] += 1
            continue
        functions = json.loads(row["function"])
        if not row["ground_truth"]:
            none.update(_check_without_truth(row["category"], functions))
            continue
        possible = json.loads(row["ground_truth"])
        reference = json.dumps({"functions": functions, "possible": possible})
        calls = render_truth(possible)
        checks = [check_tool_calls(write(calls, form), reference) for form in FORMS]
        outcomes["right"].update(check.outcome for check in checks)
        if checks[0].outcome == "unsure":
            unusable.append(f"{row['id']}: {checks[0].reason}")
        for index, (_, bad) in enumerate(damaged(calls, functions)):
            text = write(bad, FORMS[index % len(FORMS)])
            outcomes["damaged"][check_tool_calls(text, reference).outcome] += 1
    return {
        "bfcl_calls": outcomes["right"].total(),
        "bfcl_right": _share(outcomes["right"], "right"),
        "bfcl_damaged": outcomes["damaged"].total(),
        "bfcl_damaged_wrong": _share(outcomes["damaged"], "wrong"),
        "bfcl_false_rights": outcomes["damaged"]["right"],
        "bfcl_false_wrongs": outcomes["right"]["wrong"],
        "bfcl_unusable_truths": unusable,
        "bfcl_irrelevance": dict(none),
        "bfcl_multi_turn": dict(multi_turn),
    }


def measure_tau() -> dict[str, object]:
    """The writes of a run against those of the task, with the reward as the truth."""
    table: Counter[str] = Counter()
    differences = []
    for row in read_set("4_verifiable/taubench_gpt4o_airline_trajectories").to_dicts():
        messages, task = json.loads(row["traj"]), json.loads(row["info"])["task"]
        actions = [{a["name"]: a["kwargs"]} for a in task["actions"] if a["name"] in WRITES]
        text = json.dumps({"messages": messages, "state": {"writes": _sorted(_writes(messages))}})
        wanted = {"state": {"writes": _sorted(actions)}, "exact": True}
        if task["outputs"]:
            wanted["answer"] = task["outputs"][0]
        reference = json.dumps(wanted)
        check = check_trajectory(text, reference)
        table[f"{check.outcome}, reward {row['reward']:.0f}"] += 1
        if (check.outcome == "right") != (row["reward"] == 1):
            outputs = f", outputs {task['outputs']}" if task["outputs"] else ""
            differences.append(
                f"task {row['task_id']} trial {row['trial']}: {check.outcome}, "
                f"reward {row['reward']:.0f}{outputs}; {check.reason[:80]}"
            )
    agreeing = table["right, reward 1"] + table["wrong, reward 0"]
    return {
        "tau_total": table.total(),
        "tau_agreement": round(agreeing / table.total(), 4),
        "tau_table": dict(table),
        "tau_differences": differences,
    }


def _check_without_truth(category: str, functions: list[Any]) -> list[str]:
    """Irrelevance: a refusal is right and a call wrong; relevance: the other way round."""
    wanted: object = "any" if category == "live_relevance" else []
    reference = json.dumps({"functions": functions, "possible": wanted})
    call = write([{functions[0]["name"]: {}}], "openai") if functions else ""
    refusal = check_tool_calls("None of my tools can do that.", reference).outcome
    outcomes = [f"{category}: refusal {refusal}"]
    if functions and category != "live_relevance":
        outcomes.append(f"{category}: call {check_tool_calls(call, reference).outcome}")
    return outcomes


def _writes(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The calls that changed something: those to writing tools that were not refused.

    A call's result is the next message; ids do not find it, as some runs use one id twice.
    """
    return [
        {call["function"]["name"]: json.loads(call["function"]["arguments"])}
        for message, result in pairwise(messages)
        for call in (message.get("tool_calls") or [])[:1]
        if call["function"]["name"] in WRITES and not str(result["content"]).startswith("Error")
    ]


def _sorted(writes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(writes, key=lambda write: json.dumps(write, sort_keys=True))


def _share(outcomes: Counter[str], outcome: str) -> float:
    return round(outcomes[outcome] / outcomes.total(), 5)
