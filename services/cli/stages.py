"""Stages alone, on any file."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from curation.encoder import SentenceEncoder
from curation.files import curate_file
from ingot.orders import CurationTerms
from ingot.settings import Settings
from services.cli.preflight import require_file


def curate_here(
    settings: Settings, console: Console, source: Path, target: Path, against: Sequence[str]
) -> None:
    """Curate a file and show what was dropped, and why."""
    for name in (str(source), *against):
        require_file("", name)
    terms = CurationTerms(decontaminate_against=tuple(against))
    encoder = SentenceEncoder(settings.encoder, settings.device)
    with console.status("curating"):
        curated = curate_file(str(source), target, terms, encoder)
    table = Table("reason", "records")
    for reason, count in sorted(curated.reasons.items()):
        table.add_row(reason, str(count))
    table.add_row("kept", str(len(curated.kept)))
    console.print(table)
