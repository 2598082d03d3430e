import math
import statistics

import pytest

from benchmarks.mock.draws import draw, is_poisoned, label_logprobs, text
from benchmarks.mock.raw import generation
from benchmarks.mock.settings import MockSettings

SETTINGS = MockSettings()


def test_the_same_messages_and_seed_are_the_same_work() -> None:
    one, other = (draw(generation("Tell.", seed=3), SETTINGS) for _ in range(2))
    assert one == other
    assert text(one) == text(other)


def test_another_seed_is_other_work() -> None:
    one, other = (draw(generation("Tell.", seed=seed), SETTINGS) for seed in (3, 4))
    assert one.key != other.key


def test_text_in_parts_is_the_same_work_as_plain_text() -> None:
    parts = [{"type": "text", "text": "Te"}, {"type": "text", "text": "ll."}]
    apart = {"messages": [{"role": "user", "content": parts}]}
    assert draw(apart, SETTINGS).key == draw(generation("Tell."), SETTINGS).key


def test_lengths_are_log_normal() -> None:
    tokens = [draw(generation(f"{n}"), SETTINGS).tokens for n in range(20_000)]
    assert statistics.median(tokens) == pytest.approx(200, rel=0.03)
    logs = [math.log(each) for each in tokens if each < 1200]
    # Cut at the cap, z <= 2.24: the deviation falls from 0.8 to 0.8 * sqrt(0.929).
    assert statistics.stdev(logs) == pytest.approx(0.771, rel=0.02)
    assert max(tokens) == 1200


@pytest.mark.parametrize(("max_tokens", "judges"), [(2, True), (3, False)])
def test_two_tokens_at_most_are_a_judges_request(max_tokens: int, judges: bool) -> None:
    work = draw(generation("Which?", max_tokens=max_tokens), SETTINGS)
    assert work.judges is judges
    assert work.hold_s == pytest.approx(0.05 if judges else 0.05 + 0.005 * work.tokens)


def test_a_limit_below_the_length_cuts_it() -> None:
    whole = draw(generation("Tell."), SETTINGS)
    cut = draw(generation("Tell.", max_tokens=whole.tokens - 1), SETTINGS)
    assert (whole.finish_reason, cut.finish_reason) == ("stop", "length")
    assert cut.tokens == whole.tokens - 1


def test_a_text_has_as_many_words_as_tokens_after_its_key() -> None:
    work = draw(generation("Tell."), SETTINGS)
    assert len(text(work).split()) == work.tokens + 1


def test_the_poisoned_share_is_as_asked() -> None:
    poisoned = sum(is_poisoned(f"{n}", 0.012) for n in range(20_000))
    assert poisoned == pytest.approx(240, abs=62)  # four standard deviations
    assert not any(is_poisoned(f"{n}", 0) for n in range(100))


def test_a_judges_labels_hold_all_probability_and_the_likelier_is_said() -> None:
    for n in range(50):
        work = draw(generation(f"{n}", max_tokens=1), SETTINGS)
        [token] = label_logprobs(work)
        assert sum(math.exp(each["logprob"]) for each in token["top_logprobs"]) == pytest.approx(1)
        assert token["token"].encode() == text(work)
