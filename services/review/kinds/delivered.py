"""What a finished answer becomes: rows in the column names of TRL and OpenAI.

sft         messages                        preference  prompt, chosen, rejected, margin
prompt      prompt                          unpaired    prompt, completion, label (true or false)
scored      prompt, completion, scores (by criterion)
stepwise    prompt, completions, labels: an agent's steps, each of them messages
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise, product
from typing import Any, Literal, NamedTuple

Form = Literal["sft", "prompt", "preference", "unpaired", "scored", "stepwise"]
Pairs = Literal["all", "neighbours"]
Messages = Sequence[Mapping[str, Any]]
_Fields = Mapping[str, Any]


class Row(NamedTuple):
    """One row of a dataset of this form."""

    form: Form
    columns: dict[str, Any]


def records(kind: str, item: _Fields, answer: _Fields, *, pairs: Pairs = "neighbours") -> list[Row]:
    """The rows of a canonical answer; none where it decides nothing, as a tie does.

    A ranking gives a pair for each two `neighbours` or for `all` that are not tied.
    """
    if kind == "ranking":
        return list(_ranked(item, answer["order"], pairs))
    return list(_OF_KIND[kind](item, answer))


def _preferred(item: _Fields, answer: _Fields) -> Iterator[Row]:
    preference = answer["preference"]
    better, worse = ("a", "b") if preference < 0 else ("b", "a")
    if preference:
        yield _preference(item, item[better], item[worse], abs(preference))


def _ranked(item: _Fields, order: Sequence[Sequence[int]], pairs: Pairs) -> Iterator[Row]:
    groups = list(enumerate(order))
    compared = pairwise(groups) if pairs == "neighbours" else combinations(groups, 2)
    for (high, better), (low, worse) in compared:
        for chosen, rejected in product(better, worse):
            yield _preference(item, item["answers"][chosen], item["answers"][rejected], low - high)


def _preference(item: _Fields, chosen: Messages, rejected: Messages, margin: int) -> Row:
    return Row(
        "preference",
        {"prompt": item["prompt"], "chosen": chosen, "rejected": rejected, "margin": float(margin)},
    )


def _attributes(item: _Fields, answer: _Fields) -> Iterator[Row]:
    yield _scored(item["prompt"], item["completion"], answer["scores"])


def _rating(item: _Fields, answer: _Fields) -> Iterator[Row]:
    yield _scored(item["prompt"], item["completion"], {"score": answer["score"]})


def _scored(prompt: Messages, completion: Messages, scores: Mapping[str, int]) -> Row:
    return Row("scored", {"prompt": prompt, "completion": completion, "scores": dict(scores)})


def _accepted(item: _Fields, answer: _Fields) -> Iterator[Row]:
    yield _unpaired(item["prompt"], item["completion"], answer["accept"])


def _checked(item: _Fields, answer: _Fields) -> Iterator[Row]:
    if answer["verdict"] != "unclear":
        yield _unpaired(item["prompt"], item["completion"], answer["verdict"] == "right")


def _unpaired(prompt: Messages, completion: Messages, label: bool) -> Row:
    return Row("unpaired", {"prompt": prompt, "completion": completion, "label": label})


def _rewritten(item: _Fields, answer: _Fields) -> Iterator[Row]:
    *before, last = item["completion"]
    better = [*before, {**last, "content": answer["text"]}]
    yield Row("sft", {"messages": [*item["prompt"], *better]})
    if answer["text"] != last["content"]:
        yield _preference(item, better, item["completion"], 1)


def _written(item: _Fields, answer: _Fields) -> Iterator[Row]:
    role = "user" if item["wanted"] == "prompt" else "assistant"
    messages = [*item.get("prompt", ()), {"role": role, "content": answer["text"]}]
    if role == "user":
        yield Row("prompt", {"prompt": messages})
    else:
        yield Row("sft", {"messages": messages})


def _turns(item: _Fields, answer: _Fields) -> Iterator[Row]:
    messages = item["messages"]
    for each in answer["turns"]:
        place = each["turn"]
        yield _scored(messages[:place], [messages[place]], {"turn": each["score"]})
    start = _first_answer(messages)
    yield _scored(messages[:start], messages[start:], {"whole": answer["whole"]})


def _trajectory(item: _Fields, answer: _Fields) -> Iterator[Row]:
    messages = item["messages"]
    start = _first_answer(messages)
    steps = [each["step"] for each in answer["steps"]]
    tools = {"tools": item["tools"]} if item.get("tools") else {}
    whole = _unpaired(messages[:start], messages[start:], answer["success"])
    yield Row("unpaired", {**whole.columns, **tools})
    bounds = pairwise([*steps, len(messages)])
    stepwise = {
        "prompt": messages[:start],
        "completions": [messages[begin:end] for begin, end in bounds],
        "labels": [each["grade"] != "bad" for each in answer["steps"]],
    }
    yield Row("stepwise", {**stepwise, **tools})


def _first_answer(messages: Messages) -> int:
    return next(n for n, message in enumerate(messages) if message["role"] == "assistant")


_OF_KIND: Mapping[str, Callable[[_Fields, _Fields], Iterable[Row]]] = {
    "pairwise": _preferred,
    "attributes": _attributes,
    "rating": _rating,
    "accept": _accepted,
    "rewrite": _rewritten,
    "write": _written,
    "turns": _turns,
    "trajectory": _trajectory,
    "facts": _checked,
}
