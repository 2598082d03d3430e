"""The tool_calls verifier: does a completion call the tools it should, as it should?"""

import json
from collections.abc import Mapping
from typing import Any

from judging.verifiers.answer import Check
from judging.verifiers.references import UnusableReferenceError, load_json
from judging.verifiers.tools.calls import MAX_CALLS, ToolCall, UnreadableCallsError, read_calls
from judging.verifiers.tools.functions import Function, find_fault, find_function, read_functions
from judging.verifiers.tools.matching import Expected, find_mismatch

ANY = "any"
_KEYS = {"functions", "possible", "ordered"}


def check_tool_calls(text: str, reference: str) -> Check:
    """Compare the calls in a completion with the expected ones.

    The reference is JSON: `{"functions": [schemas], "possible": [{name: {parameter: [allowed
    values]}}], "ordered": false}`. An empty `possible` means that no call may be made; "any" means
    that some call has to be made and all calls have to fit their schemas.
    """
    try:
        functions, expected, ordered = _read(reference)
    except (UnusableReferenceError, ValueError) as error:
        return Check("unsure", f"no usable reference: {error}"[:300])
    try:
        calls = read_calls(text)
    except UnreadableCallsError as error:
        return Check("unsure", f"calls cannot be read: {error}")
    final = json.dumps([{call.name: call.arguments} for call in calls])[:500]
    if expected is None:
        fault = _find_any_fault(calls, functions)
    else:
        fault = find_mismatch(calls, expected, functions, ordered=ordered)
    if fault:
        return Check("wrong", fault[:300], final)
    return Check("right", f"{len(calls)} calls as expected", final)


def _find_any_fault(calls: list[ToolCall], functions: Mapping[str, Function]) -> str:
    if not calls:
        return "no call is made"
    for call in calls:
        function = find_function(call, functions)
        fault = find_fault(call, function) if function else "no such function"
        if fault:
            return f"{call.name[:60]}: {fault}"
    return ""


def _read(reference: str) -> tuple[dict[str, Function], list[Expected] | None, bool]:
    """Functions, expected calls (None: any), and whether their order counts."""
    data = load_json(reference)
    if not isinstance(data, dict) or not {"functions", "possible"} <= data.keys() <= _KEYS:
        raise UnusableReferenceError("it needs 'functions' and 'possible', and may have 'ordered'")
    functions, possible = read_functions(data["functions"]), data["possible"]
    if possible == ANY:
        return functions, None, False
    if not isinstance(possible, list) or len(possible) > MAX_CALLS:
        raise UnusableReferenceError("'possible' is no list of calls")
    for call in possible:
        if not _is_expected(call) or next(iter(call)) not in functions:
            raise UnusableReferenceError("a possible call is of no known form or function")
        _refuse_impossible(call, functions[next(iter(call))])
    return functions, possible, data.get("ordered", False) is True


def _refuse_impossible(call: Expected, function: Function) -> None:
    """No call could be right where a parameter has no allowed value."""
    parameters = next(iter(call.values()))
    for name in (*function.required, *parameters):
        if not parameters.get(name):
            raise UnusableReferenceError(f"{name[:60]} is needed but has no allowed value")


def _is_expected(call: Any) -> bool:
    if not isinstance(call, dict) or len(call) != 1:
        return False
    parameters = next(iter(call.values()))
    return isinstance(parameters, dict) and all(isinstance(v, list) for v in parameters.values())
