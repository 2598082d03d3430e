"""What a judge said of each row, as columns beside the row's own.

    judge, verdict, p, score, label_mass, agreement, rationale, failure      of every kind
    p_a, position_bias, flipped                                              of pairs
    ranks, scores                                                            of lists
    criteria                                                                 of several criteria

Where a row has several criteria, the columns are those of the judgment that sums them up, else of
the first, and `criteria` lists all of them.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from ingot.errors import OrderError
from ingot.records import Judgment
from judging.judges.listwise import Ranked
from services.cli.rows import Row, columns_of

PAIR = ("p_a", "position_bias", "flipped")
LIST = ("ranks", "scores")


def single_columns(judgments: Sequence[Judgment]) -> Row:
    """Of an answer or a run: all criteria, the last one sums up where there are several."""
    named = [{"criterion": each.criterion, **_told(each)} for each in judgments]
    return {**_columns(judgments[-1]), "criteria": named}


def pair_columns(judgment: Judgment) -> Row:
    """Of a pair: `p_a` is the probability that a is better, a tie counting half."""
    bias, flipped = judgment.position_bias, judgment.flipped
    told = {**_columns(judgment), "p_a": judgment.score}
    return {**told, "position_bias": bias, "flipped": flipped}


def list_columns(ranked: Ranked) -> Row:
    """Of a list: the verdict is the place of the best, from 0; ranks and scores by place."""
    ranking = ranked.ranking
    return {
        **_columns(ranked.judgment),
        "ranks": list(ranking.ranks) if ranking else None,
        "scores": list(ranking.scores) if ranking else None,
    }


def join(rows: Iterable[Row], judged: Iterable[Row], prefix: str) -> list[Row]:
    """Each row with the judge's columns after its own.

    Raises OrderError where a column would be written over.
    """
    rows, judged = list(rows), list(judged)
    named = [{f"{prefix}{name}": value for name, value in each.items()} for each in judged]
    refuse_collisions(columns_of(rows), columns_of(judged), prefix)
    return [{**row, **own} for row, own in zip(rows, named, strict=True)]


def refuse_collisions(present: Sequence[str], names: Sequence[str], prefix: str) -> None:
    """Raise an OrderError where the file has a column of a judge's column's name."""
    taken = [f"{prefix}{name}" for name in names if f"{prefix}{name}" in present]
    if taken:
        raise OrderError(
            f"the file has columns that the judge would write ({', '.join(taken)}): name a "
            "--prefix for the judge's, such as judge_",
            taken[0],
        )


def all_names(kind: str) -> list[str]:
    """The columns that a kind of judging writes."""
    extra = {"pairwise": PAIR, "listwise": LIST}.get(kind, ("criteria",))
    return [*_NAMES, *extra]


def _columns(judgment: Judgment) -> Row:
    return {"judge": judgment.judge, **_told(judgment)}


def _told(judgment: Judgment) -> dict[str, Any]:
    """A failure's cause stands in `failure`, a verdict's reasons in `rationale`."""
    failed = not judgment.verdict
    return {
        "verdict": judgment.verdict,
        "p": judgment.p,
        "score": judgment.score,
        "label_mass": judgment.label_mass,
        "agreement": judgment.agreement,
        "rationale": "" if failed else judgment.rationale,
        "failure": judgment.rationale if failed else "",
    }


_NAMES = (*("judge", "verdict", "p", "score", "label_mass", "agreement", "rationale", "failure"),)
