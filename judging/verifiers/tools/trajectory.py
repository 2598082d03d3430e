"""The trajectory verifier: did an agent's run end as it should?

The state of the environment decides, not what the agent says of it. Calls that had to be made or
avoided, their number, and an answer in the last turn may be asked for as well. One broken demand
is wrong; a demand that cannot be looked at, such as a state nobody gave, is unsure.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingot.records import Trajectory
from judging.verifiers.answer import Check, check_answer
from judging.verifiers.references import UnusableReferenceError, load_json
from judging.verifiers.tools.calls import ToolCall, UnreadableCallsError, read_json_calls
from judging.verifiers.tools.states import find_difference

MAX_CALLS = 1_000
_KEYS = {"state", "exact", "must_call", "must_not_call", "max_calls", "answer"}


@dataclass(frozen=True, slots=True)
class _Run:
    """What is known of a run."""

    calls: list[ToolCall]
    last_text: str
    state: Any
    has_state: bool


@dataclass(frozen=True, slots=True)
class _Demand:
    """One demand and what became of it: 'kept', 'broken' or 'unknown'."""

    outcome: str
    detail: str = ""


KEPT = _Demand("kept")


def check_trajectory(text: str, reference: str) -> Check:
    """Check a run: JSON with its `messages` in the OpenAI form and the final `state`.

    The reference is JSON with at least one of: `{"state": {...}, "exact": false, "must_call":
    [{"name": "f", "arguments": {...}}], "must_not_call": ["g"], "max_calls": 9, "answer": "12"}`.
    State and arguments are compared as subsets, the state as a whole where `exact` is true. That
    a call was made does not say that its tool did not refuse it; the state does.
    """
    try:
        wanted = _read_reference(reference)
    except ValueError as error:
        return Check("unsure", f"no usable reference: {error}"[:300])
    try:
        run = _read_run(text)
    except ValueError as error:
        return Check("unsure", f"no readable run: {error}"[:300])
    demands = list(_look_at(run, wanted))
    for outcome, verdict in (("broken", "wrong"), ("unknown", "unsure")):
        for demand in demands:
            if demand.outcome == outcome:
                return Check("wrong" if verdict == "wrong" else "unsure", demand.detail[:300])
    return Check("right", f"all {len(demands)} demands are kept")


def check_record(trajectory: Trajectory, state: Mapping[str, Any] | None, reference: str) -> Check:
    """Check a trajectory record with the final state of its environment; None where unknown."""
    run: dict[str, Any] = {"messages": trajectory.model_dump(mode="json")["messages"]}
    if state is not None:
        run["state"] = state
    return check_trajectory(json.dumps(run), reference)


def _look_at(run: _Run, wanted: Mapping[str, Any]) -> Iterator[_Demand]:
    if "state" in wanted:
        yield _look_at_state(run, wanted)
    for call in wanted.get("must_call", []):
        made = any(_is_call(found, call) for found in run.calls)
        yield KEPT if made else _Demand("broken", f"{call['name'][:60]} is not called so")
    for name in wanted.get("must_not_call", []):
        made = any(call.name == name for call in run.calls)
        yield _Demand("broken", f"{name[:60]} is called") if made else KEPT
    if "max_calls" in wanted:
        within = len(run.calls) <= wanted["max_calls"]
        yield KEPT if within else _Demand("broken", f"{len(run.calls)} calls")
    if "answer" in wanted:
        yield _look_at_answer(run.last_text, str(wanted["answer"]))


def _look_at_state(run: _Run, wanted: Mapping[str, Any]) -> _Demand:
    if not run.has_state:
        return _Demand("unknown", "the final state is not given")
    exact = wanted.get("exact", False)
    difference = find_difference(run.state, wanted["state"], exact=exact)
    return _Demand("broken", difference) if difference else KEPT


def _look_at_answer(text: str, answer: str) -> _Demand:
    check = check_answer(text, answer)
    outcomes = {"right": "kept", "wrong": "broken", "unsure": "unknown"}
    return _Demand(outcomes[check.outcome], f"the answer: {check.reason}")


def _is_call(found: ToolCall, wanted: Mapping[str, Any]) -> bool:
    arguments = wanted.get("arguments", {})
    return found.name == wanted["name"] and not find_difference(
        found.arguments, arguments, exact=False
    )


def _read_run(text: str) -> _Run:
    data = load_json(text)
    messages = data.get("messages") if isinstance(data, dict) else None
    if not isinstance(messages, list) or not all(isinstance(m, dict) for m in messages):
        raise ValueError("no list of messages")
    said = [m.get("content") for m in messages if m.get("role") == "assistant"]
    last = said[-1] if said and isinstance(said[-1], str) else ""
    return _Run(_read_calls(messages), last, data.get("state"), "state" in data)


def _read_calls(messages: Sequence[Mapping[str, Any]]) -> list[ToolCall]:
    """The calls of the assistant's turns, in order."""
    calls: list[ToolCall] = []
    for message in messages:
        if message.get("role") == "assistant" and message.get("tool_calls"):
            found = read_json_calls(message["tool_calls"])
            if found is None:
                raise UnreadableCallsError("a call of no known form")
            calls += found
    if len(calls) > MAX_CALLS:
        raise UnreadableCallsError(f"more than {MAX_CALLS} calls")
    return calls


def _read_reference(reference: str) -> dict[str, Any]:
    data = load_json(reference)
    if not isinstance(data, dict) or not data.keys() - {"exact"} or data.keys() - _KEYS:
        raise UnusableReferenceError(f"it needs some of {', '.join(sorted(_KEYS - {'exact'}))}")
    must_call, must_not = data.get("must_call", []), data.get("must_not_call", [])
    if not isinstance(must_call, list) or not all(map(_is_wanted_call, must_call)):
        raise UnusableReferenceError("'must_call' is no list of calls with names")
    if not isinstance(must_not, list) or not all(isinstance(name, str) for name in must_not):
        raise UnusableReferenceError("'must_not_call' is no list of names")
    if type(data.get("max_calls", 0)) is not int or type(data.get("exact", False)) is not bool:
        raise UnusableReferenceError("'max_calls' is no whole number, or 'exact' no truth value")
    if not isinstance(data.get("answer", ""), str | int | float):
        raise UnusableReferenceError("'answer' is neither a text nor a number")
    return data


def _is_wanted_call(call: Any) -> bool:
    return (
        isinstance(call, dict)
        and isinstance(call.get("name"), str)
        and isinstance(call.get("arguments", {}), dict)
        and call.keys() <= {"name", "arguments"}
    )
