"""From an item of a request to questions, and from their results back to the item's."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from pydantic import ValidationError

from ingot.records import Message, Role
from services.rewards.config import MAX_CHARS, MAX_COMPARED
from services.rewards.judge import Judge
from services.rewards.schemas import PreferenceItem, RewardItem, Said
from services.rewards.scorer import Messages, Question, Scored

Item = RewardItem | PreferenceItem
Tasks = dict[int, str]
"""The review task of a question, by its place."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An item that was read: what is asked of it."""

    index: int
    id: str
    questions: tuple[Question, ...] = ()
    pairs: tuple[tuple[int, int], ...] = ()
    """Places of A and B, for each question that compares."""
    completions: int = 0
    failure: str = ""
    """Why it could not be read; then nothing is asked."""


def read_reward(index: int, data: Any, judge: Judge) -> Entry:
    """One question for each completion, or for each two where the judge compares."""
    item = _validate(RewardItem, index, data)
    if isinstance(item, Entry):
        return item
    if 1 in judge.arity:
        questions = tuple(_question(item, judge, (said,)) for said in item.completions)
        return Entry(index, item.id, questions, completions=len(questions))
    if not 2 <= len(item.completions) <= MAX_COMPARED:
        count = len(item.completions)
        return Entry(
            index,
            item.id,
            failure=f"{count} completions: judge {judge.name!r} compares, so it needs 2 to "
            f"{MAX_COMPARED}",
        )
    return _compared(index, item, judge)


def read_preference(index: int, data: Any, judge: Judge) -> Entry:
    """One question for each two completions."""
    item = _validate(PreferenceItem, index, data)
    return item if isinstance(item, Entry) else _compared(index, item, judge)


def rewards_of(entry: Entry, results: Sequence[Scored], tasks: Tasks) -> dict[str, Any]:
    """The item's result; of comparisons each completion's mean probability to be the better one."""
    if entry.pairs:
        rewards = [_mean(place, entry, results, tasks) for place in range(entry.completions)]
    else:
        rewards = [opinion(each, tasks.get(n)) for n, each in enumerate(results)]
    return {
        "index": entry.index,
        "id": entry.id,
        "completions": rewards,
        "failure": entry.failure or None,
    }


def comparisons_of(entry: Entry, results: Sequence[Scored], tasks: Tasks) -> dict[str, Any]:
    """The item's result, pair by pair."""
    comparisons = [
        opinion(each, tasks.get(n))
        | {"a": a, "b": b, "flipped": each.flipped, "position_bias": each.position_bias}
        for n, ((a, b), each) in enumerate(zip(entry.pairs, results, strict=True))
    ]
    return {
        "index": entry.index,
        "id": entry.id,
        "comparisons": comparisons,
        "failure": entry.failure or None,
    }


def opinion(scored: Scored, task: str | None = None) -> dict[str, Any]:
    """A result as it goes out: null for what is not known."""
    return {
        "score": scored.score,
        "probability": scored.probability,
        "verdict": scored.verdict,
        "reason": scored.reason,
        "abstained": bool(scored.because),
        "abstained_because": scored.because or None,
        "failure": scored.failure or None,
        "tokens": scored.tokens,
        "task": task,
    }


def messages(said: Said, role: Role) -> Messages:
    """A text as one turn, turns as they are."""
    return (Message(role=role, content=said),) if isinstance(said, str) else said


def _validate(model: type[Item], index: int, data: Any) -> Item | Entry:
    try:
        item = model.model_validate(data)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        return Entry(index, _id_of(data), failure=f"{place or 'item'}: {fault['msg']}"[:500])
    chars = sum(map(_chars, (item.prompt, *item.completions)))
    if chars > MAX_CHARS:
        return Entry(index, item.id, failure=f"{chars} characters: at most {MAX_CHARS} in one item")
    return item


def _chars(said: Said) -> int:
    return len(said) if isinstance(said, str) else sum(len(turn.content) for turn in said)


def _id_of(data: Any) -> str:
    found = data.get("id") if isinstance(data, dict) else ""
    return found[:200] if isinstance(found, str) else ""


def _compared(index: int, item: Item, judge: Judge) -> Entry:
    pairs = tuple(combinations(range(len(item.completions)), 2))
    questions = tuple(
        _question(item, judge, (item.completions[a], item.completions[b])) for a, b in pairs
    )
    return Entry(index, item.id, questions, pairs, len(item.completions))


def _question(item: Item, judge: Judge, answers: Sequence[Said]) -> Question:
    return Question(
        prompt=messages(item.prompt, "user"),
        answers=tuple(messages(answer, "assistant") for answer in answers),
        reference=item.reference,
        verifier=judge.verifier or item.verifier,
        domain=item.domain,
    )


def _mean(place: int, entry: Entry, results: Sequence[Scored], tasks: Tasks) -> dict[str, Any]:
    """Over the comparisons that gave a score; without one, why the first gave none."""
    mine = [
        (n, each, each.score if place == pair[0] else 1 - (each.score or 0))
        for n, (pair, each) in enumerate(zip(entry.pairs, results, strict=True))
        if place in pair
    ]
    # Both completions of a pair pay half of it, the first any odd token.
    tokens = sum(
        each.tokens // 2 + (each.tokens % 2 if place == entry.pairs[n][0] else 0)
        for n, each, _ in mine
    )
    known = [value for _, each, value in mine if each.score is not None and value is not None]
    if not known:
        n, first, _ = mine[0]
        return opinion(first, tasks.get(n)) | {"probability": None, "tokens": tokens}
    mean = sum(known) / len(known)
    reason = f"mean of {len(known)} of {len(mine)} comparisons"
    task = next((tasks[n] for n, _, _ in mine if n in tasks), None)
    return opinion(Scored(mean, mean, "", reason, tokens=tokens), task)
