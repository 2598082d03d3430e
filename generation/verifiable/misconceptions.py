"""Plausible wrong responses: what a half-taught student would write.

Each family has its own wrong ideas, written as the student would, steps included. They serve twice:
the embedded generator is taught some of them on purpose (`RATES`), so that rejecting samples has
something to reject; and the embedded judge learns to tell them from right answers.
"""

import json
from collections.abc import Callable
from random import Random

from generation.verifiable.lists import split_items
from generation.verifiable.moments import DAYS, work_clock
from generation.verifiable.stories import factor_of
from generation.verifiable.task import Parameters, Task, Worked, final_answer

RATES: dict[str, float] = {
    "add": 0.35,
    "subtract": 0.4,
    "multiply": 0.25,
    "two_step": 0.45,
    "units": 0.25,
    "sort": 0.3,
    "reverse": 0.3,
    "count": 0.4,
    "clock": 0.5,
    "weekday": 0.55,
    "json": 0.25,
    "compare": 0.25,
}
"""How often the embedded generator's lessons in a family are wrong: a modelling choice."""

UNMARKED = 0.08
"""Share of the wrong responses that are right but forget the answer mark."""


def respond_wrongly(task: Task, rng: Random) -> str:
    """A response that the verifier refuses, by a misconception of the task's family."""
    if rng.random() < UNMARKED:
        return f"{task.worked.rationale}\n{task.worked.answer}"
    for _ in range(4):
        flawed = _MISCONCEPTIONS[task.family](task.parameters, task.worked, rng)
        if flawed.answer != task.worked.answer:
            return flawed.text
    return Worked(task.worked.rationale, slip(task.worked.answer, rng)).text


def answer_wrongly(task: Task, rng: Random) -> str:
    """Only the final of a wrong response; "none" where it carries no marked answer."""
    if rng.random() < 0.4:
        return slip(task.worked.answer, rng)
    return final_answer(respond_wrongly(task, rng)) or "none"


def slip(answer: str, rng: Random) -> str:
    """Another text of the same form: a digit miswritten, a day mistaken, two items swapped."""
    if answer in DAYS:
        return rng.choice([day for day in DAYS if day != answer])
    if any(character.isdigit() for character in answer) and rng.random() < 0.8:
        return _slip_digit(answer, rng)
    items = split_items(answer)
    if len(items) > 1:
        return ", ".join(_swap(items, rng))
    return _slip_digit(answer, rng) if any(map(str.isdigit, answer)) else f"no {answer}"


def _slip_digit(answer: str, rng: Random) -> str:
    place = rng.choice([index for index, char in enumerate(answer) if char.isdigit()])
    digit = rng.choice([digit for digit in "123456789" if digit != answer[place]])
    return answer[:place] + digit + answer[place + 1 :]


def _swap(items: list[str], rng: Random) -> list[str]:
    place = rng.randrange(len(items) - 1)
    return [*items[:place], items[place + 1], items[place], *items[place + 2 :]]


def _forget_carry(parameters: Parameters, right: Worked, rng: Random) -> Worked:
    a, b = parameters[1].zfill(3), parameters[2].zfill(3)
    sums = [int(x) + int(y) for x, y in zip(reversed(a), reversed(b), strict=True)]
    steps = ", ".join(
        f"{x}+{y}+0={total}" for x, y, total in zip(reversed(a), reversed(b), sums, strict=True)
    )
    written = "".join(str(total % 10) for total in reversed(sums[:-1]))
    return Worked(f"{steps}.", f"{sums[-1]}{written}".lstrip("0") or "0")


def _subtract_wrongly(parameters: Parameters, right: Worked, rng: Random) -> Worked:
    if rng.random() < 0.25:
        return _forget_carry(("sum", parameters[1][-3:], parameters[2]), right, rng)
    a, b = parameters[1].zfill(4), parameters[2].zfill(4)
    pairs = [sorted((int(x), int(y))) for x, y in zip(reversed(a), reversed(b), strict=True)]
    pairs = pairs[: len(parameters[1])]
    steps = ", ".join(f"{high}-{low}-0={high - low}" for low, high in pairs)
    digits = "".join(str(high - low) for low, high in reversed(pairs))
    return Worked(f"{steps}.", digits.lstrip("0") or "0")


