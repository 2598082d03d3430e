"""Each kind of judge once on a real tokenizer, template and network.

The embedded judge was taught one prompt alone, the pair judge's; what it says to the others means
nothing. Here is shown that all of them get readings, and from the right tokens.
"""

from collections.abc import AsyncIterator

import pytest

from generation.engines.transformers import TransformersEngine
from ingot.records import Message, Trajectory, Turn
from ingot.settings import resolve_model
from judging.judges.annotators import Annotators, Labelled
from judging.judges.constitution import constitution_judge, load_constitution
from judging.judges.groups import Listed
from judging.judges.listwise import ListJudge
from judging.judges.pairwise import PairJudge
from judging.judges.pointwise import RubricJudge
from judging.judges.protocol import general_protocol, load_protocol
from judging.judges.rubric import load_rubric
from judging.judges.settled import Asker
from judging.judges.steps import StepJudge
from judging.judges.styles import find_style

USER = (Message(role="user", content="What is 18 + 73?"),)


@pytest.fixture
async def real(long_judge) -> AsyncIterator[Asker]:
    async with TransformersEngine(long_judge) as engine:
        yield Asker(engine, await find_style(engine), max_tokens=0)


@pytest.fixture
def make_judges(answered, make_pair):
    """Each kind of judge with items for it."""
    turns = (Turn(role="user", content="Add."), Turn(role="assistant", content="91"))
    run = Trajectory(messages=turns, tools="[]", environment="e", success=True)
    shot = Labelled(prompt="1+1?", a="2", b="3", label="A", annotator="ada")

    def build(asker):
        return {
            "rubric": (RubricJudge(asker, load_rubric("helpsteer")), answered()),
            "constitution": (constitution_judge(asker, load_constitution("house")), answered()),
            "list": (ListJudge(asker), Listed("lst", USER, ("91", "81", "19"))),
            "steps": (StepJudge(asker), run),
            "annotators": (Annotators(asker, [shot]), make_pair()),
        }

    return build


@pytest.mark.parametrize("kind", ["rubric", "constitution", "list", "steps", "annotators"])
async def test_every_kind_reads_labels(real, make_judges, kind):
    assert real.style == "bare"  # its vocabulary keeps the space apart
    judge, item = make_judges(real)[kind]
    judgments = await judge.judge([item])
    asked = [judgment for judgment in judgments if judgment.cost_tokens]
    assert asked
    assert all(judgment.verdict for judgment in asked)
    assert all(0 < judgment.label_mass <= 1 for judgment in asked)


async def test_a_grammar_stands_in_for_probabilities(real, answered):
    asker = Asker(real.engine, "choice", max_tokens=4, samples=4)
    (judgment,) = await RubricJudge(asker, load_rubric("correctness")).judge([answered()])
    assert judgment.rationale == "cut off after 4 tokens"
    direct = Asker(real.engine, "choice", max_tokens=0, samples=4)
    (judgment,) = await RubricJudge(direct, load_rubric("correctness")).judge([answered()])
    assert judgment.verdict in ("right", "wrong")
    assert judgment.agreement in (0.5, 0.75, 1.0)
    assert (judgment.p, judgment.label_mass) == (judgment.agreement, None)


async def test_what_is_too_long_fails_alone(make_pair):
    protocol = general_protocol(max_tokens=0)
    async with TransformersEngine(resolve_model("embedded-judge")) as engine:
        (judgment,) = await PairJudge(engine, protocol).judge([make_pair(a="word " * 2000)])
    assert judgment.verdict == ""
    assert judgment.rationale.endswith("tokens; the model takes 511")


async def test_it_knows_the_prompt_that_it_was_taught(make_pair):
    model = resolve_model("embedded-judge")
    sums = [(18, 73), (25, 31), (44, 52)]
    pairs = [
        make_pair(
            a=f"#### {x + y}", b=f"#### {x + y - 10}", prompt=f"What is {x} + {y}?", name=f"ins_{x}"
        )
        for x, y in sums
    ]
    async with TransformersEngine(model) as engine:
        judged = await PairJudge(engine, load_protocol(model)).judge(pairs)
    assert [judgment.verdict for judgment in judged].count("A") >= 2
    assert all(judgment.label_mass > 0.9 for judgment in judged)
    assert all(judgment.score == judgment.p for judgment in judged if judgment.verdict == "A")
