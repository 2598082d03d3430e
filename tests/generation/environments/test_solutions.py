from collections.abc import Iterator
from random import Random

import pytest

from generation.environments.base import Environment
from generation.environments.choose import ENVIRONMENTS, make_environment
from ingot.errors import OrderError

CASES = [(name, seed) for name in ENVIRONMENTS for seed in range(30)]


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def environment(request: pytest.FixtureRequest) -> Iterator[Environment]:
    name, seed = request.param
    made = make_environment(name, Random(seed))
    yield made
    made.close()


def _play(environment: Environment) -> str:
    oracle = environment.oracle()
    for name, arguments in oracle.calls:
        environment.call(name, arguments)
    return oracle.final


def test_the_solution_solves_in_two_to_six_calls(environment: Environment) -> None:
    assert 2 <= len(environment.oracle().calls) <= 6
    assert environment.succeeded(_play(environment))


def test_the_answer_alone_does_not_solve(environment: Environment) -> None:
    assert not environment.succeeded("")
    assert not environment.succeeded(environment.oracle().final)


def test_a_wrong_answer_does_not_solve(environment: Environment) -> None:
    final = _play(environment)
    for wrong in ("", "Answer: 0x", f"{final}7", f"{final}\nOr else:\nAnswer: 999999"):
        assert not environment.succeeded(wrong)


def test_without_any_one_of_its_acts_the_task_is_not_solved(environment: Environment) -> None:
    oracle = environment.oracle()
    acts = [place for place, call in enumerate(oracle.calls) if not _reads(environment, call[0])]
    missing = Random(0).choice(acts)
    for name, arguments in (*oracle.calls[:missing], *oracle.calls[missing + 1 :]):
        _call_if_possible(environment, name, arguments)
    assert not environment.succeeded(oracle.final)


def test_reading_changes_nothing_and_repeats(environment: Environment) -> None:
    for name, arguments in environment.oracle().calls:
        before = environment.state()
        result = environment.call(name, arguments)
        if _reads(environment, name):
            assert environment.state() == before
            assert environment.call(name, arguments) == result


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_same_seed_gives_the_same_run(name: str) -> None:
    runs = []
    for _ in range(2):
        made = make_environment(name, Random(99))
        runs.append([made.task, made.state(), *(made.call(*c) for c in made.oracle().calls)])
        made.close()
    assert runs[0] == runs[1]


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_tools_are_described_as_the_chat_api_wants_them(name: str) -> None:
    environment = make_environment(name, Random(0))
    schemas = [tool.schema() for tool in environment.tools]
    environment.close()
    assert {schema["type"] for schema in schemas} == {"function"}
    for function in (schema["function"] for schema in schemas):
        assert function["description"]
        assert set(function["parameters"]["required"]) == set(function["parameters"]["properties"])


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_seeds_draw_many_tasks_of_several_shapes(name: str) -> None:
    tasks, shapes = set(), set()
    for seed in range(40):
        environment = make_environment(name, Random(seed))
        tasks.add(environment.task)
        shapes.add(tuple(call[0] for call in environment.oracle().calls))
        environment.close()
    assert len(tasks) >= 38
    assert len(shapes) >= 2


def test_an_unknown_environment_is_refused_with_what_there_is() -> None:
    with pytest.raises(OrderError, match=r"'moon'.*calculator, files"):
        make_environment("moon", Random(0))


def _reads(environment: Environment, name: str) -> bool:
    return next(tool.reads for tool in environment.tools if tool.name == name)


def _call_if_possible(environment: Environment, name: str, arguments: dict[str, object]) -> None:
    try:
        environment.call(name, arguments)
    except ValueError:
        return
