from collections.abc import Sequence

from ingot.orders import Guarantee
from ingot.records import JudgeKind, Judgment, Message, Pair
from judging.draws import draw_uniform
from judging.people.aggregate import Decision
from services.pipeline.evidence import learn_from_people

PROMISED = Guarantee(agreement=0.85, confidence=0.9)


def make_pair(number: int) -> Pair:
    return Pair(
        instruction_id=f"ins_{number}",
        a_id=f"a{number}",
        b_id=f"b{number}",
        prompt=(Message(role="user", content=f"question {number}"),),
        a=(Message(role="assistant", content="this"),),
        b=(Message(role="assistant", content="that"),),
    )


def judge(pair: Pair, verdict: str = "A", p: float | None = 0.98) -> Judgment:
    return Judgment(subject_id=pair.id, kind=JudgeKind.JUDGE, judge="m", verdict=verdict, p=p)


def answers(pairs: Sequence[Pair], right: float) -> list[Decision]:
    """People say A as often as the judge is right."""
    said = ("A" if draw_uniform("said", pair.id) < right else "B" for pair in pairs)
    return [
        Decision(pair.id, verdict, "majority")  # type: ignore[arg-type]
        for pair, verdict in zip(pairs, said, strict=True)
    ]


PAIRS = [make_pair(number) for number in range(400)]
JUDGED = [judge(pair) for pair in PAIRS]


def test_a_judge_that_is_less_often_right_than_it_says_is_believed_less() -> None:
    learned = learn_from_people(PAIRS, JUDGED, answers(PAIRS[:200], 0.75), PROMISED, seed=0)
    assert 0.7 < learned.judgments[-1].p < 0.9
    assert learned.certificate.threshold is None
    assert len(learned.points) == 200


def test_what_is_learned_is_certified_and_names_the_judges_own_word() -> None:
    learned = learn_from_people(PAIRS, JUDGED, answers(PAIRS[:200], 0.97), PROMISED, seed=0)
    assert learned.certificate.accepts(learned.judgments[-1].p)
    assert learned.judgments[0].provenance.parents == (JUDGED[0].id,)
    assert [j.subject_id for j in learned.judgments] == [pair.id for pair in PAIRS]


def test_a_tie_of_people_counts_against_the_judge() -> None:
    ties = [Decision(pair.id, "tie", "majority") for pair in PAIRS[:60]]
    learned = learn_from_people(PAIRS, JUDGED, answers(PAIRS[60:200], 1.0) + ties, PROMISED, seed=0)
    assert sum(not agreed for _, agreed in learned.points) == 60
    assert learned.certificate.threshold is None


def test_a_judgment_without_a_probability_stays_as_it_is() -> None:
    silent = judge(PAIRS[0], "unsure", None)
    learned = learn_from_people(
        PAIRS, [silent, *JUDGED[1:]], answers(PAIRS[:200], 0.97), PROMISED, seed=0
    )
    assert learned.judgments[0] == silent
    assert len(learned.points) == 199


def test_where_people_chose_nothing_the_judge_keeps_its_word_and_decides_nothing() -> None:
    undecided = [Decision(pair.id, "", "no_majority") for pair in PAIRS[:50]]
    for judgments in (JUDGED, []):
        learned = learn_from_people(PAIRS, judgments, undecided, PROMISED, seed=0)
        assert learned.judgments == judgments
        assert learned.certificate.threshold is None
        assert learned.points == ()
