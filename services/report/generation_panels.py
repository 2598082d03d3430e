"""From the figures of a run to the rows and parts that its page shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.report.diversity_chart import Dot
from services.report.formats import count, counted
from services.report.generation_facts import DiversityFacts, ModelFacts, Player, RunFacts
from services.report.slot_bar import Use


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of diversity with what it means."""

    name: str
    value: str
    meaning: str


def slot_uses(facts: ModelFacts) -> list[Use]:
    """What an engine's slots did; empty where the number of its slots is unknown."""
    if facts.engine_efficiency is None:
        return []
    return [
        Use("busy", facts.engine_efficiency, "busy", "slots that decoded a sequence"),
        Use(
            "starved",
            facts.lost_to_starved_slots,
            "starved",
            "slots empty although there was more to do",
        ),
        Use(
            "waiting for other models",
            facts.lost_waiting_for_other_models,
            "other",
            "slots empty while another model had more than it could take",
        ),
        Use(
            "the tail",
            facts.lost_in_the_tail,
            "tail",
            "slots empty because only the last requests were left; a larger order has less of it",
        ),
    ]


def main_player(facts: RunFacts) -> Player | None:
    """The model that wrote the most tokens, of those whose slots are known."""
    known = [one for one in facts.players if one.facts.engine_efficiency is not None]
    return max(known, key=lambda one: one.facts.completion_tokens, default=None)


def measures(facts: DiversityFacts) -> list[Measure]:
    """The figures of diversity; those that were not taken are left out."""
    found = [
        Measure(
            "distinct-1",
            f"{facts.distinct_1:.3f}",
            "Different words over all words: 1 where no word comes twice; it falls as a set grows.",
        ),
        Measure(
            "distinct-2",
            f"{facts.distinct_2:.3f}",
            "The same of two words in a row: low where prompts share their phrases.",
        ),
        Measure(
            "self-BLEU",
            f"{facts.self_bleu:.3f}",
            "How well a prompt's phrases are foretold by the others: 1 for copies, near 0 where "
            f"all are worded differently; of {min(facts.texts, 500)} prompts.",
        ),
    ]
    if facts.vendi is not None:
        told = (
            "So many prompts, all unlike one another, would be as varied in meaning as these "
            f"{count(facts.embedded)}."
        )
        found.append(Measure("Vendi score", f"{facts.vendi:.1f}", told))
    if facts.cluster_entropy is not None:
        told = (
            f"How evenly the prompts fill {counted(len(facts.cells), 'cell')} of meaning: 1 if "
            "even, 0 if one cell holds all."
        )
        found.append(Measure("cluster entropy", f"{facts.cluster_entropy:.3f}", told))
    return found


def dots(facts: DiversityFacts) -> Sequence[Dot]:
    """The embedded prompts in the plane."""
    return [Dot(x, y, cell) for x, y, cell in facts.dots]
