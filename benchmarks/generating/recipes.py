"""The recipes of the benchmark. Their requests are those of `benchmarks.mock.raw.generation`."""

from benchmarks.generating.prompts import judge_prompt
from generation.flow.item import Drop, Item
from generation.flow.recipe import Recipe, recipe
from ingot.records import Completion, Message, Record, Sampling

DRAW_SEED = 0
"""Of every request, so that the mock engine takes it for the one of the raw run."""
JUDGE = Sampling(max_tokens=1)

MADE_BEFOREHAND = Completion(
    instruction_id="ins_0", messages=(Message(role="assistant", content="Once upon a time."),)
)


@recipe(source="none: a benchmark", makes=(Record,), requests="1", needs=("rows",))
async def one_step(item: Item) -> list[Record]:
    """An answer to each prompt."""
    known = item.instruction(item.text("prompt"))
    return [known, item.completion(known, await item.ask(known.messages, seed=DRAW_SEED))]


@recipe(source="none: a benchmark", makes=(Record,), requests="2", needs=("rows",))
async def two_steps(item: Item) -> list[Record]:
    """An answer to each prompt, and a verdict of one token on it."""
    known = item.instruction(item.text("prompt"))
    answer = await item.ask(known.messages, seed=DRAW_SEED)
    verdict = await item.ask(judge_prompt(answer.text), seed=DRAW_SEED, sampling=JUDGE)
    if verdict.text.strip() not in ("A", "B"):
        raise Drop("no verdict")
    return [known, item.completion(known, answer)]


@recipe(source="none: a benchmark", makes=(Record,), requests="1", needs=("rows",))
async def only_asks(item: Item) -> list[Record]:
    """A request for each row; the record is the same for all and costs nothing."""
    await item.ask(item.text("prompt"))
    return [MADE_BEFOREHAND]


RECIPES: dict[str, Recipe] = {each.name: each for each in (one_step, two_steps, only_asks)}
