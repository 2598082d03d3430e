from contextlib import closing, suppress
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from cooking import Cooked, ScriptedModel, cook

from generation.engines.openai import OpenAIEngine
from generation.environments.base import ToolError
from generation.environments.choose import ENVIRONMENTS
from generation.environments.faults import Faulty
from generation.environments.files import Files
from generation.flow.item import draw_seed
from generation.ingredients.agent_run import session_of
from generation.ingredients.demonstrations import expert_calls
from generation.recipes.trajectories import (
    DistinctWorlds,
    Trajectories,
    make_world,
    trajectories,
)
from ingot.errors import OrderError
from ingot.records import Sampling, Trajectory

OFTEN = {"error_rate": 0.2, "timeout_rate": 0.1, "wrong_result_rate": 0.2}
Plan = list[tuple[str, dict[str, object]] | str]


def expert_plans(quantity: int, parameters: dict[str, object], seed: int = 1) -> dict[str, Plan]:
    """What solves each item's world, faults included: calls, then the last reply; by session."""
    plans = {}
    terms = Trajectories.model_validate(parameters)
    for index in range(quantity):
        rng = Random(draw_seed(seed, "trajectories", str(index), "rng", 0))
        with closing(make_world(index, rng, terms)) as world:
            session = session_of(world)
            plan: Plan = []
            for call in expert_calls(world):
                plan.append(call)
                with suppress(ToolError):
                    world.call(*call)
            plans[session] = [*plan, world.oracle().final]
    return plans


def next_step(body: dict[str, Any], plans: dict[str, Plan]) -> Any:
    session = body["messages"][0]["content"].rpartition("Session: ")[2]
    return plans[session][sum(turn["role"] == "assistant" for turn in body["messages"])]


def as_json(step: Any) -> str:
    called = {"final": step} if isinstance(step, str) else {"tool": step[0], "arguments": step[1]}
    return orjson.dumps(called).decode()


def wishing(*calls: tuple[str, str], text: str | None = None) -> dict[str, Any]:
    """A choice that calls tools natively, under ids that no two servers share."""
    wishes = [
        {"id": "x" * 40, "type": "function", "function": {"name": name, "arguments": arguments}}
        for name, arguments in calls
    ]
    return {"message": {"content": text, "tool_calls": wishes}, "finish_reason": "tool_calls"}


async def play(
    reply: Any, folder: Path, quantity: int = 6, **parameters: object
) -> tuple[Cooked, list[dict[str, Any]]]:
    with ScriptedModel(reply) as model:
        engine = OpenAIEngine("m", model.url)
        cooked = await cook(trajectories, engine, folder, quantity=quantity, parameters=parameters)
        return cooked, model.asked


async def play_expert(folder: Path, quantity: int = 6, **parameters: object) -> Cooked:
    plans = expert_plans(quantity, parameters)
    cooked, _ = await play(
        lambda body: as_json(next_step(body, plans)), folder, quantity, **parameters
    )
    return cooked


async def test_a_model_that_knows_the_way_succeeds_in_every_environment(tmp_path: Path) -> None:
    runs = (await play_expert(tmp_path)).records(Trajectory)
    assert [run.environment for run in runs] == list(ENVIRONMENTS)
    assert all(run.success for run in runs)
    for run in runs:
        calls = [call for turn in run.messages for call in turn.tool_calls]
        results = [turn.tool_call_id for turn in run.messages if turn.role == "tool"]
        assert [call.id for call in calls] == results == [g.call_id for g in run.grades]
        assert results[0] == "call00000"
        offered = {tool["function"]["name"] for tool in orjson.loads(run.tools)}
        assert {call.name for call in calls} <= offered
        assert run.messages[-1].content.startswith("Answer: ")
        assert (run.provenance.model, run.domain) == ("m", run.environment)


async def test_a_model_that_talks_nonsense_fails_and_is_kept(tmp_path: Path) -> None:
    cooked, asked = await play(lambda body: as_json("Answer: blue-ish"), tmp_path)
    runs = cooked.records(Trajectory)
    assert [run.success for run in runs] == [False] * 6
    assert {len(run.messages) for run in runs} == {3}
    assert len({run.id for run in runs}) == 6
    assert "Session: " in asked[0]["messages"][0]["content"]


async def test_without_failures_they_are_dropped(tmp_path: Path) -> None:
    cooked, _ = await play(lambda body: as_json("Answer: no"), tmp_path, 1, keep_failures=False)
    assert (cooked.facts["dropped"], cooked.records(Trajectory)) == ({"failed_task": 40}, [])


