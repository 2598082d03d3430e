import pytest

from judging.aggregate import EXPERT_AGREEMENT, PERSON_ACCURACY, agrees, decide


def votes(pair, answer, *verdicts):
    return decide(pair, [answer(pair, v, f"person-{i}") for i, v in enumerate(verdicts)])


def test_one_answer_decides(make_pair, answer):
    pair = make_pair()
    decision = decide(pair, [answer(pair, "B", "ada")])
    assert (decision.verdict, decision.reason, decision.votes) == ("B", "majority", 1)
    assert (decision.people, decision.simulated) == (("ada",), False)
    assert decision.confidence == pytest.approx(PERSON_ACCURACY)


def test_the_accuracy_of_a_person_explains_how_often_two_agree():
    q = PERSON_ACCURACY
    assert q**2 + (1 - q) ** 2 == pytest.approx(EXPERT_AGREEMENT)


@pytest.mark.parametrize(
    ("verdicts", "label", "reason"),
    [
        (("A", "A", "B"), "A", "majority"),
        (("tie", "tie", "B"), "tie", "majority"),
        (("A", "B"), "", "no_majority"),
        (("A", "A", "B", "tie"), "", "no_majority"),
        (("A", "skip"), "A", "majority"),
        (("skip",), "", "no_answer"),
        ((), "", "no_answer"),
    ],
)
def test_more_than_half_of_those_who_chose_decide(make_pair, answer, verdicts, label, reason):
    decision = votes(make_pair(), answer, *verdicts)
    assert (decision.verdict, decision.reason) == (label, reason)


def test_confidence_grows_with_the_lead(make_pair, answer):
    pair, q = make_pair(), PERSON_ACCURACY
    assert votes(pair, answer, "A", "B", "A").confidence == pytest.approx(q)
    assert votes(pair, answer, "A", "A").confidence == pytest.approx(q**2 / (q**2 + (1 - q) ** 2))
    assert votes(pair, answer, "tie").confidence is None


def test_the_last_answer_of_a_person_counts(make_pair, answer):
    pair = make_pair()
    decision = decide(pair, [answer(pair, "A", "ada"), answer(pair, "B", "ada")])
    assert (decision.verdict, decision.votes) == ("B", 1)


def test_one_simulated_answer_marks_the_decision(make_pair, answer):
    pair = make_pair()
    answers = [answer(pair, "A", "ada"), answer(pair, "A", "sim-1", simulated=True)]
    assert decide(pair, answers).simulated


def test_answers_to_another_pair_are_refused(make_pair, answer):
    with pytest.raises(ValueError, match="were given for"):
        decide(make_pair(), [answer(make_pair(a="other"), "A")])


@pytest.mark.parametrize(("label", "expected"), [("A", True), ("B", False), ("tie", False)])
def test_agreement_counts_ties_as_errors(make_pair, make_judgment, answer, label, expected):
    pair = make_pair()
    assert agrees(make_judgment(pair, "A"), votes(pair, answer, label)) is expected


def test_agreement_needs_both_verdicts(make_pair, make_judgment, answer):
    pair = make_pair()
    assert agrees(make_judgment(pair, "unsure", None), votes(pair, answer, "A")) is None
    assert agrees(make_judgment(pair, "A"), votes(pair, answer, "A", "B")) is None
