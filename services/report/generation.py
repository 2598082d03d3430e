"""The report of `ingot generate`: one HTML file that needs nothing else, not even a script.

What models write is hostile until shown otherwise: everything is escaped by the template and by
`svg.element`, and the page's own policy lets a browser load and run nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingot.datasets import DatasetStore
from services.report import generation_panels, generation_words, panels
from services.report.diversity_chart import draw_cells, draw_plane
from services.report.environment import open_templates
from services.report.generation_facts import DiversityFacts, Failure, RunFacts
from services.report.generation_rows import read_failures
from services.report.generation_samples import MOST_CHARS, read_samples
from services.report.legible import legible
from services.report.share_bar import draw_share
from services.report.slot_bar import draw_slots

NAME = "report.html"
FAILURES = 20
_USER_OF_URL = re.compile(r"(?<=://)[^/\s@]+@")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run was asked for."""

    name: str
    """Of the order, or the recipe."""
    command: str
    order: str
    """As YAML."""


def write_generation_report(
    store: DatasetStore,
    name: str,
    summary: Mapping[str, Any],
    *,
    asked: Asked,
    diversity: Mapping[str, Any] | None,
) -> str:
    """Write `report.html` beside what a run laid down under `name`, and give its address.

    Args:
        store: Holds the run's records, draws and failures.
        name: Of the run in it.
        summary: As the run wrote it to summary.json.
        asked: Users and passwords in addresses are left out of the page.
        diversity: As in diversity.json; None or empty where there were no prompts to measure.
    """
    facts = RunFacts.model_validate(summary)
    page = (
        open_templates(draw_cells, draw_plane, draw_share, draw_slots)
        .get_template("generation.html")
        .render(
            facts=facts,
            asked=Asked(asked.name, _masked(asked.command), _masked(asked.order)),
            diversity=DiversityFacts.model_validate(diversity) if diversity else None,
            samples=read_samples(store, name, list(facts.records)),
            failures=[_read_failure(row) for row in read_failures(store, name, FAILURES)],
            figures=panels.all_figures(summary),
            ranked_rows=panels.ranked_rows,
            panels=generation_panels,
            words=generation_words,
        )
    )
    store.put(f"{name}/{NAME}", page.encode("utf-8", errors="replace"))
    return store.uri(f"{name}/{NAME}")


def _masked(text: str) -> str:
    return _USER_OF_URL.sub("…@", text)


def _read_failure(row: Mapping[str, Any]) -> Failure:
    texts = {key: legible(str(row.get(key, "")), MOST_CHARS) for key in ("cause", "row")}
    return Failure.model_validate({**row, **texts})
