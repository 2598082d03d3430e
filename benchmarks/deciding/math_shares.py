"""The math verifier on real answers: GSM8K's solutions, MATH, Qwen's samples, and word problems."""

import asyncio
import random
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from benchmarks.deciding.effort import Effort, read_set
from benchmarks.deciding.math_variants import near_misses, variants
from judging.verifiers.answer import Check, check_answer
from judging.verifiers.finals import extract_final
from judging.verifiers.math import check_math
from judging.verifiers.math_exact.tidy import squeeze
from judging.verifiers.numeric import check_numeric

SHOWN_CHARS = 70
_LEADING = re.compile(r"-?[\d.,]+(?=\s*\(|$)")


@dataclass(frozen=True, slots=True)
class _Case:
    """A text to check, and what is known of it."""

    text: str
    reference: str
    kind: str
    is_right: bool = True


def measure_gsm8k() -> dict[str, object]:
    """Four systems' solutions against their flags, by `answer` and by `math`."""
    cases = [
        _Case(solution["solution"], _final(row["ground_truth"]), system, solution["is_correct"])
        for row in read_set("4_verifiable/gsm8k_example_model_solutions").to_dicts()
        for system, solution in row.items()
        if isinstance(solution, dict)
    ]
    by_answer = [check_answer(case.text, case.reference) for case in cases]
    by_math = asyncio.run(_check_all(cases))
    return {
        "gsm8k_total": len(cases),
        "gsm8k_agreement": _agreement(cases, by_answer),
        "gsm8k_agreement_math": _agreement(cases, by_math),
        "gsm8k_unsure": sum(check.outcome == "unsure" for check in by_answer),
        "gsm8k_false_verdicts": _false(cases, by_answer) + _false(cases, by_math),
        "gsm8k_differences": _differences(cases, by_answer),
        "gsm8k_differences_math": _differences(cases, by_math),
    }


def measure_math(effort: Effort) -> dict[str, object]:
    """MATH's own answers, in other spellings, and answers that are not theirs."""
    rows = read_set("4_verifiable/math500").to_dicts()
    own = [_Case(row["solution"], row["answer"], "own") for row in rows]
    answers = [_final(text) for text in read_set("4_verifiable/math_test")["solution"]]
    selves = [_boxed(answer, answer, "self") for answer in answers]
    distinct = sorted(set(answers))
    spelt = [_boxed(text, answer, kind) for answer in distinct for kind, text in variants(answer)]
    wrong = list(_make_wrong(answers, distinct, random.Random(effort.seed)))
    checks = [asyncio.run(_check_all(cases)) for cases in (own, selves, spelt, wrong)]
    false_rights = [c for c, k in zip(wrong, checks[3], strict=True) if k.outcome == "right"]
    return {
        "math500_total": len(own),
        "math500_right": _share(checks[0], "right"),
        "math_test_total": len(selves),
        "math_test_right": _share(checks[1], "right"),
        "math_spellings_total": len(spelt),
        "math_spellings_right": _share(checks[2], "right"),
        "math_differences": _differences(own + selves + spelt, checks[0] + checks[1] + checks[2]),
        "math_negatives_total": len(wrong),
        "math_negatives_wrong": _share(checks[3], "wrong"),
        "math_false_rights": len(false_rights),
        "math_false_rights_shown": [
            f"{c.kind}: {c.text[:40]} for {c.reference[:40]}" for c in false_rights
        ],
        "math_negatives_unsure": dict(_reasons(checks[3]).most_common(6)),
    }


def measure_qwen() -> dict[str, object]:
    """Qwen's samples against the flags of its authors."""
    cases = [
        _Case(row["response"], row["gt"], "sample", row["correct"])
        for row in read_set("4_verifiable/qwen_math100_bestof8_rm").to_dicts()
    ]
    checks = asyncio.run(_check_all(cases))
    return {
        "qwen_total": len(cases),
        "qwen_agreement": _agreement(cases, checks),
        "qwen_differences": _differences(cases, checks),
    }


def measure_word_problems() -> dict[str, object]:
    """The numbers of SVAMP, ASDiv and GSM-Hard: right as they are, wrong with one added."""
    numbers = {
        "svamp": [str(value) for value in read_set("4_verifiable/svamp")["Answer"]],
        "gsm_hard": [str(value) for value in read_set("4_verifiable/gsm_hard")["target"]],
        "asdiv": [
            match[0].strip()
            for value in read_set("4_verifiable/asdiv")["answer"]
            if (match := _LEADING.match(value))
        ],
    }
    found: dict[str, object] = {}
    for name, values in numbers.items():
        checks = [check_numeric(f"The answer is {value}.", value) for value in values]
        others = [check_numeric(f"#### 1{value.lstrip('-')}", value) for value in values]
        found[f"{name}_total"] = len(values)
        found[f"{name}_right"] = _share(checks, "right")
        found[f"{name}_other_wrong"] = _share(others, "wrong")
    return found


def _make_wrong(answers: list[str], distinct: list[str], draws: Any) -> Iterable[_Case]:
    """The answer of another problem for each, and near misses."""
    for answer in answers:
        other = draws.choice(distinct)
        if squeeze(other) != squeeze(answer):
            yield _boxed(other, answer, "another problem")
    for answer in distinct:
        for kind, text in near_misses(answer, draws):
            yield _boxed(text, answer, kind)


async def _check_all(cases: Iterable[_Case]) -> list[Check]:
    return list(await asyncio.gather(*(check_math(case.text, case.reference) for case in cases)))


def _boxed(answer: str, reference: str, kind: str) -> _Case:
    return _Case(f"So it is \\boxed{{{answer}}}.", reference, kind)


def _final(text: str) -> str:
    final = extract_final(text)
    return final.text if final else ""


def _share(checks: list[Check], outcome: str) -> float:
    return round(sum(check.outcome == outcome for check in checks) / len(checks), 5)


def _agreement(cases: list[_Case], checks: list[Check]) -> float:
    """Of all, those graded as the flag says; unsure agrees with nothing."""
    graded = [k.outcome == ("right" if c.is_right else "wrong") for c, k in _both(cases, checks)]
    return round(sum(graded) / len(cases), 5)


def _false(cases: list[_Case], checks: list[Check]) -> int:
    """Verdicts that say the opposite of the flag."""
    opposite = {True: "wrong", False: "right"}
    return sum(check.outcome == opposite[case.is_right] for case, check in _both(cases, checks))


def _differences(cases: list[_Case], checks: list[Check]) -> list[str]:
    return [
        f"{case.kind}: {check.outcome}, {check.reason[:SHOWN_CHARS]}; flag {case.is_right}; "
        f"read {check.final[:30]!r} for {case.reference[:30]!r}; ends {case.text[-30:]!r}"
        for case, check in _both(cases, checks)
        if check.outcome != ("right" if case.is_right else "wrong")
    ]


def _both(cases: list[_Case], checks: list[Check]) -> list[tuple[_Case, Check]]:
    return list(zip(cases, checks, strict=True))


def _reasons(checks: list[Check]) -> Counter[str]:
    return Counter(check.reason[:SHOWN_CHARS] for check in checks if check.outcome == "unsure")
