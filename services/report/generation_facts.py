"""What the page of a generation is made of, read leniently: a figure may be missing."""

from pydantic import Field

from services.report.facts import Lenient


class RecipeFacts(Lenient):
    """One recipe's part of a run."""

    recipe: str
    quantity: int = 0
    """Items wanted; for a recipe that reads rows, the most rows to read."""
    accepted: int = 0
    records: dict[str, int] = Field(default_factory=dict)
    dropped: dict[str, int] = Field(default_factory=dict)
    failed: dict[str, int] = Field(default_factory=dict)


class ModelFacts(Lenient):
    """One model that was asked, and what its engine did with its time."""

    engine: str = ""
    name: str = ""
    revision: str = ""
    weights_sha256: str = ""
    template_sha256: str = ""
    asked: int = 0
    replayed: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float | None = None
    retries: int | None = None
    hedged: int | None = None
    slots: int | None = None
    engine_efficiency: float | None = None
    lost_to_starved_slots: float = 0.0
    lost_waiting_for_other_models: float = 0.0
    lost_in_the_tail: float = 0.0


class RunFacts(Lenient):
    """The summary of a run."""

    recipes: list[RecipeFacts] = Field(default_factory=list)
    models: dict[str, list[ModelFacts]] = Field(default_factory=dict)
    """By role."""
    seed: int | None = None
    seconds: float | None = None
    completion_tokens: int = 0
    tokens_per_second: float | None = None
    usd: float | None = None

    @property
    def wanted(self) -> int:
        """Items wanted of all recipes."""
        return sum(part.quantity for part in self.recipes)

    @property
    def accepted(self) -> int:
        """Items accepted of all recipes."""
        return sum(part.accepted for part in self.recipes)

    @property
    def failed(self) -> int:
        """Items that could not be made."""
        return sum(sum(part.failed.values()) for part in self.recipes)

    @property
    def records(self) -> dict[str, int]:
        """Records by type, over all recipes."""
        counts: dict[str, int] = {}
        for part in self.recipes:
            for kind, count in part.records.items():
                counts[kind] = counts.get(kind, 0) + count
        return counts

    @property
    def asked(self) -> int:
        """Requests that reached an engine."""
        return sum(facts.asked for facts in self.each_model.values())

    @property
    def replayed(self) -> int:
        """Requests that the journal answered."""
        return sum(facts.replayed for facts in self.each_model.values())

    @property
    def each_model(self) -> dict[str, ModelFacts]:
        """By the roles that it plays: a model of several roles has one account, and counts once."""
        merged: list[tuple[list[str], ModelFacts]] = []
        for role, models in self.models.items():
            for facts in models:
                same = next((roles for roles, other in merged if other == facts), None)
                if same is None:
                    merged.append(([role], facts))
                elif role not in same:
                    same.append(role)
        named: dict[str, ModelFacts] = {}
        for roles, facts in merged:
            name = ", ".join(roles)
            several = sum(1 for known in named if known.partition(" #")[0] == name)
            named[f"{name} #{several + 1}" if several else name] = facts
        return named


class DiversityFacts(Lenient):
    """How varied the prompts are."""

    prompts: int = 0
    """Prompts in the output."""
    texts: int = 0
    """Different prompts that were measured: a sample where there are many."""
    distinct_1: float = 0.0
    distinct_2: float = 0.0
    self_bleu: float = 0.0
    embedded: int = 0
    vendi: float | None = None
    cluster_entropy: float | None = None
    cells: list[int] = Field(default_factory=list)
    """Embedded prompts in each cell."""
    dots: list[tuple[float, float, int]] = Field(default_factory=list)
    """Place in the plane and cell of each embedded prompt."""
    explained: float = 0.0
    note: str = ""
    """Why nothing was embedded; '' where something was."""


class Failure(Lenient):
    """An item that could not be made."""

    recipe: str = ""
    item: int = 0
    reason: str = ""
    cause: str = ""
    retryable: bool = False
    row: str = ""
