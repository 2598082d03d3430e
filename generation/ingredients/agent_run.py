"""An agent's run through one world: the turns so far, and what became of each tool call."""

import asyncio
from dataclasses import astuple, dataclass, field
from hashlib import sha256

import orjson

from generation.environments.base import ToolError
from generation.environments.faults import Faulty
from generation.environments.scenario import canonical
from ingot.records import Provenance, StepGrade, ToolCall, Trajectory, Turn

SYSTEM = """\
You solve a task by calling tools. Tools fail now and then: look at what a call returns, and make \
a call that failed once more. Trust what tools tell you, not what you guess."""


@dataclass(frozen=True, slots=True)
class _Made:
    """A call that was made."""

    call: ToolCall
    refused: bool


@dataclass(slots=True)
class AgentRun:
    """The world, and the run as it is recorded, in the OpenAI form whatever the model was asked."""

    world: Faulty
    turns: list[Turn] = field(init=False)
    _made: list[_Made] = field(default_factory=list)

    def __post_init__(self) -> None:
        # The name of the world keeps runs apart that look alike in worlds that are not.
        told = f"{SYSTEM}\n\nSession: {session_of(self.world)}"
        self.turns = [Turn(role="system", content=told), Turn(role="user", content=self.world.task)]

    @property
    def calls(self) -> int:
        """How many calls were made."""
        return len(self._made)

    async def act(self, turn: Turn) -> None:
        """Take an assistant's turn and make its calls, one after the other."""
        self.turns.append(turn)
        for call in turn.tool_calls:
            # A call may wait for a server or compute: the event loop does not.
            text, refused = await asyncio.to_thread(self._call, call)
            self._made.append(_Made(call, refused))
            self.turns.append(Turn(role="tool", content=text, tool_call_id=call.id))

    def _call(self, call: ToolCall) -> tuple[str, bool]:
        try:
            return self.world.call(call.name, orjson.loads(call.arguments)), False
        except ToolError as error:
            return f"Error: {error}", True

    def record(self, provenance: Provenance) -> Trajectory:
        """The run as it stands; the last reply is the answer, if the agent has given one."""
        last = self.turns[-1]
        final = last.content if last.role == "assistant" else ""
        tools = orjson.dumps([tool.schema() for tool in self.world.tools]).decode()
        return Trajectory(
            messages=tuple(self.turns),
            tools=tools,
            environment=self.world.name,
            success=self.world.succeeded(final),
            grades=tuple(self._grade(step) for step in range(self.calls)),
            domain=self.world.name,
            provenance=provenance,
        )

    def _grade(self, step: int) -> StepGrade:
        made = self._made[step]
        for fault in self.world.events:
            if fault.step == step:
                return StepGrade(
                    call_id=made.call.id,
                    outcome="injected",
                    fault=fault.kind,
                    recovered=fault.recovered,
                )
        if not made.refused:
            return StepGrade(call_id=made.call.id, outcome="ok")
        later = (each for each in self._made[step + 1 :] if each.call.name == made.call.name)
        mended = any(not each.refused for each in later)
        return StepGrade(call_id=made.call.id, outcome="error", recovered=mended)


def session_of(world: Faulty) -> str:
    """The name of a world that nobody has acted in yet: another task or state is another name.

    The solution counts too, because a state need not show all of a world (pages of a site).
    """
    content = canonical([world.task, world.state(), astuple(world.oracle())])
    digest = sha256(content.encode()).hexdigest()
    return f"{world.name}-{digest[:12]}"


def make_call(place: int, name: str, arguments: dict[str, object]) -> ToolCall:
    """A call under an id of nine letters and digits, which every chat template takes."""
    written = orjson.dumps(arguments).decode()
    return ToolCall(id=f"call{place:05}", name=name, arguments=written)
