from math import exp, log
from typing import Any

import pytest
from rewarding import ScriptedEngine

from judging.guarantee.threshold import Certificate
from services.rewards.judge import Combination, certified, combined
from services.rewards.scorer import Scored

ENGINES = {"local": {"engine": "openai", "model": "m", "endpoint": "http://x/v1"}}


def certificate(threshold: float | None) -> Certificate:
    return Certificate(
        calibration_id="cal_1", target_risk=0.1, delta=0.1, threshold=threshold, labels=100
    )


def prefers(text: str, p: float) -> Any:
    """A taste for the answer that contains this text, whichever place it has."""

    def taste(prompt: str) -> float:
        shown = prompt.index(text), prompt.index("other")
        return p if shown[0] < shown[1] else 1 - p

    return taste


async def test_every_two_completions_are_compared(new_service: Any) -> None:
    service = await new_service()
    answer = await service.preferences("pairs", [{"prompt": "p", "completions": ["a", "b", "c"]}])
    pairs = [(each["a"], each["b"]) for each in answer["items"][0]["comparisons"]]
    assert pairs == [(0, 1), (0, 2), (1, 2)]
    assert answer["usage"]["questions"] == 3


async def test_a_judge_of_content_gives_the_probability_that_a_is_better(new_service: Any) -> None:
    service = await new_service(engine=ScriptedEngine(taste=prefers("good", 0.8)))
    items = [
        {"prompt": "p", "completions": ["good", "other"]},
        {"prompt": "p", "completions": ["other", "good"]},
    ]
    first, second = (await service.preferences("pairs", items))["items"]
    told = [item["comparisons"][0] for item in (first, second)]
    assert [each["verdict"] for each in told] == ["A", "B"]
    assert [each["probability"] for each in told] == [pytest.approx(0.8), pytest.approx(0.2)]
    assert not told[0]["flipped"]
    assert told[0]["position_bias"] == pytest.approx(0)


async def test_a_judge_of_places_is_at_one_half_and_shows_its_bias(new_service: Any) -> None:
    service = await new_service(engine=ScriptedEngine(taste=lambda prompt: 0.9))
    answer = await service.preferences("pairs", [{"prompt": "p", "completions": ["a", "b"]}])
    only = answer["items"][0]["comparisons"][0]
    assert only["probability"] == pytest.approx(0.5)
    assert only["flipped"]
    assert only["position_bias"] == pytest.approx(2.197, abs=0.001)  # log(0.9 / 0.1)


async def test_a_verifier_compares_where_it_can_tell_of_both(new_service: Any) -> None:
    service = await new_service()
    items = [
        {"completions": ["#### 5", "#### 4"], "reference": "4"},
        {"completions": ["#### 4", "#### 4"], "reference": "4"},
        {"completions": ["#### 4", "who knows"], "reference": "4"},
    ]
    answer = await service.preferences("answer", items)
    told = [item["comparisons"][0] for item in answer["items"]]
    assert [each["verdict"] for each in told] == ["B", "tie", "unsure"]
    assert [each["score"] for each in told] == [0.0, 0.5, None]
    assert told[2]["abstained_because"] == "unsure"


async def test_below_the_certified_threshold_the_judge_abstains(
    new_service: Any, tmp_path: Any
) -> None:
    file = tmp_path / "certificate.json"
    file.write_text(certificate(0.7).model_dump_json())
    judge = {"kind": "pairwise", "engine": "local", "certificate": str(file)}
    engine = ScriptedEngine(taste=prefers("sure", 0.9))
    service = await new_service({"engines": ENGINES, "judges": {"pairs": judge}}, engine)
    items = [{"prompt": "p", "completions": ["sure", "other"]}]
    answer = await service.preferences("pairs", items)
    assert answer["calibration_ids"] == ["cal_1"]
    assert answer["items"][0]["comparisons"][0]["score"] == pytest.approx(0.9)
    engine.taste = prefers("sure", 0.6)
    items = [{"prompt": "q", "completions": ["sure", "other"]}]
    only = (await service.preferences("pairs", items))["items"][0]["comparisons"][0]
    assert (only["score"], only["probability"]) == (None, pytest.approx(0.6))
    assert only["abstained_because"] == "below_threshold"
    assert only["reason"] == "confidence 0.6000 is below the certified 0.7000"


