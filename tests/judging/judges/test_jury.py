from math import log

import pytest

from ingot.errors import ModelError
from ingot.records import JudgeKind, Judgment
from judging.judges.jury import Juror, Jury


class Says:
    """A judge that says what it is told to, of every item."""

    def __init__(self, name, verdict="A", p=None, *, criterion="preference", score=None, why=""):
        self.name, self.judged = name, []
        self.fields = {"verdict": verdict, "p": p, "score": score, "rationale": why}
        self.criterion = criterion

    async def judge(self, items, on_progress=None):
        self.judged += items
        return [
            Judgment(
                subject_id=item.id,
                kind=JudgeKind.JUDGE,
                judge=self.name,
                criterion=self.criterion,
                **self.fields,
            )
            for item in items
        ]


class Dead(Says):
    async def judge(self, items, on_progress=None):
        raise ModelError("the endpoint is gone")


def sigmoid(x):
    return 1 / (1 + 2.718281828459045**-x)


def logit(p):
    return log(p / (1 - p))


async def test_two_verdicts_pool_to_the_weighted_mean_of_log_odds(make_pair):
    jurors = [
        Juror(Says("x", "A", 0.9), 2.0),
        Juror(Says("y", "B", 0.7)),
        Juror(Says("z", "A", 0.6)),
    ]
    (judgment,) = await Jury(jurors).judge([make_pair()])
    pooled = sigmoid((2 * logit(0.9) - logit(0.7) + logit(0.6)) / 4)
    assert (judgment.verdict, judgment.p) == ("A", pytest.approx(pooled))
    assert judgment.agreement == pytest.approx(2 / 3)
    assert judgment.rationale.startswith("A 0.90, B 0.70, A 0.60; log-odds differ by")


async def test_jurors_of_one_mind_are_pooled_against_all_else(make_pair):
    (judgment,) = await Jury([Juror(Says("x", "A", 0.9)), Juror(Says("y", "A", 0.7))]).judge(
        [make_pair()]
    )
    assert judgment.p == pytest.approx(sigmoid((logit(0.9) + logit(0.7)) / 2))


async def test_scores_are_averaged_by_weight(make_pair):
    jurors = [Juror(Says("x", "3", 0.5, score=3.0), 3.0), Juror(Says("y", "1", 0.5, score=1.0))]
    (judgment,) = await Jury(jurors).judge([make_pair()])
    assert judgment.score == pytest.approx(2.5)


@pytest.mark.parametrize("broken", [Says("b", ""), Says("b", "unsure", why="no"), Dead("b")])
async def test_a_juror_without_a_verdict_voids_nobody(make_pair, broken):
    jury = Jury([Juror(broken), Juror(Says("y", "B", 0.8))])
    (judgment,) = await jury.judge([make_pair()])
    assert (judgment.verdict, judgment.p) == ("B", pytest.approx(0.8))
    assert judgment.rationale.endswith("1 of 2 left out")


async def test_a_jury_without_any_verdict_says_why(make_pair):
    jury = Jury([Juror(Dead("x")), Juror(Says("y", "", why="too long"))])
    (judgment,) = await jury.judge([make_pair()])
    assert (judgment.verdict, judgment.p) == ("", None)
    assert judgment.rationale == "no juror has a verdict: x: the endpoint is gone; too long"


async def test_jurors_of_the_writers_family_are_not_asked(make_pair):
    kin, other = Says("kin", "A", 0.99), Says("other", "B", 0.7)
    pairs = [make_pair(name="ins_1"), make_pair(name="ins_2")]
    jury = Jury(
        [Juror(kin, family="Qwen"), Juror(other, family="llama")],
        family_of=lambda pair: "qwen" if pair.instruction_id == "ins_1" else "",
    )
    judged = await jury.judge(pairs)
    assert kin.judged == pairs[1:]
    assert [judgment.verdict for judgment in judged] == ["B", "A"]


async def test_votes_without_probabilities_go_by_weight(make_pair):
    jurors = [Juror(Says("x", "A")), Juror(Says("y", "B"), 3.0), Juror(Says("z", "A"))]
    (judgment,) = await Jury(jurors).judge([make_pair()])
    assert (judgment.verdict, judgment.p) == ("B", None)
    assert judgment.agreement == pytest.approx(1 / 3)


async def test_items_keep_their_order_and_repeat_where_they_do(make_pair):
    pairs = [make_pair(name="ins_2"), make_pair(), make_pair(name="ins_2")]
    juror, seen = Says("x", "A", 0.9), []
    judged = await Jury([Juror(juror)]).judge(pairs, lambda *step: seen.append(step))
    assert seen == [(3, 3)]
    assert [judgment.subject_id for judgment in judged] == [pair.id for pair in pairs]
    assert len(juror.judged) == 2


@pytest.mark.parametrize("jurors", [[], [Juror(Says("x"), 0.0)]])
def test_a_jury_needs_weight(jurors):
    with pytest.raises(ValueError, match="weight above 0"):
        Jury(jurors)
