from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from cooking import Cooked, ScriptedModel, cook, last_text
from verifying import real_verifiers

from generation.engines.openai import OpenAIEngine
from generation.flow.item import Aids
from generation.recipes.verified_code import AREAS, task_prompt, verified_code
from ingot.errors import OrderError
from ingot.records import Completion, Instruction, Judgment, Preference

TASK = {"task": "Return the double of the number x.", "signature": "def twice(x: int) -> int"}
TESTS = [f"assert twice({n}) == {2 * n}" for n in (1, 2, 5)]
RIGHT = ("return 2 * x", "return x + x", "y = x\n    return y * 2")
WRONG = "return x * x"


class Programmer:
    """Says a task, tests of which one is wrong, and solutions of which the last one is."""

    def __init__(self, *bodies: str, signature: str = TASK["signature"]) -> None:
        self.bodies, self.signature = bodies, signature
        self.tests: list[str] = [*TESTS, "assert twice(3) == 7", "assert twice(x) == 1"]
        self.seeds: dict[int, str] = {}

    def __call__(self, body: dict[str, Any]) -> str:
        prompt = last_text(body)
        if prompt.startswith("Write tests"):
            return orjson.dumps({"tests": self.tests}).decode()
        if "response_format" in body or "structured_outputs" in body:
            return orjson.dumps(TASK | {"signature": self.signature}).decode()
        code = self.seeds.setdefault(body["seed"], self.bodies[len(self.seeds) % len(self.bodies)])
        return f"So:\n```python\ndef twice(x):\n    {code}\n```"


async def program(
    reply: Programmer, folder: Path, aids: Aids | None = None, **parameters: int
) -> Cooked:
    with ScriptedModel(reply) as model:
        engine, aids = OpenAIEngine("m", model.url), aids or real_verifiers()
        terms = {"test_sets": 1} | parameters
        return await cook(verified_code, engine, folder, quantity=1, parameters=terms, aids=aids)


async def test_executed_tests_on_which_solutions_agree_become_the_reference(
    tmp_path: Path,
) -> None:
    cooked = await program(Programmer(*RIGHT, WRONG), tmp_path)
    (task,), (pair,) = cooked.records(Instruction), cooked.records(Preference)
    assert orjson.loads(task.reference) == {
        "entry_point": "twice", "setup": "", "asserts": TESTS
    }  # fmt: skip
    assert task.verifier == task.domain == "code"
    assert task.text.endswith("```python block:\ndef twice(x: int) -> int:")
    verdicts = {each.subject_id: each.verdict for each in cooked.records(Judgment)}
    for each in cooked.records(Completion):
        assert each.instruction_id == task.id
        assert verdicts[each.id] == ("wrong" if WRONG in each.text else "right")
    assert WRONG in pair.rejected[0].content
    assert pair.confidence == 0.75


async def test_solutions_that_do_not_agree_are_dropped(tmp_path: Path) -> None:
    lone = Programmer(RIGHT[0], WRONG, "return 0", "return -x")
    assert set((await program(lone, tmp_path)).facts["dropped"]) == {"no_agreement"}


async def test_one_solution_may_be_enough(tmp_path: Path) -> None:
    lone = Programmer(RIGHT[0], WRONG, "return 0", "return -x")
    cooked = await program(lone, tmp_path, min_agree=1)
    assert cooked.facts["accepted"] == 1


@pytest.mark.parametrize(("min_tests", "dropped"), [(4, "no_agreement"), (5, "too_few_tests")])
async def test_too_few_tests_are_dropped(min_tests: int, dropped: str, tmp_path: Path) -> None:
    cooked = await program(Programmer(*RIGHT), tmp_path, min_tests=min_tests)
    assert set(cooked.facts["dropped"]) == {dropped}


async def test_a_signature_that_is_none_is_dropped(tmp_path: Path) -> None:
    cooked = await program(Programmer(*RIGHT, signature="twice of x"), tmp_path)
    assert set(cooked.facts["dropped"]) == {"bad_signature"}


async def test_what_the_sandbox_cannot_tell_is_not_wrong(tmp_path: Path) -> None:
    async def unsure(verifier: str, text: str, reference: str) -> bool | None:
        if "return -x" in text:
            return None
        return "== 7" not in reference and WRONG not in text

    reply = Programmer(RIGHT[0], RIGHT[1], "return -x", WRONG)
    cooked = await program(reply, tmp_path, Aids(verify=unsure))
    verdicts = sorted(each.verdict for each in cooked.records(Judgment))
    assert verdicts == ["right", "right", "unsure", "wrong"]


def test_tasks_grow_out_of_the_pool_or_a_drawn_area() -> None:
    pool = [{"prompt": "Reverse a list."}, {"code": "def f(): pass"}]
    assert task_prompt(2, Random(1), pool).endswith("Task:\nReverse a list.")
    assert task_prompt(1, Random(1), pool).endswith("copy it:\ndef f(): pass")
    drawn = {task_prompt(0, Random(seed), ()).rpartition("about ")[2] for seed in range(300)}
    assert drawn == {f"{area}." for area in AREAS}


def test_impossible_terms_are_refused() -> None:
    with pytest.raises(OrderError, match="min_agree"):
        verified_code.read_terms({"solutions": 2, "min_agree": 3})


async def test_it_runs_on_a_real_model(vllm_server: str, tmp_path: Path) -> None:
    engine = OpenAIEngine("embedded", vllm_server)
    cooked = await cook(verified_code, engine, tmp_path, quantity=3, aids=real_verifiers())
    dropped = cooked.facts["dropped"]
    assert cooked.facts["accepted"] + sum(dropped.values()) >= 3
    known = {"cut_off", "malformed", "bad_signature", "too_few_tests", "no_agreement"}
    assert set(dropped) <= known
    assert not cooked.facts["failed"]
