"""Answers to prompts: what a lab brings, or what another recipe has just written, N times each."""

from collections.abc import Mapping

from pydantic import Field, ValidationError

from generation.flow.item import Failed, Item
from generation.flow.recipe import Terms, recipe
from ingot.records import LAB, Completion, Instruction, Record


class Complete(Terms):
    """How many completions each prompt gets."""

    samples: int = Field(default=4, ge=1, le=256)
    logprobs: bool = False
    """Whether each completion carries its mean log-probability; slows generation."""


@recipe(
    source="none: sampling from the model",
    makes=(Instruction, Completion),
    requests="`samples`",
    needs=("prompts",),
)
async def complete(item: Item, terms: Complete) -> list[Record]:
    """Several completions of each prompt; the draws of one prompt share its prefill."""
    known = read_instruction(item)
    answers = await item.ask_many(
        known.messages, terms.samples, step="complete", logprobs=terms.logprobs
    )
    completions: list[Record] = [
        item.completion(known, answer, sample, may_be_empty=True)
        for sample, answer in enumerate(answers)
    ]
    return completions if "id" in item.row else [known, *completions]


def read_instruction(item: Item) -> Instruction:
    """The row as an instruction: an Instruction record as it is, or a row of prompt columns.

    Columns: `prompt` (a text) or `messages` (a list of turns), and perhaps `reference`, `verifier`
    and `domain`. A broken row fails its item.
    """
    row: Mapping[str, object] = item.row
    brought = item.provenance.model_copy(update={"recipe": LAB, "seed": None})
    try:
        if str(row.get("id", "")).startswith(f"{Instruction.prefix}_"):
            return Instruction.model_validate(row)
        fields = {
            name: str(row[name]) for name in ("reference", "verifier", "domain") if row.get(name)
        }
        if isinstance(row.get("messages"), list):
            return Instruction.model_validate(
                {"messages": row["messages"], "provenance": brought, **fields}
            )
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(map(str, fault["loc"]))
        raise Failed(f"the row is no prompt: {place}: {fault['msg']}", "bad_row", False) from error
    return item.instruction(item.text("prompt"), **fields).model_copy(
        update={"provenance": brought}
    )