def _multiply_wrongly(parameters: Parameters, right: Worked, rng: Random) -> Worked:
    a, b = int(parameters[1]), int(parameters[2])
    if rng.random() < 0.5:
        return Worked(f"{a}+{b}={a + b}.", str(a + b))
    tens, ones = a // 10 * 10, a % 10
    total = tens * b + ones
    return Worked(f"{tens}*{b}={tens * b}, {tens * b}+{ones}={total}.", str(total))


def _stop_halfway(parameters: Parameters, right: Worked, rng: Random) -> Worked:
    a, b, c = (int(value) for value in parameters[1:])
    if rng.random() < 0.5:
        first = a + b if parameters[0] == "sets" else a * b
        sign = "+" if parameters[0] == "sets" else "*"
        return Worked(f"{a}{sign}{b}={first}.", str(first))
    return Worked(f"{a}+{b}={a + b}, {a + b}+{c}={a + b + c}.", str(a + b + c))


def _mistake_factor(parameters: Parameters, right: Worked, rng: Random) -> Worked:
    wrong = {1000: 100, 100: 10, 60: 100, 24: 12, 7: 5, 12: 10}[factor_of(parameters[0])]
    amount = int(parameters[1])
    rationale = f"The factor is {wrong}: {amount}*{wrong}={amount * wrong}."
    return Worked(rationale, str(amount * wrong))


def _sort_wrongly(parameters: Parameters, right: Worked, rng: Random) -> Worked:
    items = split_items(right.answer)
    if rng.random() < 0.3:
        other = "smallest" if parameters[0] == "descending" else "largest"
        return Worked(f"Start with the {other}.", ", ".join(reversed(items)))
    return Worked(right.rationale, ", ".join(_swap(items, rng)))


def _reverse_wrongly(parameters: Parameters, right: Worked, rng: Random) -> Worked:
    items = split_items(right.answer)
    if rng.random() < 0.3:
        return Worked(right.rationale, ", ".join([items[0], *reversed(items[1:])]))
    return Worked(right.rationale, ", ".join(_swap(items, rng)))


def _count_wrongly(parameters: Parameters, right: Worked, rng: Random) -> Worked:
    length = len(split_items(parameters[2]))
    if rng.random() < 0.3:
        return Worked(f"The list has {length} words.", str(length))
    count = max(0, int(right.answer) + rng.choice((-1, 1)))
    return Worked(right.rationale.rpartition(" ")[0] + f" {count}.", str(count))


def _clock_wrongly(parameters: Parameters, right: Worked, rng: Random) -> Worked:
    variant, time, shift = parameters
    if rng.random() < 0.4:
        return work_clock(("earlier" if variant == "later" else "later", time, shift))
    hour, minute = right.answer.split(":")
    kept = time.split(":")[0]
    other = f"{(int(kept) + 1) % 24:02d}" if kept == hour else kept
    return Worked(right.rationale.rpartition(", ")[0] + f", {int(kept)}.", f"{other}:{minute}")


def _weekday_wrongly(parameters: Parameters, right: Worked, rng: Random) -> Worked:
    _, day, _ = parameters
    if rng.random() < 0.4:
        return Worked(right.rationale, DAYS[(DAYS.index(right.answer) + rng.choice((-1, 1))) % 7])
    distance = DAYS.index(right.answer) - DAYS.index(day)
    return Worked(f"Count from {day}.", DAYS[(DAYS.index(day) - distance) % 7])


def _mistake_field(parameters: Parameters, right: Worked, rng: Random) -> Worked:
    _, field, text = parameters
    record = {str(key): str(value) for key, value in json.loads(text).items()}
    other = rng.choice([key for key in record if key != field] or [field])
    return Worked(f"{other} is {record[other]}.", record[other])


def _compare_wrongly(parameters: Parameters, right: Worked, rng: Random) -> Worked:
    _, a, b = parameters
    return Worked(f"{a} and {b}.", b if right.answer == a else a)


_MISCONCEPTIONS: dict[str, Callable[[Parameters, Worked, Random], Worked]] = {
    "add": _forget_carry,
    "subtract": _subtract_wrongly,
    "multiply": _multiply_wrongly,
    "two_step": _stop_halfway,
    "units": _mistake_factor,
    "sort": _sort_wrongly,
    "reverse": _reverse_wrongly,
    "count": _count_wrongly,
    "clock": _clock_wrongly,
    "weekday": _weekday_wrongly,
    "json": _mistake_field,
    "compare": _compare_wrongly,
}
