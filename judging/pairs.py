"""From completions to pairs: what a verifier can decide it decides, the rest is left open.

    Instruction + Completions --verify_completions--> Judgments (right, wrong, unsure)
                              --build_pairs---------> Pairs (verified 'A' or 'B', or '' = ask)

Each pair stands in an order drawn by hash, so that 'A' is right half of the time and no judge gains
by a habit. Two answers that are both known to be right, or both wrong, never make a pair.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Literal

from ingot.records import Completion, Instruction, JudgeKind, Judgment, Pair, Provenance
from judging.draws import draw_integer
from judging.sandbox.bubblewrap import Sandbox
from judging.verifiers.answer import canonical_answer
from judging.verifiers.choose import check
from judging.verifiers.finals import extract_final

Couple = tuple[Completion, Completion]


async def verify_completions(
    instructions: Iterable[Instruction], completions: Iterable[Completion]
) -> list[Judgment]:
    """Judge every completion whose instruction names a verifier and a reference.

    Programs run in a sandbox, several at once. Raises OrderError where the verifier's name is
    unknown.
    """
    checkable = {i.id: i for i in instructions if i.verifier and i.reference}
    sandbox = Sandbox()
    return await asyncio.gather(
        *(
            _verify(checkable[completion.instruction_id], completion, sandbox)
            for completion in completions
            if completion.instruction_id in checkable
        )
    )


async def _verify(instruction: Instruction, completion: Completion, sandbox: Sandbox) -> Judgment:
    verdict = await check(instruction.verifier, completion.text, instruction.reference, sandbox)
    return Judgment(
        subject_id=completion.id,
        kind=JudgeKind.VERIFIER,
        judge=instruction.verifier,
        verdict=verdict.outcome,
        p=None if verdict.outcome == "unsure" else 1.0,
        rationale=verdict.reason,
        provenance=completion.provenance.model_copy(
            update={"judge": instruction.verifier, "parents": (instruction.id, completion.id)}
        ),
    )


def build_pairs(
    instructions: Iterable[Instruction],
    completions: Iterable[Completion],
    verdicts: Iterable[Judgment],
    per_instruction: int,
    seed: int,
) -> list[Pair]:
    """At most `per_instruction` pairs for each instruction that has two answers to compare."""
    known = {verdict.subject_id: verdict.verdict for verdict in verdicts}
    answers = defaultdict(list)
    for completion in completions:
        answers[completion.instruction_id].append(completion)
    return [
        pair
        for instruction in instructions
        for pair in islice(
            _pairs_of(instruction, answers[instruction.id], known, seed), per_instruction
        )
    ]


def _pairs_of(
    instruction: Instruction, answers: Sequence[Completion], known: dict[str, str], seed: int
) -> Iterator[Pair]:
    """Verified pairs where right meets wrong, else open ones."""
    groups = _group_answers(answers, seed)
    right = [c for group in groups for c in _distinct(group) if known.get(c.id) == "right"]
    wrong = [group[0] for group in groups if known.get(group[0].id) == "wrong"]
    couples = _spread(_shuffle(right, seed), wrong) if right and wrong else _open(groups, known)
    for first, second in couples:
        yield _pair(instruction, (first, second), bool(right and wrong), seed)


def _group_answers(answers: Sequence[Completion], seed: int) -> list[list[Completion]]:
    """Completions that say the same, the largest group first; in a group the first sample first."""
    groups: dict[str, list[Completion]] = defaultdict(list)
    for completion in sorted(answers, key=lambda c: (c.sample, c.id)):
        groups[_answer_key(completion.text)].append(completion)
    return sorted(groups.values(), key=lambda g: (-len(g), draw_integer("group", seed, g[0].id)))


def _answer_key(text: str) -> str:
    """The final answer in one spelling; the text itself where it marks none."""
    final = extract_final(text)
    return f"final {canonical_answer(final.text)}" if final else f"text {' '.join(text.split())}"


def _distinct(group: Sequence[Completion]) -> list[Completion]:
    """One completion for each text."""
    first = {" ".join(completion.text.split()): completion for completion in reversed(group)}
    return list(reversed(first.values()))


def _shuffle(answers: list[Completion], seed: int) -> list[Completion]:
    return sorted(answers, key=lambda c: draw_integer("right", seed, c.id))


def _spread(right: Sequence[Completion], wrong: Sequence[Completion]) -> Iterator[Couple]:
    """Every right with every wrong answer, so that early couples share as little as they can."""
    for shift in range(len(wrong)):
        for index, completion in enumerate(right):
            yield completion, wrong[(index + shift) % len(wrong)]


def _open(groups: Sequence[Sequence[Completion]], known: dict[str, str]) -> Iterator[Couple]:
    """The commonest answer against each other one, unless both are decided already."""
    for group in groups[1:]:
        first, second = groups[0][0], group[0]
        if "unsure" in (known.get(first.id, "unsure"), known.get(second.id, "unsure")):
            yield first, second


def _pair(instruction: Instruction, couple: Couple, verified: bool, seed: int) -> Pair:
    """Put a couple in its canonical order; in a verified one the right answer comes first."""
    swap = draw_integer("order", seed, *sorted(completion.id for completion in couple)) % 2
    a, b = reversed(couple) if swap else couple
    verdict: Literal["A", "B"] = "B" if swap else "A"
    return Pair(
        instruction_id=instruction.id,
        a_id=a.id,
        b_id=b.id,
        prompt=instruction.messages,
        a=a.messages,
        b=b.messages,
        domain=instruction.domain,
        verified=verdict if verified else "",
        provenance=_common_provenance(instruction, a, b),
    )


def _common_provenance(instruction: Instruction, a: Completion, b: Completion) -> Provenance:
    """What both completions share; the parents are the instruction and both."""
    other = b.provenance.model_dump()
    shared = {name: v for name, v in a.provenance.model_dump().items() if other[name] == v}
    return Provenance.model_validate(shared | {"parents": (instruction.id, a.id, b.id)})
