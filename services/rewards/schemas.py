"""What labs send and get."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from ingot.records import Message, Model
from services.rewards.config import MAX_COMPARED, MAX_COMPLETIONS, MAX_ITEMS

Text = Annotated[str, StringConstraints(max_length=200_000)]
Turns = Annotated[tuple[Message, ...], Field(min_length=1, max_length=256)]
Said = Text | Turns
"""A text, or turns of a conversation."""
Name = Annotated[str, StringConstraints(max_length=200)]


class RewardItem(Model):
    """A prompt with its completions."""

    prompt: Said = ""
    completions: tuple[Said, ...] = Field(min_length=1, max_length=MAX_COMPLETIONS)
    """Order is kept. Judges that compare need two to eight."""
    reference: Text = ""
    """The known right answer, in the verifier's form; of code its tests."""
    verifier: Name = ""
    """Which program checks, where the judge leaves that to each item."""
    domain: Name = ""
    id: Name = ""
    """Yours; comes back as it is."""


class PreferenceItem(Model):
    """A prompt with completions of which every two are compared."""

    prompt: Said = ""
    completions: tuple[Said, ...] = Field(min_length=2, max_length=MAX_COMPARED)
    reference: Text = ""
    verifier: Name = ""
    domain: Name = ""
    id: Name = ""


class Asked(Model):
    """A batch. Items are read one by one: one that is wrong costs itself alone."""

    judge: Name
    """Name of a judge; GET /v1/rewards/judges lists them."""
    items: tuple[Any, ...] = Field(min_length=1, max_length=MAX_ITEMS)
    forward_abstained: bool = False
    """Ask people about what the judge abstains from."""


class RewardsIn(Asked):
    """What POST /v1/rewards takes; for its documentation."""

    items: tuple[RewardItem, ...] = Field(min_length=1, max_length=MAX_ITEMS)


class PreferencesIn(Asked):
    """What POST /v1/preferences takes; for its documentation."""

    items: tuple[PreferenceItem, ...] = Field(min_length=1, max_length=MAX_ITEMS)


class Opinion(Model):
    """What the judge says of a completion or of a pair. What is not known is null, never 0."""

    score: float | None
    """On the judge's own scale; null where it abstained or failed."""
    probability: float | None
    """That the completion is right or good, or that A is better; there even where the judge may
    not decide by it."""
    verdict: str
    """right, wrong, unsure, or the rubric's choice; of a pair A, B, tie or unsure; '' after a
    failure."""
    reason: str
    abstained: bool
    abstained_because: Literal["unsure", "below_threshold", "no_certificate"] | None
    failure: str | None
    tokens: int
    """Of the judge's engine; 0 where an equal question had just been asked."""
    task: str | None
    """The review task that people answer, where that was wanted."""


class Reward(Opinion):
    """Of one completion."""


class Comparison(Opinion):
    """Of two completions."""

    a: int
    """Place of A among the item's completions."""
    b: int
    flipped: bool
    """Whether the verdict changed when the two changed places."""
    position_bias: float | None
    """Half the difference of the log-odds for A between both orders."""


class RewardResult(Model):
    """Of one item, at its place."""

    index: int
    id: str
    completions: tuple[Reward, ...]
    failure: str | None
    """Why the item could not be read; then there are no completions."""


class PreferenceResult(Model):
    """Of one item, at its place."""

    index: int
    id: str
    comparisons: tuple[Comparison, ...]
    failure: str | None


class Usage(Model):
    """What a request took."""

    questions: int
    """Completions or pairs asked of the judge."""
    tokens: int


class RewardsOut(Model):
    """All results, in the items' order."""

    judge: str
    calibration_ids: tuple[str, ...]
    """The calibrations that bound the judge; empty where it decides unbounded."""
    items: tuple[RewardResult, ...]
    usage: Usage


class PreferencesOut(Model):
    """All results, in the items' order."""

    judge: str
    calibration_ids: tuple[str, ...]
    items: tuple[PreferenceResult, ...]
    usage: Usage


class JudgeLine(Model):
    """A judge in the list."""

    name: str
    kind: str
    answers: tuple[int, ...]
    """How many completions it looks at: 1, 2 (it compares) or both."""
    calibration_ids: tuple[str, ...]


class JudgeList(Model):
    """All judges."""

    judges: tuple[JudgeLine, ...]


class TaskAnswer(Model):
    """What one person said."""

    verdict: Literal["A", "B", "tie"]
    comment: str
    simulated: bool


class TaskView(Model):
    """A question that people were asked in the judge's place."""

    id: str
    state: Literal["open", "done"]
    about: Literal["completions", "reference"]
    """completions: A and B are two completions; reference: A is the completion, B the reference,
    and a tie says that the completion is right."""
    verdict: Literal["A", "B", "tie"] | None
    """What more than half said, or an adjudicator where there was one; null until all have
    answered, and where they do not agree."""
    answers: tuple[TaskAnswer, ...]
