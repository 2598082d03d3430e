import pytest

from judging.people.aggregate import (
    EXPERT_AGREEMENT,
    PERSON_ACCURACY,
    decide,
    decide_all,
)


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


def batch(make_pair, answer, table, verified=()):
    """Pairs and answers from rows such as {'ada': 'AAB', 'eva': 'A-B'}: one letter per pair."""
    letters = {"A": "A", "B": "B", "t": "tie", "s": "skip"}
    count = len(next(iter(table.values())))
    known = dict(verified)
    pairs = [make_pair(a=f"a{n}", name=f"ins_{n}", verified=known.get(n, "")) for n in range(count)]
    answers = {
        pair.id: [
            answer(pair, letters[row[n]], person) for person, row in table.items() if row[n] != "-"
        ]
        for n, pair in enumerate(pairs)
    }
    return pairs, answers


def test_without_overlap_a_batch_is_decided_pair_by_pair(make_pair, answer):
    pairs, answers = batch(make_pair, answer, {"ada": "AB--", "eva": "--ts"})
    assert decide_all(pairs, answers) == [decide(pair, answers[pair.id]) for pair in pairs]


def test_overlap_shows_who_is_right(make_pair, answer):
    """Bob contradicts three people who agree; where he stands against one of them, he loses."""
    good = "ABABABABAB" * 4
    bob = "BAABBAABAB" * 4
    table = {"ada": good + "A", "eva": good + "-", "kim": good + "-", "bob": bob + "B"}
    pairs, answers = batch(make_pair, answer, table)
    last = decide_all(pairs, answers)[-1]
    assert (last.verdict, last.reason, last.votes) == ("A", "posterior", 2)
    assert 0.8 < last.confidence < 1
    assert decide(pairs[-1], answers[pairs[-1].id]).verdict == ""


def test_equal_people_who_disagree_decide_nothing(make_pair, answer):
    pairs, answers = batch(make_pair, answer, {"ada": "AAB", "eva": "ABA"})
    decisions = decide_all(pairs, answers)
    assert [d.verdict for d in decisions] == ["A", "", ""]
    assert decisions[0].confidence > PERSON_ACCURACY
    assert decisions[1].reason == "no_majority"
    assert decisions[1].confidence is None


def test_every_pair_gets_its_decision_in_order(make_pair, answer):
    pairs, answers = batch(make_pair, answer, {"ada": "AtsA", "eva": "AtsB", "kim": "At-B"})
    answers.pop(pairs[3].id)
    decisions = decide_all(pairs, answers)
    assert [d.pair_id for d in decisions] == [pair.id for pair in pairs]
    assert [(d.verdict, d.reason) for d in decisions] == [
        ("A", "majority"),
        ("tie", "majority"),
        ("", "no_answer"),
        ("", "no_answer"),
    ]
    assert decisions[1].confidence > 0.8


def test_verified_pairs_are_gold_and_keep_the_votes(make_pair, answer):
    verified = [(n, "A") for n in range(20)]
    table = {"ada": "A" * 20 + "A-", "bob": "-" * 20 + "-B", "eva": "B" * 20 + "-B"}
    pairs, answers = batch(make_pair, answer, table, verified)
    decisions = decide_all(pairs, answers)
    assert decisions[0].verdict == ""  # one vote each, whatever the verifier says
    assert decisions[20].verdict == "A"
    assert decisions[20].confidence > PERSON_ACCURACY


def test_a_batch_refuses_answers_to_another_pair(make_pair, answer):
    pairs, answers = batch(make_pair, answer, {"ada": "AA", "eva": "AA"})
    answers[pairs[0].id] = answers[pairs[1].id]
    with pytest.raises(ValueError, match="were given for"):
        decide_all(pairs, answers)


@pytest.mark.parametrize(("label", "confidence"), [("B", PERSON_ACCURACY), ("tie", None)])
def test_an_adjudicators_word_stands_against_all_others(make_pair, answer, label, confidence):
    pair = make_pair()
    given = {pair.id: [answer(pair, "A", name) for name in ("ada", "bob", "cem")]}
    (decision,) = decide_all([pair], given, {pair.id: answer(pair, label, "zoe")})
    assert (decision.verdict, decision.reason) == (label, "adjudicated")
    assert decision.people == ("ada", "bob", "cem", "zoe")
    assert (decision.confidence, decision.votes) == (confidence, 4)


def test_adjudications_teach_how_good_people_are(make_pair, answer):
    settled, split = [make_pair(name=f"q{n}") for n in range(8)], make_pair(name="split")
    given = {p.id: [answer(p, "A", "ada"), answer(p, "B", "bob")] for p in [*settled, split]}
    assert decide_all([*settled, split], given)[-1].verdict == ""
    words = {pair.id: answer(pair, "B", "zoe") for pair in settled}
    assert decide_all([*settled, split], given, words)[-1].verdict == "B"


def test_an_adjudication_is_enough_where_no_answer_counts_any_more(make_pair, answer):
    pair = make_pair()
    (decision,) = decide_all([pair], {}, {pair.id: answer(pair, "A", "zoe")})
    assert (decision.verdict, decision.people) == ("A", ("zoe",))
