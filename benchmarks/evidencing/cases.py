"""Answers by people and by models to the same question."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random

from benchmarks.evidencing.texts import CHAT_MODELS, Sample, Writer, article, rows
from services.review.evidence.likeness import MIN_RUNS
from services.review.evidence.words import runs, split

REFERENCES = 3
"""Answers by models that a summary is compared with; elsewhere all there are."""


@dataclass(frozen=True)
class Case:
    """A text, the task it answers, and models' answers to the same task."""

    sample: Sample
    task: str
    models: tuple[str, ...]

    @cached_property
    def own(self) -> set[int]:
        """Its runs that do not stand in the task."""
        return runs(self.sample.text) - runs(self.task)

    @cached_property
    def references(self) -> list[set[int]]:
        """The runs of the models' answers that do not stand in the task."""
        return [runs(text) - runs(self.task) for text in self.models]


def all_cases(seed: int) -> list[Case]:
    """Texts with enough runs of their own, each with models' answers that are not itself."""
    draw = Random(seed)
    read = (_summaries(draw), _truthful(), _essays(), _tasks(), _continuations())
    cases = {(c.sample.writer, c.sample.text): c for part in read for c in part}
    return [c for c in cases.values() if len(c.own) >= MIN_RUNS]


def _summaries(draw: Random) -> Iterator[Case]:
    data = rows("gpturk_summaries")
    for row in data:
        same = [r for r in data if r["HITId"] == row["HITId"]]
        task = " ".join(r["text"] for r in same if r["class"] == "abstract")
        models = [r["text"] for r in same if r["labels"] == "synthetic" and r is not row]
        if row["class"] != "abstract":
            writer: Writer = "person" if row["labels"] == "real" else "model"
            drawn = tuple(draw.sample(models, REFERENCES))
            yield Case(Sample("gpturk", row["HITId"], writer, row["text"]), task, drawn)


def _truthful() -> Iterator[Case]:
    data = [r for r in rows("mgtbench_truthfulqa_squad") if r["set"].startswith("truthfulqa")]
    answers: dict[str, list[str]] = {}
    for row in data:
        answers.setdefault(row["question"], []).append(row["chatgpt_answer"] or "")
    for question, texts in answers.items():
        for place, text in enumerate(texts):
            models = tuple(texts[:place] + texts[place + 1 :])
            yield Case(Sample("truthfulqa", question, "model", text), question, models)


def _essays() -> Iterator[Case]:
    data = rows("toefl_chatgpt_essays")
    models = {row["id"]: row["text"] for row in data if row["writer"] == "chatgpt"}
    for row in data:
        if row["writer"] == "human" and row["id"] in models:
            sample = Sample("toefl_essays", f"toefl{row['id']}", "learner", row["text"])
            yield Case(sample, "", (models[row["id"]],))


def _tasks() -> Iterator[Case]:
    for row in rows("self_instruct_user_oriented"):
        models = tuple(row[name] or "" for name in row if name.startswith("resp_text"))
        task = f"{row['instruction']} {row['input'] or ''}"
        yield Case(Sample("self_instruct", row["id"], "person", row["human_output"]), task, models)
        sample = Sample("self_instruct", row["id"], "model", models[-1])
        yield Case(sample, task, models[:-1])


def _continuations() -> Iterator[Case]:
    """The first 32 words are given, so they count as the task."""
    answers: dict[str, dict[str, str]] = {}
    for row in rows("fastdetectgpt_pairs"):
        if row["model"] in CHAT_MODELS:
            texts = answers.setdefault(article(row), {})
            texts |= {"person": row["human"], row["model"]: row["ai"]}
    for group, texts in answers.items():
        person = texts.pop("person")
        task = " ".join(split(person)[:32])
        yield Case(Sample("continuations", group, "person", person), task, tuple(texts.values()))
        if len(texts) == 2:
            one, other = texts.values()
            yield Case(Sample("continuations", group, "model", one), task, (other,))
