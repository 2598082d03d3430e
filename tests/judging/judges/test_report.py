import pytest

from ingot.records import JudgeKind, Judgment
from judging.judges.report import report_judgments


def said(number, verdict="A", criterion="preference", **fields):
    return Judgment(
        subject_id=f"par_{number}",
        kind=JudgeKind.JUDGE,
        judge="j",
        criterion=criterion,
        verdict=verdict,
        **fields,
    )


def test_a_set_is_summed_up():
    (report,) = report_judgments(
        [
            said(1, p=0.9, flipped=True, position_bias=0.5, label_mass=1.0, cost_tokens=7),
            said(2, "B", p=0.7, position_bias=-0.1, label_mass=0.8, cost_tokens=3),
            said(3, "unsure", label_mass=0.3, rationale="only 0.300 on the labels"),
            said(4, "", rationale="prompt of 9,123 tokens; the model takes 511"),
            said(5, "", rationale="prompt of 870 tokens; the model takes 511"),
        ]
    )
    assert (report.judged, report.decided, report.tokens) == (5, 2, 10)
    assert report.verdicts == {"A": 1, "B": 1}
    assert report.failures == {"prompt of N tokens; the model takes N": 2}
    assert (report.unsure_share, report.flipped_share) == (0.2, 0.5)
    assert report.mean_position_bias == pytest.approx(0.2)
    assert report.mean_label_mass == pytest.approx(0.7)
    assert report.mean_p == pytest.approx(0.8)


def test_criteria_are_told_apart_and_what_is_unknown_is_none():
    reports = report_judgments([said(1, "3", "tone", score=3.0), said(1, "1", "length", score=1.0)])
    assert [(r.criterion, r.mean_score) for r in reports] == [("tone", 3.0), ("length", 1.0)]
    assert reports[0].flipped_share is reports[0].mean_p is reports[0].mean_agreement is None


def test_nothing_judged_nothing_reported():
    assert report_judgments([]) == []
