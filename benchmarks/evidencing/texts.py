"""Public texts by people and by models, each with the half of the data it belongs to.

Texts about one thing (a question, an article, an essay) share a group; a group is in one half.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal, TypeAlias

from benchmarks.deciding.effort import read_set
from services.review.evidence.words import split

Writer: TypeAlias = Literal["person", "learner", "model", "edited", "base"]
"""`learner`: a person who writes English as a foreign language (TOEFL). `edited`: a person's text
that a model went over. `base`: a continuation by a model of before instruction tuning."""
MIN_WORDS = 50
CHAT_MODELS = ("gpt-3.5-turbo", "gpt-4")


@dataclass(frozen=True, slots=True)
class Sample:
    """One text."""

    source: str
    group: str
    writer: Writer
    text: str

    @property
    def train(self) -> bool:
        """Whether it is in the half that limits are chosen on."""
        return is_train(self.group)


def is_train(group: str) -> bool:
    """A fair draw, the same each time."""
    return sha256(group.encode()).digest()[0] % 2 == 0


def all_samples() -> list[Sample]:
    """Every text long enough to be assessed, each once."""
    read = (_toefl, _essays, _continuations, _summaries, _long_answers, _truthful, _zippy, _tasks)
    samples = {(s.writer, s.text): s for part in read for s in part() if _is_long(s.text)}
    return list(samples.values())


def rows(name: str) -> list[dict[str, Any]]:
    """A set of the folder 6_ai_vs_human."""
    return read_set(f"6_ai_vs_human/{name}").to_dicts()


def _is_long(text: str | None) -> bool:
    return len(split(text or "")) >= MIN_WORDS


def _toefl() -> Iterator[Sample]:
    for row in rows("toefl_chatgpt_essays"):
        person = row["writer"] == "human"
        source = "toefl_essays" if person else "toefl_essays/chatgpt"
        yield Sample(source, f"toefl{row['id']}", "learner" if person else "model", row["text"])


def _essays() -> Iterator[Sample]:
    for row in rows("detector_bias_essays"):
        name = row["set"].rpartition("_")[0]
        yield Sample(name, f"{name.split('_')[0]}{row['idx']}", _of_essay(row), row["document"])


def _of_essay(row: dict[str, Any]) -> Writer:
    if row["writer"] == "human":
        return "learner" if row["set"].startswith("TOEFL") else "person"
    return "edited" if row["writer"] == "ai_edited" else "model"


def _continuations() -> Iterator[Sample]:
    people: dict[str, Sample] = {}
    for row in rows("fastdetectgpt_pairs"):
        group = article(row)
        person = Sample(row["domain"], group, "person", row["human"])
        people[group] = max(people.get(group, person), person, key=lambda s: len(s.text))
        writer: Writer = "model" if row["model"] in CHAT_MODELS else "base"
        yield Sample(f"{row['domain']}/{row['model']}", group, writer, row["ai"])
    yield from people.values()


def article(row: dict[str, Any]) -> str:
    """What a continuation goes on from: the same article has several numbers."""
    return str(row["human"][:100])


def _summaries() -> Iterator[Sample]:
    for row in rows("gpturk_summaries"):
        person = row["labels"] == "real"
        source = f"gpturk/{row['class']}"
        yield Sample(source, row["HITId"], "person" if person else "model", row["text"])


def _long_answers() -> Iterator[Sample]:
    for row in rows("lfqa_expert_preferences"):
        for side in "ab":
            person = row[f"answer_{side}_type"] == "human"
            source = "lfqa" if person else "lfqa/webgpt"
            text = row[f"answer_{side}"]
            yield Sample(source, row["question"], "person" if person else "model", text)


def _truthful() -> Iterator[Sample]:
    for row in rows("mgtbench_truthfulqa_squad"):
        yield Sample(row["set"], row["question"], "model", row["chatgpt_answer"])


def _zippy() -> Iterator[Sample]:
    for row in rows("zippy_detector_eval"):
        writer: Writer = "person" if row["Label"] == "Human" else "model"
        yield Sample(f"zippy/{row['Data Source']}", f"zippy{row['Index']}", writer, row["Document"])


def _tasks() -> Iterator[Sample]:
    for row in rows("self_instruct_user_oriented"):
        yield Sample("self_instruct", row["id"], "person", row["human_output"])
        yield Sample("self_instruct/003", row["id"], "model", row["resp_text-davinci-003"])
