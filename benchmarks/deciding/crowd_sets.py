"""The public sets of people's answers."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.deciding.effort import read_set

Rows = list[tuple[str, str, str]]


@dataclass(frozen=True)
class Set:
    """One set: (item, worker, label) rows, and the true label of items where it is known."""

    name: str
    rows: Rows
    truth: dict[str, str]


def read_sets() -> Iterator[Set]:
    """The nine sets of truth inference, and the votes of QAGS, which have no truth."""
    answers, truth = (
        read_set("2_crowd/truth_inference_labels"),
        read_set("2_crowd/truth_inference_gold"),
    )
    for name in sorted(answers["dataset"].unique()):
        rows = answers.filter(dataset=name).select("item", "worker", "label").rows()
        known = truth.filter(dataset=name).select("item", "truth").rows()
        yield Set(
            name,
            [(str(item), str(worker), str(label)) for item, worker, label in rows],
            {str(item): str(label) for item, label in known},
        )
    columns = ("dataset", "article_id", "sentence_id", "worker_id", "response")
    votes = read_set("2_crowd/qags_mturk").select(columns).rows()
    yield Set("qags_mturk", [(f"{a} {b} {c}", f"{a} {w}", said) for a, b, c, w, said in votes], {})
