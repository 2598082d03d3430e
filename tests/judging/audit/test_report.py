"""Coverage of what is quoted, on drawn batches and on judges that people really checked."""

from math import comb

import numpy as np
import pytest

from judging.audit.items import AuditedItem, compared
from judging.audit.prediction_powered import prediction_powered
from judging.audit.report import exact_interval, measure_agreement
from judging.intervals import clopper_pearson

DELTA = 0.1
ROUNDS = 200
SLACK = 3 * (DELTA * (1 - DELTA) / ROUNDS) ** 0.5


def covered(probabilities, agreed, audited, seed=0):
    """Share of random audits whose intervals hold the batch's agreement: quoted, exact, powered."""
    random, truth, inside = np.random.default_rng(seed), np.mean(agreed), []
    for _ in range(ROUNDS):
        order = random.permutation(len(agreed))
        picked, rest = order[:audited], order[audited:]
        sample = list(zip(probabilities[picked].tolist(), agreed[picked].tolist(), strict=True))
        found = measure_agreement(sample, probabilities[rest].tolist(), DELTA)
        intervals = (found.quoted, found.exact, found.powered)
        inside.append([i.low - 1e-9 <= truth <= i.high + 1e-9 for i in intervals])
    return np.mean(inside, axis=0)


@pytest.mark.parametrize(
    ("rate", "items", "audited"), [(0.85, 400, 40), (0.97, 400, 40), (0.9, 200, 150)]
)
@pytest.mark.parametrize("overconfident", [0.0, 0.1])
def test_every_interval_holds_the_truth_as_often_as_it_says(rate, items, audited, overconfident):
    random = np.random.default_rng(1)
    probabilities = random.beta(8 * rate, 8 * (1 - rate), items)
    agreed = random.random(items) < probabilities - overconfident
    assert covered(probabilities, agreed, audited).min() >= 1 - DELTA - SLACK


def test_real_judges_of_preferences_are_covered(shared_data):
    rows = shared_data("1_judge_human/trust_or_escalate_calibration")
    first = np.array([p[0] for p in rows["probs_gpt-4-turbo"].to_list()])
    agreed = (first >= 0.5) == (rows["human_preference"].to_numpy() == 1)
    assert covered(np.maximum(first, 1 - first), agreed, 60).min() >= 1 - DELTA - SLACK


def test_real_judges_of_answers_are_covered(shared_data):
    rows = shared_data("1_judge_human/triviaqa_judges_v2")
    human = rows["Human-Eval"].to_list()
    juries = rows.select("Llama-7B", "Llama3-8B", "Mistral-7B", "Gemma-2B").rows()
    known = [
        (jury, judge, said)
        for jury, judge, said in zip(juries, rows["GPT-4"], human, strict=True)
        if said
    ]
    agreed = np.array([judge == said for _, judge, said in known])
    probabilities = np.array([0.5 + sum(v == judge for v in jury) / 8 for jury, judge, _ in known])
    assert covered(probabilities[:500], agreed[:500], 60).min() >= 1 - DELTA - SLACK


def test_the_exact_interval_counts_what_could_have_been_drawn():
    found = exact_interval(right=9, n=10, accepted=20, delta=DELTA)
    ways = [comb(t, 9) * comb(20 - t, 1) / comb(20, 10) for t in range(21)]
    at_most = {
        t: sum(comb(t, k) * comb(20 - t, 10 - k) for k in range(10)) / comb(20, 10)
        for t in range(21)
    }
    at_least = {t: 1 - at_most[t] + ways[t] for t in range(21)}
    kept = [t for t in range(9, 20) if at_most[t] > DELTA / 2 and at_least[t] > DELTA / 2]
    assert (found.low, found.high) == (kept[0] / 20, kept[-1] / 20)


def test_a_small_share_is_counted_as_from_an_endless_batch():
    assert exact_interval(18, 20, 400, DELTA) == clopper_pearson(18, 20, DELTA)
    assert exact_interval(18, 20, 399, DELTA) != clopper_pearson(18, 20, DELTA)


def test_auditing_everything_leaves_no_doubt():
    found = measure_agreement([(0.9, True)] * 11 + [(0.8, False)], [], DELTA)
    assert found.quoted.low == found.quoted.high == pytest.approx(11 / 12)


def test_the_narrower_interval_is_quoted_by_name():
    random = np.random.default_rng(2)
    sure = np.where(random.random(1000) < 0.8, 0.99, 0.3)
    agreed = random.random(1000) < sure
    sample = list(zip(sure[:100].tolist(), agreed[:100].tolist(), strict=True))
    found = measure_agreement(sample, sure[100:].tolist(), DELTA)
    assert (found.method, found.quoted) == ("prediction_powered", found.powered)
    assert found.powered.high - found.powered.low < 0.85 * (found.exact.high - found.exact.low)


def test_useless_probabilities_get_no_weight_and_few_items_no_estimate():
    sample = [(0.9, index % 5 > 0) for index in range(40)]
    assert prediction_powered(sample, [0.9] * 100, DELTA).weight == 0.0
    assert prediction_powered(sample[:9], [0.9] * 100, DELTA) is None
    assert measure_agreement(sample[:9], [0.9] * 100, DELTA).method == "exact"


def test_the_interval_for_the_source_is_wider_than_for_the_batch():
    random = np.random.default_rng(4)
    p = random.beta(8, 2, 200)
    sample = [(float(x), bool(random.random() < x)) for x in p[:100]]
    ends = [
        prediction_powered(sample, p[100:].tolist(), DELTA, whole_batch=whole).interval
        for whole in (True, False)
    ]
    assert ends[0].high - ends[0].low < ends[1].high - ends[1].low


def test_an_item_counts_once_more_than_half_agree():
    votes = {"A": ("A",), "split": ("A", "B"), "tie": ("tie", "tie", "A"), "none": ()}
    items = [AuditedItem("A", 0.9, said) for said in votes.values()]
    assert [item.agreed for item in items] == [True, None, False, None]
    assert compared(items) == [(0.9, True), (0.9, False)]
