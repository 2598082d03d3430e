"""What goes to people and what their answers mean, without a database."""

from types import SimpleNamespace
from typing import Any

import pytest

from ingot.orders import parse_order
from ingot.records import JudgeKind, Judgment, Message, Pair
from judging.routing import Reason, Route, Routed
from services.pipeline.judge import Judged
from services.pipeline.people import decided_by_judge, decisions_of
from services.pipeline.trust import new_tasks
from services.review.tasks import Answer, Purpose

ORDER = {"name": "x", "quantity": 10, "source": {"recipe": "write_instructions"}}


def pair(name: str, instruction: str = "ins_1") -> Pair:
    said = (Message(role="assistant", content=name),)
    ids = {"instruction_id": instruction, "a_id": f"a_{name}", "b_id": f"b_{name}"}
    return Pair(prompt=said, a=said, b=said, **ids)


def batch() -> Any:
    return SimpleNamespace(spec=parse_order({**ORDER, "review": {"overlap": 2}}))


def sure(of: Pair, p: float) -> Judgment:
    return Judgment(subject_id=of.id, kind=JudgeKind.JUDGE, judge="j", verdict="A", p=p)


def priorities(pairs: list[Pair], p: list[float], purpose: Purpose = "unsure") -> list[float]:
    judgments = [sure(each, sureness) for each, sureness in zip(pairs, p, strict=True)]
    wanted = {each.id: purpose for each in pairs}
    tasks = new_tasks(Judged(pairs, judgments, judgments), wanted, batch())
    assert [task.overlap for task in tasks] == [2] * len(pairs)
    return [task.priority for task in tasks]


def answer(of: Pair, verdict: Any, reviewer: str, **fields: Any) -> Answer:
    fields = {"simulated": False, "comment": "", "active_ms": 1, **fields}
    return Answer(of.id, "unsure", verdict, reviewer, **fields)


def test_verified_pairs_do_not_rest_on_the_judge() -> None:
    accepted = (Route("par_1", Reason.VERIFIED), Route("par_2", Reason.ABOVE_THRESHOLD))
    assert decided_by_judge(Routed(accepted, to_people=(), audit=())) == ["par_2"]


def test_what_is_least_certain_comes_first() -> None:
    pairs = [pair("x", "ins_1"), pair("y", "ins_2")]
    assert priorities(pairs, [0.9, 0.6]) == pytest.approx([0.1, 0.4])


def test_the_only_pair_of_an_instruction_matters_most() -> None:
    pairs = [pair("x", "ins_1"), pair("y", "ins_2"), pair("z", "ins_2")]
    assert priorities(pairs, [0.8, 0.8, 0.8]) == pytest.approx([0.2, 0.1, 0.1])


def test_audited_items_lie_among_the_unsure_ones() -> None:
    pairs = [pair(str(n), f"ins_{n}") for n in range(200)]
    audited = priorities(pairs, [0.99] * 200, "audit")
    assert min(audited) < 0.05
    assert max(audited) > 0.45
    assert sum(audited) / 200 == pytest.approx(0.25, abs=0.05)


def test_an_adjudicators_word_stands_and_the_guideline_is_named() -> None:
    split, plain = pair("x"), pair("y")
    given = [
        answer(split, "A", "ada", guideline_n=1),
        answer(split, "A", "bob", guideline_n=2),
        answer(plain, "A", "ada", guideline_n=3),
        answer(split, "B", "zoe", guideline_n=2, adjudicated=True),
    ]
    settled, decided = decisions_of([split, plain, pair("z")], given)
    assert (settled.verdict, settled.reason) == ("B", "adjudicated")
    assert settled.people == ("ada", "bob", "zoe")
    assert [d.guideline_version for d in (settled, decided)] == [2, 3]
