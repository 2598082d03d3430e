import pytest
import yaml
from delivering import FACTS, batch

from services.delivery.card import render_card
from services.delivery.facts import AuditResult, Delay, DriftResult
from services.delivery.quality import count_quality


def card(rows=None, **changes) -> str:
    facts = FACTS.model_copy(update=changes)
    return render_card(count_quality(batch() if rows is None else rows, facts))


def test_the_front_matter_names_parquet_as_the_only_data():
    _, front, _ = card().split("---\n", 2)
    assert yaml.safe_load(front)["configs"] == [
        {"config_name": "default", "data_files": "data/*.parquet"}
    ]


@pytest.mark.parametrize(
    "said",
    [
        "6 preference pairs over 6 prompts",
        "| judge | 2 |",
        "People decided 16.7% of the rows.",
        "**1 rows were answered by simulated reviewers: programs, not people.**",
        "Promised: with probability 90.0%",
        "at least 85.0% of the cases",
        "a random sample of 40 such verdicts people agreed with\n92.5% (interval 83.0% to 97.5%",
        "97.5%, exact).",
        "decides alone from a confidence of 0.8125 on",
        "computed from 150 answers of people (calibration `cal_7`)",
        "| contaminated | 1 |",
        "Licence: CC-BY-4.0.",
    ],
)
def test_the_card_states_the_facts(said: str):
    assert said.replace("_", "\\_") in card() or said in card()


def test_without_judge_promise_or_drops_the_card_says_so():
    text = card(judge=None, promised=None, audit=None, drops={})
    assert "None: every row was decided by a verifier or a person." in text
    assert "- No judge." in text
    assert "Curation dropped nothing." in text
    assert "Audited" not in text


def test_a_promise_without_an_audit_is_not_dressed_up():
    assert "no verdict of this batch was audited" in card(audit=None)


def test_a_judge_that_was_given_nothing_to_decide():
    judge = FACTS.judge.model_copy(update={"threshold": None})
    assert "let it decide nothing alone" in card(judge=judge)


def test_without_simulated_reviewers_the_card_does_not_mention_them():
    assert "simulated" not in card(batch()[:5])


def test_names_cannot_break_out_of_front_matter_or_table():
    text = card(name="x: \n---\nconfigs: [evil]\n# <b>|", drops={"a|b": 1})
    _, front, body = text.split("---\n", 2)
    assert yaml.safe_load(front)["pretty_name"] == "x: --- configs: [evil] # <b>|"
    assert "| a\\|b | 1 |" in body
    assert "<b>" not in body.replace("\\<b\\>", "")


def test_an_empty_batch_has_a_card():
    assert "0 preference pairs over 0 prompts" in card([])


def test_a_broken_promise_stands_in_bold():
    audit = AuditResult(items=40, agreement=0.7, low=0.6, high=0.8, alarm=True, alarm_items=31)
    text = card(audit=audit)
    assert "**The audit broke this promise after 31 audited verdicts" in text
    assert "broke" not in card()


def test_the_stated_delay_and_the_interval_for_every_look_are_there():
    detects = (Delay(disagreement=0.25, items=190), Delay(disagreement=0.16, items=None))
    audit = AuditResult(
        items=40, agreement=0.9, low=0.8, high=0.95, at_every_look=(0.7, 0.97), detects=detects,
        method="prediction_powered",
    )  # fmt: skip
    text = card(audit=audit)
    assert "95.0%, prediction-powered)" in text
    assert "within 70.0% to 97.0%" in text
    assert "disagreed with 25.0% of such verdicts, 190 audited ones" in text
    assert "16.0%" not in text


@pytest.mark.parametrize(
    ("verdict", "said"), [("stable", "Drift: none in 1"), ("drifting", "- judge, flips: more")]
)
def test_drift_is_said(verdict, said):
    check = DriftResult(
        subject="judge", name="flips", statistic=0.2, material=0.1, p_value=0.0, threshold=0.01,
        before=50, after=50, verdict=verdict, reason="more",
    )  # fmt: skip
    assert said in card(drift=(check,))
