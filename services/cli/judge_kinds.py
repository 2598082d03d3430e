"""The kinds of judging of `ingot judge`: which judge, on which items, into which columns."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, TypeVar

from ingot.engine import Engine
from ingot.errors import OrderError
from ingot.records import Judgment, Pair, Trajectory
from judging.judges.annotators import Annotators, Labelled
from judging.judges.base import Answered, Progress
from judging.judges.constitution import load_constitution
from judging.judges.forms import Style, Way
from judging.judges.groups import Listed
from judging.judges.listwise import ListJudge
from judging.judges.orders import Averaging
from judging.judges.pairwise import PairJudge
from judging.judges.pointwise import RubricJudge
from judging.judges.protocol import JudgeProtocol, general_protocol, has_protocol, load_protocol
from judging.judges.rubric import Rubric, load_rubric
from judging.judges.settled import Asker
from judging.judges.steps import RUN, StepJudge
from judging.judges.styles import find_style
from services.cli.judged_columns import list_columns, pair_columns, single_columns
from services.cli.judged_rows import (
    Columns,
    Items,
    answer_reader,
    list_reader,
    pair_reader,
    read_items,
    run_reader,
)
from services.cli.rows import Row

Kind = Literal["rubric", "pairwise", "listwise", "steps", "constitution"]
MAX_TOKENS = 512
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Manner:
    """How the judge is to judge."""

    kind: Kind
    named: str = ""
    """The rubric or constitution, by name or file."""
    samples: int = 1
    max_tokens: int = -1
    """Of the reasoning before each verdict; -1 for the judge's own limit."""
    style: Style | Literal["auto"] = "auto"
    ties: bool = False
    averaging: Averaging = "probabilities"
    rotations: int = 0
    tie_tolerance: float = 0.0
    final: Literal["min", "product"] = "min"
    examples: tuple[Labelled, ...] = ()
    """For simulated annotators."""
    seed: int = 0
    columns: Columns = field(default_factory=Columns)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a judge said."""

    judge: str
    columns: list[Row]
    """The judge's columns, item by item."""
    judgments: list[Judgment]
    """All of them, of all criteria."""


Run = Callable[[Engine, Progress], Awaitable[Judged]]


@dataclass(frozen=True, slots=True)
class Work:
    """The items of a file, and how to have them judged once an engine is started."""

    rows: list[Row]
    """The row of each item."""
    bad: list[Row]
    run: Run


def choose_kind(
    rubric: str, constitution: str, pairwise: bool, listwise: bool, steps: bool
) -> tuple[Kind, str]:
    """The one kind that is asked for, and the rubric or constitution that it names."""
    asked: dict[Kind, str | bool] = {
        "rubric": rubric,
        "constitution": constitution,
        "pairwise": pairwise,
        "listwise": listwise,
        "steps": steps,
    }
    chosen = [kind for kind, value in asked.items() if value]
    if len(chosen) != 1:
        options = ", ".join(f"--{kind}" for kind in asked)
        raise OrderError(f"choose one of {options}: {len(chosen)} are given")
    return chosen[0], rubric or constitution


def prepare(manner: Manner, rows: Sequence[Row], model: str) -> Work:
    """Read the rows and the rubric; raises OrderError for what cannot be done at all."""
    columns = manner.columns
    if manner.kind in ("rubric", "constitution"):
        rubric = _rubric(manner)
        answers = read_items(rows, answer_reader(rows, columns))
        return _work(answers, partial(_judge_answers, answers.items, rubric, manner))
    if manner.kind == "pairwise":
        pairs = read_items(rows, pair_reader(rows, columns))
        if manner.examples:
            return _work(pairs, partial(_annotate, pairs.items, manner))
        refuse_own_protocol(manner, model)
        return _work(pairs, partial(_judge_pairs, pairs.items, model, manner))
    if manner.kind == "listwise":
        lists = read_items(rows, list_reader(rows, columns))
        return _work(lists, partial(_judge_lists, lists.items, manner))
    runs = read_items(rows, run_reader(rows, columns))
    return _work(runs, partial(_judge_runs, runs.items, manner))


