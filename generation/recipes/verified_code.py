"""Programming tasks whose tests were executed: kept is what solutions and tests agree on.

A task may grow out of a snippet of code, as in OSS-Instruct (Wei et al. 2023, arXiv 2312.02120,
section 2.1). Solutions and tests are drawn apart from each other and executed against each other,
as in CodeT (Chen et al. 2022, arXiv 2207.10397, section 2.2). CodeT picks a solution so; here the
tests of the best consensus set also become the reference of the task.
"""

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from generation.flow.item import Drop, Item, Row
from generation.flow.recipe import Terms, recipe
from generation.ingredients.checked_answers import (
    Checked,
    draw_answers,
    judgment_of,
    preferences_of,
)
from generation.ingredients.code_tests import Entry, find_consensus, read_asserts, read_signature
from generation.ingredients.forms import Form, form_of, read_form
from generation.ingredients.lineage import traced
from ingot.engine import Generated
from ingot.records import Completion, Instruction, Judgment, Preference, Record, Sampling

SAMPLING = Sampling(temperature=0.9, top_p=0.95, max_tokens=600)
TASK_PROMPT = """Think up a programming task that one Python function solves.
- The function takes and returns plain Python values: numbers, texts, lists, dicts.
- It uses no files, no clock, no network and no random numbers.
- The task says exactly what is returned, also in the special cases.
Answer in JSON with "task", the description, and "signature", the line that begins with def.

"""
SIGNATURE_PROMPT = """Say the task below again, so that one Python function solves it.
Answer in JSON with "task", the description, and "signature", the line that begins with def.

"""
TESTS_PROMPT = """Write tests for the Python function that is described below.
Each test is one line of the form: assert name(...) == ...
Use literal values only. Test different things, and the special cases too.
Answer in JSON with "tests", a list of such lines.

"""
AREAS = (
    "texts", "lists of numbers", "calendar dates", "matrices", "intervals", "number theory",
    "counting and grouping", "parsing a small format", "graphs as dicts of lists",
    "sorting by several keys", "simulating a simple machine", "permutations and subsets",
    "money and rounding", "game boards", "encoding and decoding", "sets and relations",
)  # fmt: skip
LEVELS = ("easy", "of medium difficulty", "hard")
Line = Annotated[str, StringConstraints(max_length=200)]


class Task(Form):
    """What is to be programmed."""

    task: str = Field(min_length=20, max_length=900)
    signature: str = Field(min_length=8, max_length=160)


class Suite(Form):
    """What it is tested with."""

    tests: tuple[Line, ...] = Field(min_length=1, max_length=10)


class VerifiedCode(Terms):
    """How many solutions and sets of tests are drawn, and how much agreement is wanted."""

    solutions: int = Field(default=4, ge=1, le=64)
    test_sets: int = Field(default=2, ge=1, le=16)
    min_tests: int = Field(default=3, ge=1, le=50)
    """Fewest tests that must be left."""
    min_agree: int = Field(default=2, ge=1, le=64)
    """Fewest solutions that must pass all of them; 1 trusts a single program."""

    @model_validator(mode="after")
    def _agreeing_among_solutions(self) -> Self:
        if self.min_agree > self.solutions:
            raise ValueError("min_agree cannot exceed solutions: ask for more solutions")
        return self


@recipe(
    source="Chen et al. 2022, CodeT, section 2.2 (arXiv 2207.10397); tasks from snippets: Wei et "
    "al. 2023, OSS-Instruct, section 2.1 (arXiv 2312.02120)",
    makes=(Instruction, Completion, Judgment, Preference),
    requests="1 + `test_sets` + `solutions`",
    needs=("verifier",),
    pool="tasks in column 'prompt', or code to be inspired by in column 'code'; sixteen areas of "
    "ours where none are given",
)
async def verified_code(item: Item, terms: VerifiedCode) -> list[Record]:
    """Programming tasks with executed tests, right programs, and pairs of right over wrong."""
    prompt = task_prompt(item.index, item.rng, item.pool)
    said = await item.ask(prompt, step="task", sampling=SAMPLING, structured=form_of(Task))
    task = read_form(Task, said)
    entry = read_signature(task.signature)
    if entry is None:
        raise Drop("bad_signature")
    text = f"{task.task}\n\nWrite this function in one ```python block:\n{entry.signature}"
    asked = traced(item.instruction(text, domain="code", verifier="code"), item, said)
    tests, drawn = await asyncio.gather(
        _draw_tests(item, terms, f"{TESTS_PROMPT}{task.task}\n{entry.signature}", entry),
        draw_answers(item, asked, terms.solutions),
    )
    return await _agree(item, terms, entry, asked, tests, drawn)


