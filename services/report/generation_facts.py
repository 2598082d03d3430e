"""What the page of a generation is made of, read leniently: a figure may be missing."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Player:
    """A model and the roles that it plays."""

    roles: list[str]
    facts: ModelFacts


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
    def players(self) -> list[Player]:
        """The models with their roles; one that plays several has one account and stands once."""
        found: list[Player] = []
        for role, models in self.models.items():
            for facts in models:
                known = next((player for player in found if player.facts == facts), None)
                if known is None:
                    found.append(Player([role], facts))
                elif role not in known.roles:
                    known.roles.append(role)
        return found

    @property
    def asked(self) -> int:
        """Requests that reached an engine."""
        return sum(player.facts.asked for player in self.players)

    @property
    def replayed(self) -> int:
        """Requests that the journal answered."""
        return sum(player.facts.replayed for player in self.players)


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