async def test_injected_faults_are_graded_and_recovered(tmp_path: Path) -> None:
    runs = (await play_expert(tmp_path, 18, **OFTEN)).records(Trajectory)
    grades = [grade for run in runs for grade in run.grades if grade.outcome == "injected"]
    assert {grade.fault for grade in grades} == {"error", "timeout", "wrong_result"}
    assert all(grade.recovered for grade in grades)
    assert all(run.success for run in runs)
    told = [turn.content for run in runs for turn in run.messages if turn.role == "tool"]
    failed = sum(grade.fault in ("error", "timeout") for grade in grades)
    assert sum(text.startswith("Error: ") for text in told) == failed


@pytest.mark.parametrize(("then", "recovered"), [("recall", False), ("list_registers", True)])
async def test_refused_calls_are_graded(tmp_path: Path, then: str, recovered: bool) -> None:
    steps: list[Any] = [("list_registers", {"a": 1}), (then, {}), "Answer: 1"]

    def reply(body: dict[str, Any]) -> str:
        return as_json(steps[len(body["messages"]) // 2 - 1])

    rates = dict.fromkeys(OFTEN, 0.0)
    cooked, _ = await play(reply, tmp_path, 1, environments=["calculator"], **rates)
    (run,) = cooked.records(Trajectory)
    assert [grade.outcome for grade in run.grades] == ["error", "ok" if recovered else "error"]
    assert run.grades[0].recovered == recovered
    assert "no argument 'a'" in run.messages[3].content


async def test_the_prompt_tells_tools_and_results_in_words(tmp_path: Path) -> None:
    plans = expert_plans(1, {"environments": ["shop"]})
    _, asked = await play(
        lambda body: as_json(next_step(body, plans)), tmp_path, 1, environments=["shop"]
    )
    told = asked[1]["messages"]
    assert [turn["role"] for turn in told] == ["system", "user", "assistant", "user"]
    assert "- search: " in told[0]["content"]
    assert "query (string): One or more words" in told[0]["content"]
    assert orjson.loads(told[2]["content"]).keys() == {"tool", "arguments"}
    assert told[3]["content"].startswith("Result:\n")
    schema = asked[1]["response_format"]["json_schema"]["schema"]
    assert len(schema["anyOf"]) == 10  # nine tools and the last reply


async def test_the_last_step_ends_a_run_without_a_reply(tmp_path: Path) -> None:
    cooked, asked = await play(
        lambda body: as_json(("list_registers", {})),
        tmp_path, 1, environments=["calculator"], max_steps=3,
    )  # fmt: skip
    (run,) = cooked.records(Trajectory)
    assert (len(run.grades), len(asked), run.success) == (3, 3, False)
    assert run.messages[-1].role == "tool"


async def test_thoughts_stand_before_the_calls(tmp_path: Path) -> None:
    steps = [{"thought": "First I look.", "tool": "list_registers", "arguments": {}},
             {"final": "Answer: 0"}]  # fmt: skip

    def reply(body: dict[str, Any]) -> str:
        return orjson.dumps(steps[len(body["messages"]) // 2 - 1]).decode()

    cooked, asked = await play(reply, tmp_path, 1, environments=["calculator"], thoughts=True)
    (run,) = cooked.records(Trajectory)
    assert (run.messages[2].content, len(run.messages[2].tool_calls)) == ("First I look.", 1)
    assert orjson.loads(asked[1]["messages"][2]["content"]) == steps[0]
    assert "thought" in asked[0]["response_format"]["json_schema"]["schema"]["anyOf"][0]["required"]


async def test_native_calls_are_recorded_under_our_ids(tmp_path: Path) -> None:
    plans = expert_plans(6, {})

    def reply(body: dict[str, Any]) -> Any:
        step = next_step(body, plans)
        if isinstance(step, str):
            return step
        return wishing((step[0], orjson.dumps(step[1]).decode()))

    cooked, asked = await play(reply, tmp_path, protocol="native")
    native = {run.id: run for run in cooked.records(Trajectory)}
    assert all(run.success for run in native.values())
    prompted = (await play_expert(tmp_path / "prompted")).records(Trajectory)
    assert native.keys() == {run.id for run in prompted}
    told = max((body["messages"] for body in asked), key=len)
    assert told[2]["tool_calls"][0]["id"] == told[3]["tool_call_id"] == "call00000"
    assert (told[3]["role"], asked[0]["tools"][0]["type"]) == ("tool", "function")


async def test_several_native_calls_of_one_answer_are_made_up_to_the_limit(tmp_path: Path) -> None:
    cooked, _ = await play(
        lambda body: wishing(*[("list_registers", "{}")] * 5, text="All at once."),
        tmp_path, 1, environments=["calculator"], protocol="native", max_steps=3,
    )  # fmt: skip
    (run,) = cooked.records(Trajectory)
    assert run.messages[2].content == "All at once."
    assert [call.id for call in run.messages[2].tool_calls] == [f"call{n:05}" for n in range(3)]
    assert [turn.role for turn in run.messages[3:]] == ["tool"] * 3


@pytest.mark.parametrize(
    ("reply", "protocol", "reason"),
    [
        ("I shall search.", "prompted", "malformed"),
        ('{"tool": "search"}', "prompted", "malformed"),
        ("{[1]}", "prompted", "malformed"),
        (as_json("  "), "prompted", "empty"),
        ("", "native", "empty"),
        (wishing(("search", "query=x")), "native", "malformed"),
        (wishing(("search", "[1]")), "native", "malformed"),
        ({"message": {"content": '{"tool": "sea'}, "finish_reason": "length"}, "prompted",
         "cut_off"),
        ({"message": {"content": "Well"}, "finish_reason": "length"}, "native", "cut_off"),
    ],
)  # fmt: skip
async def test_answers_that_cannot_be_read_are_dropped(
    tmp_path: Path, reply: Any, protocol: str, reason: str
) -> None:
    cooked, _ = await play(
        lambda body: reply, tmp_path, 1, protocol=protocol, environments=["key_value"]
    )
    assert cooked.facts["dropped"] == {reason: 40}


async def test_demonstrations_are_right_and_written_by_no_model(tmp_path: Path) -> None:
    cooked, asked = await play(lambda body: "?", tmp_path, 12, demonstrations=1.0, **OFTEN)
    runs = cooked.records(Trajectory)
    assert (len(runs), asked) == (12, [])
    assert all(run.success for run in runs)
    assert {(run.provenance.recipe, run.provenance.engine) for run in runs} == {
        ("trajectories", "")
    }
    grades = [grade for run in runs for grade in run.grades]
    injected = [grade for grade in grades if grade.outcome == "injected"]
    assert injected
    assert all(grade.recovered for grade in injected)


async def test_a_share_of_demonstrations_is_drawn(tmp_path: Path) -> None:
    cooked, _ = await play(
        lambda body: as_json("Answer: no"), tmp_path, 60, demonstrations=0.5,
        environments=["key_value"],
    )  # fmt: skip
    shown = sum(run.success for run in cooked.records(Trajectory))
    assert 18 <= shown <= 42  # 30, and 3.1 standard errors of 3.9
    assert shown == sum(run.provenance.engine == "" for run in cooked.records(Trajectory))


async def test_the_model_thinks_for_the_expert(tmp_path: Path) -> None:
    cooked, asked = await play(
        lambda body: " I need the names first. ", tmp_path, 1, demonstrations=1.0, thoughts=True,
        environments=["calculator"],
    )  # fmt: skip
    (run,) = cooked.records(Trajectory)
    acts = [turn for turn in run.messages if turn.tool_calls]
    assert {turn.content for turn in acts} == {"I need the names first."}
    assert len(asked) == len(acts)
    last = asked[-1]["messages"][0]["content"]
    assert acts[-1].tool_calls[0].name in last.splitlines()[-2]
    assert (run.success, run.provenance.engine) == (True, "openai")


async def test_one_world_is_never_played_twice(tmp_path: Path) -> None:
    one, two = (await play_expert(tmp_path, 2)).records(Trajectory)
    gate = DistinctWorlds()
    assert [gate.refuse([run]) for run in (one, two, one)] == ["", "", "duplicate"]


def test_worlds_of_another_state_have_another_name() -> None:
    with closing(Faulty(Files(Random(0)), Random(0), {})) as world:
        before, task = session_of(world), world.task
        world.call("write_file", {"path": "new", "content": ""})
        assert (before != session_of(world), task) == (True, world.task)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"environments": ["moon"]}, "unknown environment 'moon': choose from calculator"),
        ({"error_rate": 0.9, "timeout_rate": 0.2}, "sum to more than 1"),
    ],
)
async def test_impossible_terms_are_refused(
    tmp_path: Path, parameters: dict[str, object], message: str
) -> None:
    with pytest.raises(OrderError, match=message):
        await play(as_json, tmp_path, **parameters)


async def test_it_runs_on_a_real_model(vllm_server: str, tmp_path: Path) -> None:
    engine = OpenAIEngine("embedded", vllm_server)
    cooked = await cook(
        trajectories,
        engine,
        tmp_path,
        quantity=6,
        parameters={"demonstrations": 0.4, "max_steps": 3},
        sampling=Sampling(max_tokens=200),
    )
    assert cooked.facts["failed"] == {}
    assert set(cooked.facts["dropped"]) <= {"cut_off", "empty"}
    runs = cooked.records(Trajectory)
    assert len(runs) >= 6
    for run in runs:
        if run.provenance.engine:
            assert len(run.grades) <= 3
        assert run.success == (run.provenance.engine == "")
