"""The recipe that answers each instruction N times."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ingot.engine import Engine, Generated, Request, stream
from ingot.records import Completion, Instruction, Message, Provenance, Sampling


@dataclass(slots=True)
class Completed:
    """Completions in the order of the instructions and draws, and the draws that failed."""

    completions: list[Completion] = field(default_factory=list)
    failures: list[tuple[str, int, str]] = field(default_factory=list)
    """(instruction id, sample, cause)"""


def sample_seed(seed: int, instruction_id: str, sample: int) -> int:
    """A seed of its own for each draw, the same in every run."""
    digest = hashlib.sha256(f"{seed}:{instruction_id}:{sample}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


async def complete(
    engine: Engine,
    instructions: Sequence[Instruction],
    samples: int,
    *,
    sampling: Sampling,
    logprobs: bool,
    seed: int,
    provenance: Provenance,
    on_progress: Callable[[int, int], None],
) -> Completed:
    """Draw `samples` completions of every instruction; the engine's queue is never empty."""

    def requests() -> Iterator[Request]:
        for instruction in instructions:
            for sample in range(samples):
                draw = sample_seed(seed, instruction.id, sample)
                yield Request(instruction.messages, sampling, seed=draw, logprobs=logprobs)

    total = len(instructions) * samples
    drawn: dict[int, Completion | str] = {}
    async for index, answer in stream(engine, requests()):
        instruction, sample = instructions[index // samples], index % samples
        drawn[index] = answer.failure or _completion(instruction, sample, answer, provenance)
        on_progress(len(drawn), total)
    completed = Completed()
    for index in range(total):
        draw = drawn[index]
        if isinstance(draw, Completion):
            completed.completions.append(draw)
        else:
            failed = (instructions[index // samples].id, index % samples, draw)
            completed.failures.append(failed)
    return completed


def _completion(
    instruction: Instruction, sample: int, answer: Generated, provenance: Provenance
) -> Completion:
    return Completion(
        instruction_id=instruction.id,
        messages=(Message(role="assistant", content=answer.text.strip()),),
        sample=sample,
        prompt_tokens=answer.prompt_tokens,
        completion_tokens=answer.completion_tokens,
        mean_logprob=answer.mean_logprob,
        finish_reason=answer.finish_reason,
        provenance=provenance.model_copy(update={"parents": (instruction.id,)}),
    )
