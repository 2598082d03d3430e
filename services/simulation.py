"""Simulated reviewers: programs that answer review tasks through the same REST API as people do.

They know the truth from outside the pipeline (a solver for the embedded model's tasks, or the
lab's own column), and err at a set rate. Their keys are marked as simulated, and so is every record
that rests on their answers. They see what a person sees: a prompt and two answers.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from generation.recipes.bring import bring
from generation.verifiable.solve import solve
from ingot.client import Client
from ingot.datasets import read_rows
from ingot.orders import OrderSpec
from ingot.records import Provenance
from judging.verifiers.answer import check_answer

Truth = Callable[[str, str], bool]
"""(prompt, completion) -> is the completion right?"""


def truth_of(spec: OrderSpec) -> Truth:
    """What a perfect reviewer would know of this order's items."""
    if spec.source.recipe == "completions":
        return _known_truth(spec)
    return _solved_truth


def _solved_truth(prompt: str, completion: str) -> bool:
    """Solve the prompt by program; a prompt outside the families has no right answer."""
    solved = solve(prompt)
    return solved is not None and check_answer(completion, solved.answer).outcome == "right"


def _known_truth(spec: OrderSpec) -> Truth:
    """Read the lab's own column of right and wrong."""
    brought = bring(
        read_rows(spec.source.path),
        spec.source.columns,
        verifier=spec.verifier,
        with_completions=True,
        quantity=spec.quantity,
        provenance=Provenance(),
    )
    prompts = {instruction.id: instruction.text for instruction in brought.instructions}
    known = {
        (prompts[completion.instruction_id], completion.text): brought.known_right[completion.id]
        for completion in brought.completions
        if completion.id in brought.known_right
    }
    return lambda prompt, completion: known.get((prompt, completion), False)


class SimulatedReviewer:
    """Takes and answers tasks until there are none."""

    def __init__(self, client: Client, truth: Truth, *, accuracy: float, seed: int) -> None:
        self.client, self.truth, self.accuracy, self.seed = client, truth, accuracy, seed

    def answer_all(self) -> int:
        """Answer every task that the queue gives; gives their number."""
        answered = 0
        while tasks := self.client.lease(5):
            for task in tasks:
                self.client.answer(task["id"], self.decide(task), active_ms=1000)
            answered += len(tasks)
        return answered

    def decide(self, task: Mapping[str, Any]) -> str:
        """The right verdict, or at the error rate one of the two others.

        Whether it errs depends on the task's content only, so a rerun answers alike.
        """
        prompt, a, b = (task[part][-1]["content"] for part in ("prompt", "a", "b"))
        right = {(True, False): "A", (False, True): "B"}
        verdict = right.get((self.truth(prompt, a), self.truth(prompt, b)), "tie")
        content = orjson.dumps([self.seed, prompt, sorted((a, b))])
        draw = int.from_bytes(hashlib.sha256(content).digest()[:8], "big") / 2**64
        if draw < self.accuracy:
            return verdict
        if verdict == "tie":
            return "A" if a < b else "B"
        opposite = "B" if verdict == "A" else "A"
        return opposite if draw < (1 + self.accuracy) / 2 else "tie"