@pytest.mark.parametrize(
    ("confidence", "threshold", "because"),
    [
        (0.7, 0.7, ""),
        (0.69, 0.7, "below_threshold"),
        (None, 0.7, "below_threshold"),
        (0.99, None, "no_certificate"),
    ],
)
def test_a_certificate_covers_what_reaches_its_threshold(
    confidence: float | None, threshold: float | None, because: str
) -> None:
    found = certified(Scored(1.0, confidence, confidence=confidence), certificate(threshold))
    assert found.because == because
    assert (found.score is None) == bool(because)
    assert found.probability == confidence


async def test_a_cascade_asks_the_next_where_one_cannot_tell(new_service: Any) -> None:
    judges = {
        "pairs": {"kind": "pairwise", "engine": "local"},
        "both": {"kind": "cascade", "judges": ["answer", "pairs"]},
    }
    engine = ScriptedEngine(taste=prefers("good", 0.8))
    service = await new_service({"engines": ENGINES, "judges": judges}, engine)
    items = [
        {"completions": ["#### 4", "#### 5"], "reference": "4"},
        {"completions": ["good", "other"], "reference": "4"},
    ]
    first, second = (await service.preferences("both", items))["items"]
    assert (first["comparisons"][0]["score"], first["comparisons"][0]["tokens"]) == (1.0, 0)
    assert second["comparisons"][0]["score"] == pytest.approx(0.8)
    assert len(engine.asked) == 2  # both orders of the second pair


async def test_all_judges_of_a_combination_are_asked(new_service: Any) -> None:
    judges = {
        "pairs": {"kind": "pairwise", "engine": "local"},
        "all": {"kind": "combined", "judges": ["answer", "pairs"], "weights": [0.5, 1.0]},
    }
    engine = ScriptedEngine(taste=prefers("good", 0.8))
    service = await new_service({"engines": ENGINES, "judges": judges}, engine)
    items = [{"completions": ["good\n#### 5", "other\n#### 4"], "reference": "4"}]
    (only,) = (await service.preferences("all", items))["items"][0]["comparisons"]
    log_odds = log(0.8 / 0.2) - 0.5 * log(0.9999 / 0.0001)  # the program says B, as sure as allowed
    assert only["probability"] == pytest.approx(1 / (1 + exp(-log_odds)))
    assert (only["verdict"], only["reason"]) == ("B", "2 of 2 judges together")


@pytest.mark.parametrize(
    ("told", "weights", "p"),
    [
        ((0.8, 0.8), (), 0.8),
        ((0.8, None), (), 0.8),
        ((0.8, 0.2), (), 0.5),
        ((0.8, None), (1.0, 3.0), 0.8),
        ((0.8, 0.8), (1.0, 1.0), 16 / 17),
        ((0.8,), (0.5,), 2 / 3),
        ((0.0,), (1.0,), 0.0001),
    ],
)
def test_log_odds_are_added_by_their_weights(
    told: tuple[float | None, ...], weights: tuple[float, ...], p: float
) -> None:
    steps = [Scored(probability=each, tokens=3) for each in told]
    found = combined(steps, Combination(weights), 2)
    assert found.probability == found.score == pytest.approx(p)
    assert (found.verdict, found.tokens) == ("A" if p >= 0.5 else "B", 3 * len(told))


def test_a_combination_of_the_silent_says_why_it_is_silent() -> None:
    steps = [
        Scored(failure="gone", tokens=1),
        Scored(because="unsure", tokens=2),
        Scored(failure="x"),
    ]
    found = combined(steps, Combination(), 1)
    assert (found.because, found.score, found.tokens) == ("unsure", None, 3)
    assert combined(steps[:1], Combination(), 1).failure == "gone"


@pytest.mark.parametrize("count", [1, 9])
async def test_two_to_eight_completions_are_compared(new_service: Any, count: int) -> None:
    service = await new_service()
    answer = await service.preferences("pairs", [{"completions": ["x"] * count}])
    assert "completions" in answer["items"][0]["failure"]