def task_prompt(index: int, rng: Random, pool: Sequence[Row]) -> str:
    """The row's task or snippet in turn, or a drawn area."""
    row = pool[index % len(pool)] if pool else {}
    if row.get("prompt"):
        return f"{SIGNATURE_PROMPT}Task:\n{row['prompt']}"
    if row.get("code"):
        return f"{TASK_PROMPT}Let this code inspire you, but do not copy it:\n{row['code']}"
    return f"{TASK_PROMPT}The task is {rng.choice(LEVELS)} and about {rng.choice(AREAS)}."


async def _draw_tests(item: Item, terms: VerifiedCode, prompt: str, entry: Entry) -> list[str]:
    """The usable tests of all sets; a set that is broken is left out."""
    sets = await item.ask_many(
        prompt, terms.test_sets, step="tests", sampling=SAMPLING, structured=form_of(Suite)
    )
    lines: list[str] = []
    for said in sets:
        try:
            lines += read_form(Suite, said).tests
        except Drop:
            continue
    tests = read_asserts(lines, entry.name)
    if len(tests) < terms.min_tests:
        raise Drop("too_few_tests")
    return tests


async def _agree(
    item: Item,
    terms: VerifiedCode,
    entry: Entry,
    asked: Instruction,
    tests: Sequence[str],
    drawn: Sequence[tuple[Completion, Generated]],
) -> list[Record]:
    """Execute all against all; the records of the best consensus set."""
    outcomes = await asyncio.gather(*(_run(item, entry, tests, *each) for each in drawn))
    best = find_consensus(outcomes)
    if len(best.solutions) < terms.min_agree or len(best.tests) < terms.min_tests:
        raise Drop("no_agreement")
    reference = entry.reference([tests[number] for number in best.tests])
    known = Instruction.model_validate(asked.model_dump() | {"id": "", "reference": reference})
    answers = [
        Checked(_answering(known, completion), _verdict(results, best.tests))
        for (completion, _), results in zip(drawn, outcomes, strict=True)
    ]
    records: list[Record] = [known, *(each.completion for each in answers)]
    records += [judgment_of(known, each) for each in answers]
    agreeing = sum(each.right is True for each in answers)
    return records + preferences_of(known, answers, confidence=agreeing / len(answers))


async def _run(
    item: Item, entry: Entry, tests: Sequence[str], completion: Completion, said: Generated
) -> Sequence[bool | None]:
    """Whether a solution passes each of the tests; None where that is not known."""
    if said.finish_reason == "length":
        return [None] * len(tests)
    checks = (item.verify("code", completion.text, entry.reference([test])) for test in tests)
    return await asyncio.gather(*checks)


def _answering(instruction: Instruction, completion: Completion) -> Completion:
    """The completion as an answer to the instruction with its reference, whose id is another."""
    provenance = completion.provenance.model_copy(update={"parents": (instruction.id,)})
    moved = {"id": "", "instruction_id": instruction.id, "provenance": provenance}
    return Completion.model_validate(completion.model_dump() | moved)


def _verdict(results: Sequence[bool | None], tests: Sequence[int]) -> bool | None:
    """Right where all the tests pass, wrong where one fails, else unknown."""
    kept = [results[number] for number in tests]
    if False in kept:
        return False
    return None if None in kept else True
