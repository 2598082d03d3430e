"""What simulated reviewers know: the truth, from outside the pipeline.

It is a solver for the embedded model's tasks, or the lab's own column of right and wrong.
"""

from collections.abc import Callable

from generation.recipes.bring import bring
from generation.verifiable.solve import solve
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
    """Read the lab's own column of right and wrong, of all rows: each batch takes some."""
    rows = read_rows(spec.source.path)
    brought = bring(
        rows,
        spec.source.columns,
        verifier=spec.verifier,
        with_completions=True,
        quantity=len(rows),
        provenance=Provenance(),
    )
    prompts = {instruction.id: instruction.text for instruction in brought.instructions}
    known = {
        (prompts[completion.instruction_id], completion.text): brought.known_right[completion.id]
        for completion in brought.completions
        if completion.id in brought.known_right
    }
    return lambda prompt, completion: known.get((prompt, completion), False)


def domain_of(prompt: str) -> str:
    """The task family of a prompt, '' where no family would have written it."""
    solved = solve(prompt)
    return solved.family if solved else ""