def refuse_own_protocol(manner: Manner, model: str) -> None:
    """Raise an OrderError for what a model cannot be asked that was taught one prompt."""
    if manner.ties and has_protocol(model):
        raise OrderError(f"--ties: {model} brings its own prompt, which has no tie: leave it out")


def _work(items: Items[T], run: Run) -> Work:
    return Work(items.rows, items.bad, run)


def _rubric(manner: Manner) -> Rubric:
    if manner.kind == "constitution":
        return load_constitution(manner.named).as_rubric()
    return load_rubric(manner.named)


async def _asker(engine: Engine, manner: Manner) -> Asker:
    style = await find_style(engine) if manner.style == "auto" else manner.style
    limit = MAX_TOKENS if manner.max_tokens < 0 else manner.max_tokens
    return Asker(engine, style, limit, manner.samples, manner.seed)


async def _judge_answers(
    items: Sequence[Answered], rubric: Rubric, manner: Manner, engine: Engine, step: Progress
) -> Judged:
    judge = RubricJudge(await _asker(engine, manner), rubric)
    judgments = await judge.judge(items, step)
    each = len(judgments) // max(len(items), 1)  # every item has the same criteria
    starts = range(0, len(judgments), max(each, 1))
    columns = [single_columns(judgments[start : start + each]) for start in starts]
    return Judged(judge.name, columns, judgments)


async def _judge_pairs(
    items: Sequence[tuple[Pair, str]], model: str, manner: Manner, engine: Engine, step: Progress
) -> Judged:
    references = {pair.instruction_id: known for pair, known in items if known}
    protocol, way = await _protocol(model, manner, engine, guided=bool(references))
    judge = PairJudge(
        engine,
        protocol,
        samples=manner.samples,
        seed=manner.seed,
        averaging=manner.averaging,
        way=way,
        references=references,
    )
    judgments = await judge.judge([pair for pair, _ in items], step)
    return Judged(judge.name, [pair_columns(each) for each in judgments], judgments)


async def _protocol(
    model: str, manner: Manner, engine: Engine, *, guided: bool
) -> tuple[JudgeProtocol, Way]:
    """The model's own protocol, else the general one in a style that the engine can do."""
    if has_protocol(model):
        protocol = load_protocol(model)
        own = {} if manner.max_tokens < 0 else {"max_tokens": manner.max_tokens}
        return protocol.model_copy(update=own), "prefill"
    asker = await _asker(engine, manner)
    protocol = general_protocol(
        reference=guided, ties=manner.ties, max_tokens=asker.max_tokens, style=asker.style
    )
    return protocol, asker.form(2).way


async def _annotate(
    items: Sequence[tuple[Pair, str]], manner: Manner, engine: Engine, step: Progress
) -> Judged:
    """At once, without reasoning, as in the paper, unless it is asked for."""
    asker = await _asker(engine, manner)
    direct = Asker(engine, asker.style, max(manner.max_tokens, 0), 1, manner.seed)
    judge = Annotators(direct, manner.examples)
    judgments = await judge.judge([pair for pair, _ in items], step)
    return Judged(judge.name, [pair_columns(each) for each in judgments], judgments)


async def _judge_lists(
    items: Sequence[Listed], manner: Manner, engine: Engine, step: Progress
) -> Judged:
    judge = ListJudge(
        await _asker(engine, manner),
        rotations=manner.rotations,
        tie_tolerance=manner.tie_tolerance,
    )
    ranked = await judge.rank(items, step)
    judgments = [each.judgment for each in ranked]
    return Judged(judge.name, [list_columns(each) for each in ranked], judgments)


async def _judge_runs(
    items: Sequence[Trajectory], manner: Manner, engine: Engine, step: Progress
) -> Judged:
    judge = StepJudge(await _asker(engine, manner), final=manner.final)
    judgments = await judge.judge(items, step)
    columns: list[Row] = []
    own: list[Judgment] = []
    for judgment in judgments:
        own.append(judgment)
        if judgment.criterion == RUN:
            columns.append(single_columns(own))
            own = []
    return Judged(judge.name, columns, judgments)
