"""The sentences of a generation's page: what the figures mean, also where they disappoint."""

from services.report.formats import count, counted, percent, seconds
from services.report.generation_facts import DiversityFacts, ModelFacts, RecipeFacts, RunFacts


def verdict(facts: RunFacts) -> str:
    """The first line: is what was wanted there?"""
    if not facts.accepted:
        return "Nothing was made."
    if facts.accepted >= facts.wanted:
        all_of = f"All {count(facts.wanted)} wanted items were"
        return f"{'The wanted item was' if facts.wanted == 1 else all_of} made."
    return f"{count(facts.accepted)} of {count(facts.wanted)} wanted items were made."


def made_words(facts: RunFacts) -> str:
    """What is there, in one sentence."""
    kinds = [counted(number, f"{kind} record") for kind, number in facts.records.items()]
    recipes = ", ".join(dict.fromkeys(part.recipe for part in facts.recipes)) or "no recipe"
    time = f" in {seconds(facts.seconds)}" if facts.seconds is not None and facts.asked else ""
    return f"{' and '.join(kinds) or 'No records'} by {recipes}{time}."


def replay_words(facts: RunFacts) -> str:
    """That the journal answered, where it did; '' where it did not."""
    if not facts.replayed:
        return ""
    replayed = f"the journal of an earlier run answered {counted(facts.replayed, 'request')}"
    if not facts.asked:
        return (
            f"This run asked nothing anew: {replayed}. Its speed, money and time are therefore "
            "about nothing; what the answers once cost stands in the draws."
        )
    return (
        f"This run went on from an earlier one: {replayed}, and {count(facts.asked)} were asked. "
        "Speed and money are about those alone."
    )


def missing_words(part: RecipeFacts) -> str:
    """Why a recipe made fewer items than wanted; '' where it did not."""
    missing = part.quantity - part.accepted
    if missing <= 0:
        return ""
    dropped, failed = sum(part.dropped.values()), sum(part.failed.values())
    return (
        f"{counted(missing, 'item')} fewer than wanted: {count(dropped)} dropped, "
        f"{count(failed)} failed."
    )


def speed_words(facts: RunFacts) -> str:
    """Tokens and time."""
    if not facts.completion_tokens or facts.tokens_per_second is None or facts.seconds is None:
        return "No engine wrote anything in this run."
    return (
        f"{counted(facts.completion_tokens, 'token')} in {seconds(facts.seconds)}: "
        f"{count(facts.tokens_per_second)} tokens per second, loading the models not counted."
    )


def slot_words(facts: ModelFacts) -> str:
    """What the bar of an engine shows."""
    if facts.engine_efficiency is None:
        return "How many requests it works on at once is unknown, so nothing is said of idle slots."
    return (
        f"The engine's {count(facts.slots)} slots were at work for "
        f"{percent(facts.engine_efficiency)} of the time from the first request to the last. "
        "That estimates its efficiency, tokens per second over those of an engine that is always "
        "full, from below."
    )


def trouble_words(facts: ModelFacts) -> str:
    """Requests asked, retried, hedged and failed, as far as they are counted."""
    counts = [("retries", facts.retries), ("hedged", facts.hedged), ("failed", facts.failed)]
    told = [f"{count(number)} {name}" for name, number in counts if number is not None]
    return f"Requests: {count(facts.asked)} asked, {', '.join(told)}."


def money_words(facts: RunFacts) -> str:
    """What the endpoints cost."""
    priced = [player for player in facts.players if player.facts.usd is not None]
    if not priced:
        return "Every model ran here: no endpoint was paid."
    if not facts.usd:
        return "No money was counted: either nothing was asked, or the order names no price."
    made = sum(facts.records.values())
    each = f", ${facts.usd / made:.6f} for each record" if made else ""
    return f"${facts.usd:.4f} by the prices that the order names{each}."


def diversity_words(facts: DiversityFacts) -> str:
    """What was measured."""
    all_of = "" if facts.texts == facts.prompts else f" of {count(facts.prompts)}"
    embedded = (
        facts.note
        or f"{count(facts.embedded)} of them were embedded for what is said of their meaning."
    )
    return (
        f"Of {counted(facts.texts, 'different prompt')}{all_of}. {embedded} Compare only sets of "
        "one size."
    )
