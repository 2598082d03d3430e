"""The rules `like_own_models` and `near_duplicate`, on answers to the same question."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from benchmarks.evidencing.cases import Case, all_cases
from benchmarks.evidencing.copies import found_copies
from benchmarks.evidencing.rates import choose_limit, grade, summarize
from services.review.evidence import likeness
from services.review.evidence.found import SEVERITIES, Evidence


def measure(seed: int) -> dict[str, Any]:
    """Rates of both rules."""
    cases = all_cases(seed)
    like = [grade(c.sample, likeness.like_models(c.own, c.references)) for c in cases]
    doubles = [
        grade(c.sample, likeness.like_others(c.own, others)) for c, others in _with_others(cases)
    ]
    people = [c for c in cases if c.sample.writer in ("person", "learner") and not c.sample.train]
    answered = [c for c in people if len(c.models) > 1]
    return {
        "like_own_models": summarize(like, SEVERITIES)
        | {"copies": found_copies(answered, lambda c: c.models[0], _like_models, seed)},
        "near_duplicate": summarize(doubles, SEVERITIES)
        | {"copies": found_copies(people, lambda c: c.sample.text, _like_original, seed)},
    }


def fit(seed: int) -> dict[str, Any]:
    """Limits from the training half: 5 % and 1 % of people, and what no person there reaches."""
    cases = all_cases(seed)
    models = {c.sample: _share_with_models(c) for c in cases}
    others = {
        case.sample: max((likeness.share(case.own, [o]) for o in others.values()), default=0.0)
        for case, others in _with_others(cases)
    }
    samples = [c.sample for c in cases]
    return {
        rule: {
            severity: round(choose_limit(samples, values.__getitem__, rate), 3)
            for severity, rate in zip(SEVERITIES, (0.05, 0.01, 0.0), strict=True)
        }
        for rule, values in (("like_own_models", models), ("near_duplicate", others))
    }


def _like_models(case: Case, own: set[int]) -> list[Evidence]:
    return list(likeness.like_models(own, case.references))


def _like_original(case: Case, own: set[int]) -> list[Evidence]:
    return list(likeness.like_others(own, {"original": case.own}))


def _share_with_models(case: Case) -> float:
    forced = likeness.forced(case.references) >= likeness.FORCED
    return 0.0 if forced else likeness.share(case.own, case.references)


def _with_others(cases: Sequence[Case]) -> list[tuple[Case, dict[str, set[int]]]]:
    """Each text with those that others wrote: people in one queue, models on the same task."""
    queues: dict[tuple[str, ...], list[Case]] = defaultdict(list)
    for case in cases:
        queues[_queue(case)].append(case)
    return [
        (case, {str(place): other.own for place, other in enumerate(queue) if other is not case})
        for queue in queues.values()
        for case in queue
    ]


def _queue(case: Case) -> tuple[str, ...]:
    sample = case.sample
    return (sample.source, sample.writer, sample.group if sample.writer == "model" else "")
