import pytest

from ingot.engine import Generated
from ingot.records import JudgeKind
from judging.judges.pairwise import PairJudge


def prefers(text, p):
    """Chance of the first answer, for a judge that likes the answer with this text."""
    return lambda prompt: p if f"Answer A: {text}" in prompt else 1 - p


async def test_a_pair_is_asked_in_both_orders(scripted, protocol, make_pair):
    engine = scripted(prefers("right", 0.9))
    (judgment,) = await PairJudge(engine, protocol).judge([make_pair()])
    reasoning, verdicts = engine.requests[:2], engine.requests[2:]
    assert [r.sampling.stop for r in reasoning] == [("Verdict: ",)] * 2
    assert [r.prefill for r in verdicts] == ["My solution.\nVerdict: "] * 2
    assert [r.labels for r in verdicts] == [("A", "B")] * 2
    first, second = (r.messages[0].content for r in verdicts)
    assert "Answer A: right\nAnswer B: wrong" in first
    assert "Answer A: wrong\nAnswer B: right" in second
    assert (judgment.verdict, judgment.flipped) == ("A", False)
    assert judgment.p == pytest.approx(0.9)


async def test_verdict_is_read_in_canonical_order(scripted, protocol, make_pair):
    engine = scripted(prefers("right", 0.8))
    pair = make_pair(a="wrong", b="right")
    (judgment,) = await PairJudge(engine, protocol).judge([pair])
    assert (judgment.verdict, judgment.subject_id) == ("B", pair.id)
    assert judgment.p == pytest.approx(0.8)
    assert (judgment.kind, judgment.rationale) == (JudgeKind.JUDGE, "My solution.")
    assert judgment.cost_tokens == 2 * 15 + 2 * 11
    assert judgment.provenance.parents == (pair.id,)


async def test_a_habit_of_naming_the_first_shows_as_a_flip(scripted, protocol, make_pair):
    judge = PairJudge(scripted(lambda prompt: 0.9), protocol)
    (judgment,) = await judge.judge([make_pair()])
    assert judgment.flipped
    assert judgment.p == pytest.approx(0.5)


async def test_a_mild_flip_keeps_the_averaged_verdict(scripted, protocol, make_pair):
    engine = scripted(lambda prompt: 0.9 if "Answer A: right" in prompt else 0.6)
    (judgment,) = await PairJudge(engine, protocol).judge([make_pair()])
    assert (judgment.verdict, judgment.flipped) == ("A", True)
    assert judgment.p == pytest.approx((0.9 + 0.4) / 2)


async def test_probability_is_renormalised_over_the_labels(scripted, protocol, make_pair):
    engine = scripted(prefers("right", 0.9), mass=0.51)
    (judgment,) = await PairJudge(engine, protocol).judge([make_pair()])
    assert judgment.p == pytest.approx(0.9)


@pytest.mark.parametrize("mass", [0.49, 0.0])
async def test_low_label_mass_is_unsure_without_a_score(scripted, protocol, make_pair, mass):
    engine = scripted(prefers("right", 0.9), mass=mass)
    (judgment,) = await PairJudge(engine, protocol).judge([make_pair()])
    assert (judgment.verdict, judgment.p) == ("unsure", None)
    assert f"only {mass:.3f}" in judgment.rationale


async def test_one_order_without_a_verdict_gives_no_score(scripted, protocol, make_pair):
    def reason(request):
        swapped = "Answer A: wrong" in request.messages[0].content
        return Generated("going on", "length" if swapped else "stop", 1, 40)

    engine = scripted(reason=reason)
    (judgment,) = await PairJudge(engine, protocol).judge([make_pair()])
    assert (judgment.verdict, judgment.p) == ("", None)
    assert judgment.rationale == "cut off after 40 tokens"
    assert len(engine.requests) == 3  # a cut reasoning is asked for no verdict


@pytest.mark.parametrize("at", ["reason", "decide"])
async def test_a_failed_request_is_data_and_hurts_no_other_pair(scripted, protocol, make_pair, at):
    def fail(request):
        bad = "bad" in request.messages[0].content
        text = Generated("Hm.\n", "stop", label_logprobs={"A": -0.1, "B": -2.4})
        return Generated(finish_reason="error", failure="prompt too long") if bad else text

    engine = scripted(**{at: fail})
    judged = await PairJudge(engine, protocol).judge([make_pair(a="bad"), make_pair(a="fine")])
    assert [j.verdict for j in judged] == ["", "A"]
    assert (judged[0].p, judged[0].rationale) == (None, "prompt too long")


async def test_direct_judge_asks_for_the_verdict_only(scripted, protocol, make_pair):
    engine = scripted(prefers("right", 0.7))
    direct = protocol.model_copy(update={"max_tokens": 0})
    (judgment,) = await PairJudge(engine, direct).judge([make_pair()])
    assert [r.prefill for r in engine.requests] == ["Verdict: "] * 2
    assert judgment.p == pytest.approx(0.7)


async def test_samples_are_drawn_with_their_own_seeds_and_averaged(scripted, protocol, make_pair):
    drawn = iter(["x", "y"] * 2)
    engine = scripted(
        reason=lambda request: Generated(next(drawn), "stop"),
        decide=lambda r: Generated(label_logprobs={"A" if "x" in r.prefill else "B": 0.0}),
    )
    (judgment,) = await PairJudge(engine, protocol, samples=2).judge([make_pair()])
    reasoning = engine.requests[:4]
    assert len({request.seed for request in reasoning}) == 4
    assert {request.sampling.temperature for request in reasoning} == {1}
    assert judgment.p == 0.5


async def test_requests_are_the_same_in_every_run(scripted, protocol, make_pair):
    runs = [scripted(), scripted(), scripted()]
    for engine, seed in zip(runs, (0, 0, 1), strict=True):
        await PairJudge(engine, protocol, seed=seed).judge([make_pair()])
    keys = [[request.key("m") for request in engine.requests] for engine in runs]
    assert keys[0] == keys[1]
    assert keys[0][:2] != keys[2][:2]


async def test_judgments_keep_the_order_and_requests_the_window(scripted, protocol, make_pair):
    pairs = [make_pair(a=f"answer {i}") for i in range(20)]
    seen = []
    engine = scripted()
    judged = await PairJudge(engine, protocol).judge(pairs, lambda *step: seen.append(step))
    assert [j.subject_id for j in judged] == [pair.id for pair in pairs]
    assert engine.most_flying == engine.capacity
    assert seen[-1] == (80, 80)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


async def test_progress_counts_what_will_not_be_asked(scripted, protocol, make_pair):
    engine = scripted(reason=lambda request: Generated(failure="down"))
    seen = []
    await PairJudge(engine, protocol).judge([make_pair()], lambda *step: seen.append(step))
    assert seen == [(2, 4), (4, 4)]


async def test_no_pairs_no_requests(scripted, protocol):
    engine = scripted()
    assert await PairJudge(engine, protocol).judge([]) == []
    assert engine.requests == []


def test_another_prompt_or_number_of_samples_is_another_judge(scripted, protocol):
    other = protocol.model_copy(update={"template": protocol.template + "!"})
    judges = [PairJudge(scripted(), protocol), PairJudge(scripted(), other)]
    judges.append(PairJudge(scripted(), protocol, samples=4))
    assert len({judge.name for judge in judges}) == 3
