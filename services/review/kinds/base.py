"""What every kind of work has: an item that is shown, an answer that is given, and its label.

The canonical order is the one in which things are stored. Screen order is how one reviewer sees
them; it follows from `presented`, a draw that is kept with the assignment. Kinds without sides have
one order only.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

from pydantic import FailFast, Field, ValidationError

from ingot.records import Model
from services.review.kinds.faults import AnswerFault, Fault, ItemFault, RubricFault, first
from services.review.kinds.rubric import Rubric
from services.review.kinds.texts import ITEM_CHARS, Text, Word

Scale = Literal["nominal", "ordinal", "interval"]
Json = dict[str, Any]
_FIELDS = 20


class Item(Model):
    """What a reviewer is shown."""

    instructions: Text = ""
    """What to look at in this one."""


class Answer(Model):
    """What a reviewer gives, as it stands on their screen."""

    reasons: Annotated[tuple[Word, ...], FailFast(), Field(max_length=30)] = ()
    flags: Annotated[tuple[Word, ...], FailFast(), Field(max_length=30)] = ()
    """What is wrong with the task itself."""


ItemT = TypeVar("ItemT", bound=Item)
AnswerT = TypeVar("AnswerT", bound=Answer)
ModelT = TypeVar("ModelT", bound=Model)


class Kind(Generic[ItemT, AnswerT]):
    """A kind of work. It has no state: `KINDS` holds one of each."""

    name: ClassVar[str]
    scale: ClassVar[Scale]
    """Of what `values` gives."""
    preset: ClassVar[Rubric]
    criteria: ClassVar[range] = range(1)
    """How many criteria a rubric of this kind may have."""
    Item: type[ItemT]
    Answer: type[AnswerT]

    def read_item(self, raw: Mapping[str, Any]) -> ItemT:
        """The item in a text from outside; raises ItemFault."""
        item = _read(self.Item, raw, ItemFault)
        chars = _chars(item.model_dump())
        if chars > ITEM_CHARS:
            raise ItemFault("", f"the item has {chars} characters: {ITEM_CHARS} are the most")
        return item

    def read_rubric(self, raw: Mapping[str, Any]) -> Rubric:
        """The rubric of a queue of this kind with all presets filled in; raises RubricFault."""
        rubric = _read(Rubric, raw, RubricFault).filled(self.preset)
        if len(rubric.criteria) not in self.criteria:
            least, most = self.criteria.start, self.criteria.stop - 1
            wanted = f"{least} to {most} criteria" if most else "no criteria"
            raise RubricFault("/criteria", f"{self.name} takes {wanted}")
        return rubric

    def read_answer(self, raw: Mapping[str, Any], item: Mapping[str, Any], rubric: Rubric) -> Json:
        """The answer in a text from outside, in screen order; raises AnswerFault."""
        rubric = rubric.filled(self.preset)
        answer = _read(self.Answer, raw, AnswerFault)
        _require_among("reasons", answer.reasons, rubric.reasons)
        _require_among("flags", answer.flags, rubric.flags)
        return self.fit(answer, item, rubric).model_dump(mode="json", exclude_defaults=True)

    def fit(self, answer: AnswerT, item: Mapping[str, Any], rubric: Rubric) -> AnswerT:
        """The answer in its one form; raises AnswerFault where rubric or item forbid it."""
        return answer

    def shown(self, item: Mapping[str, Any], presented: int) -> Json:
        """The item as it stands on a reviewer's screen."""
        return dict(item)

    def canonical(self, answer: Json, item: Mapping[str, Any], presented: int) -> Json:
        """From screen order to the order in which answers are stored."""
        return answer

    def on_screen(self, answer: Json, item: Mapping[str, Any], presented: int) -> Json:
        """From the order in which answers are stored to the reviewer's."""
        return answer

    def label(self, answer: Mapping[str, Any]) -> str:
        """The one word of a canonical answer that is counted; '' where none can be."""
        raise NotImplementedError

    def values(self, answer: Mapping[str, Any]) -> dict[str, float | str]:
        """What a canonical answer says per criterion, for measures of agreement."""
        return {}


def _read(model: type[ModelT], raw: Mapping[str, Any], fault: type[Fault]) -> ModelT:
    if not isinstance(raw, Mapping):
        raise fault("", "this is no JSON object: send one with the fields of the kind")
    if len(raw) > _FIELDS:
        raise fault("", f"{len(raw)} fields are too many: send those of the kind only")
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise fault(*first(error)) from error


def _require_among(field: str, ticked: tuple[str, ...], known: tuple[str, ...]) -> None:
    for place, word in enumerate(ticked):
        if word not in known:
            raise AnswerFault(
                f"/{field}/{place}", f"{word!r} is not in the rubric: take one of {list(known)}"
            )
        if word in ticked[:place]:
            raise AnswerFault(f"/{field}/{place}", f"{word!r} is ticked twice: tick it once")


def _chars(value: object) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(map(_chars, value.values()))
    return sum(map(_chars, value)) if isinstance(value, list | tuple) else 0
