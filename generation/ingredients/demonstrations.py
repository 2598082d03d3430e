"""What an expert does: the environment's own solution, with each call repeated that met a fault.

The expert is a program, so what it does is right however weak the model is. It knows of a wrong
result only because it is told of the fault; a person would notice, or ask twice.
"""

from collections.abc import Iterator, Sequence

from generation.environments.base import Call
from generation.environments.faults import Faulty
from generation.flow.item import Item
from generation.ingredients.agent_protocols import show_calls
from generation.ingredients.agent_run import AgentRun, make_call
from ingot.records import Sampling, Turn

THINK = """\
Somebody solves a task with tools. Write one short sentence that they think before the next call: \
why they make it, from what they know so far. Do not say what it will return.

"""
SAMPLING = Sampling(temperature=0.7, max_tokens=100, stop=("\n",))


def expert_calls(world: Faulty) -> Iterator[Call]:
    """The calls that solve the task; make each before you take the next."""
    for call in world.oracle().calls:
        faults = -1
        while faults != len(world.events):
            faults = len(world.events)
            yield call


async def demonstrate(item: Item, run: AgentRun, *, thoughts: bool) -> None:
    """Carry out the expert's run; `thoughts` has the model write a sentence before each call."""
    final = run.world.oracle().final
    for name, arguments in expert_calls(run.world):
        turn = Turn(
            role="assistant", content="", tool_calls=(make_call(run.calls, name, arguments),)
        )
        if thoughts:
            turn = turn.model_copy(update={"content": await _think(item, run.turns, turn)})
        await run.act(turn)
    await run.act(Turn(role="assistant", content=final))


async def _think(item: Item, turns: Sequence[Turn], coming: Turn) -> str:
    """Why the coming call is made, as the model puts it; '' where it does not come to an end."""
    so_far = "\n".join(_line(turn) for turn in turns[1:])
    prompt = f"{THINK}{so_far}\nNext call: {show_calls(coming)}\nThought:"
    number = sum(turn.role == "assistant" for turn in turns)
    said = await item.ask(prompt, step="thought", sample=number, sampling=SAMPLING)
    return "" if said.finish_reason == "length" else said.text.strip()


def _line(turn: Turn) -> str:
    names = {"user": "Task", "tool": "Result", "assistant": "Call"}
    return f"{names[turn.role]}: {show_calls(turn) or turn.content}"
