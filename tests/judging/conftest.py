"""What the tests of judging share: short records, real data, the fake at the engine's seam."""

import asyncio
import os
from collections.abc import Callable
from math import log
from pathlib import Path

import polars as pl
import pytest

from ingot.engine import Generated, Request
from ingot.errors import ModelError
from ingot.records import Completion, Instruction, JudgeKind, Judgment, Message, Pair, Provenance
from judging.judges.protocol import JudgeProtocol
from judging.sandbox.bubblewrap import Sandbox, probe


class ScriptedEngine:
    """An Engine whose answers are written in advance; it keeps what it was asked."""

    kind = "vllm"
    model = "scripted"
    capacity = 4

    def __init__(self, script: Callable[[Request], Generated]) -> None:
        self.script = script
        self.requests: list[Request] = []
        self.flying = self.most_flying = 0

    async def generate(self, request: Request) -> Generated:
        self.requests.append(request)
        self.flying += 1
        self.most_flying = max(self.most_flying, self.flying)
        await asyncio.sleep(0)
        self.flying -= 1
        return self.script(request)


@pytest.fixture
def scripted():
    """An engine that reasons with a text and names the answer after 'Answer A:' with chance p."""

    def build(p_first=lambda prompt: 0.9, *, mass=1.0, reason=None, decide=None):
        def script(request):
            if not request.labels:
                return reason(request) if reason else Generated("My solution.\n", "stop", 10, 5)
            if decide:
                return decide(request)
            p = p_first(request.messages[0].content)
            chances = zip(request.labels, (p * mass, (1 - p) * mass), strict=True)
            logprobs = {label: log(chance) for label, chance in chances if chance}
            return Generated("A", "length", 10, 1, label_logprobs=logprobs)

        return ScriptedEngine(script)

    return build


@pytest.fixture
def protocol():
    return JudgeProtocol(
        template="Question: {prompt}\nAnswer A: {a}\nAnswer B: {b}\nWhich is right?",
        labels=("A", "B"),
        verdict_prefix="Verdict: ",
        max_tokens=40,
        answer_part="full",
    )


@pytest.fixture
def make_pair():
    def build(a="right", b="wrong", prompt="2+2?", verified="", name="ins_1"):
        return Pair(
            instruction_id=name,
            a_id=f"cmp_{a[:40]}",
            b_id=f"cmp_{b[:40]}",
            prompt=(Message(role="user", content=prompt),),
            a=(Message(role="assistant", content=a),),
            b=(Message(role="assistant", content=b),),
            verified=verified,
            provenance=Provenance(order_id="ord_1", parents=(name,)),
        )

    return build


@pytest.fixture
def make_judgment():
    def build(pair, verdict="A", p=0.9, kind=JudgeKind.JUDGE, judge="judge-1", simulated=False):
        return Judgment(
            subject_id=pair.id,
            kind=kind,
            judge=judge,
            verdict=verdict,
            p=p,
            provenance=Provenance(simulated=simulated),
        )

    return build


@pytest.fixture
def answer(make_judgment):
    """A person's answer to a pair."""

    def build(pair, verdict, person="ada", simulated=False):
        return make_judgment(pair, verdict, None, JudgeKind.PERSON, person, simulated)

    return build


@pytest.fixture
def make_instruction():
    def build(text="2+2?", reference="4", verifier="answer"):
        message = Message(role="user", content=text)
        return Instruction(messages=(message,), reference=reference, verifier=verifier)

    return build


@pytest.fixture
def make_completions():
    def build(instruction, *texts):
        return [
            Completion(
                instruction_id=instruction.id,
                messages=(Message(role="assistant", content=text),),
                sample=sample,
                provenance=Provenance(order_id="ord_1", model="m", seed=sample),
            )
            for sample, text in enumerate(texts)
        ]

    return build


@pytest.fixture
def shared_data():
    """Read a set of the public test data, or skip where the data is not at hand."""
    beside = Path(__file__).parents[2].parent / "shared" / "data"
    root = Path(os.environ.get("INGOT_SHARED_DATA", beside))

    def read(name):
        path = root / f"{name}.parquet"
        if not path.is_file():
            pytest.skip(f"no {path}; set INGOT_SHARED_DATA to the folder of the public test data")
        return pl.read_parquet(path)

    return read


@pytest.fixture(scope="session")
def fit_machine():
    """Skip where programs cannot be run safely."""
    try:
        probe()
    except ModelError as error:
        pytest.skip(str(error))


@pytest.fixture
def sandbox(fit_machine):
    return Sandbox(max_parallel=2)
