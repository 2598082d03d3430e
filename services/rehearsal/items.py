"""Items of a rehearsal: of the right shape, all different, and plainly not real."""

from collections.abc import Mapping
from random import Random
from typing import Any

from ingot.orders.contract import QuoteRequest
from services.contracts.batches.delivering import Made

_WORDS = [
    "harbour",
    "lantern",
    "copper",
    "meadow",
    "signal",
    "winter",
    "orbit",
    "ledger",
    "marble",
    "thicket",
    "compass",
    "ember",
    "glacier",
    "saddle",
    "furnace",
    "willow",
    "anchor",
    "prairie",
    "cobalt",
    "drift",
    "kettle",
    "quarry",
    "satchel",
    "tunnel",
    "beacon",
    "cinder",
    "hollow",
    "jasper",
    "kernel",
    "lattice",
    "mosaic",
    "nectar",
    "outpost",
    "pepper",
    "quiver",
    "ripple",
    "sable",
    "timber",
    "umber",
    "velvet",
    "walnut",
    "yonder",
    "zephyr",
    "almond",
    "birch",
    "cedar",
    "dune",
    "elm",
    "fjord",
    "grove",
]


def make_item(wanted: QuoteRequest, luck: Random, item_id: str, costs: Mapping[str, float]) -> Made:
    """One item of the ordered kind, in the first of the ordered languages' places."""
    prompt = f"Rehearsal: what connects {_some(luck, 4)} with {_some(luck, 4)}?"
    good, bad = f"It is {_some(luck, 12)}.", f"Perhaps {_some(luck, 12)}."
    content, turns = _shaped(wanted.spec.kind, prompt, good, bad)
    units = turns if wanted.unit == "turn" else 1
    content |= {"rehearsal": True, "language": luck.choice(wanted.coverage.languages)}
    return Made(item_id, content, prompt, (good, bad), units, **costs)


def copied(item_id: str, content: Mapping[str, Any], costs: Mapping[str, float]) -> Made:
    """An item that holds what another one held."""
    completions = tuple(str(content[name]) for name in _COMPLETIONS if name in content)
    return Made(item_id, content, str(content["prompt"]), completions, 1, **costs)


_COMPLETIONS = ("chosen", "rejected", "completion", "reference")


def _shaped(kind: str, prompt: str, good: str, bad: str) -> tuple[dict[str, Any], int]:
    """The content of an item of a kind, and how many turns that is."""
    match kind:
        case "preference":
            return {"prompt": prompt, "chosen": good, "rejected": bad, "margin": 0.5}, 1
        case "evaluation":
            return {"prompt": prompt, "reference": good, "rubric": ["names the link"]}, 1
        case "trajectory":
            steps = [{"role": "user", "content": prompt}, {"role": "assistant", "content": good}]
            return {"prompt": prompt, "completion": good, "messages": steps}, 1
        case _:
            return {"prompt": prompt, "completion": good}, 1


def _some(luck: Random, n: int) -> str:
    return " ".join(luck.choice(_WORDS) for _ in range(n))
