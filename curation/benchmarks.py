"""The benchmarks that an order keeps out, read from files."""

from collections.abc import Callable, Sequence

from ingot.datasets import read_rows
from ingot.errors import OrderError
from ingot.settings import HELD_OUT

_FIELDS = ("prompt", "question")


def read_benchmarks(
    names: Sequence[str], options_of: Callable[[str], dict[str, object]] = lambda uri: {}
) -> dict[str, list[str]]:
    """The prompts of each named file; 'held_out' is the evaluation set that ships with Ingot.

    `options_of` gives what fsspec needs to open an address (`Settings.storage_options`).
    """
    paths = {name: str(HELD_OUT) if name == "held_out" else name for name in names}
    return {name: _read_prompts(path, options_of(path)) for name, path in paths.items()}


def _read_prompts(path: str, options: dict[str, object]) -> list[str]:
    rows = read_rows(path, options)
    return [_prompt_of(row, path, number) for number, row in enumerate(rows, start=1)]


def _prompt_of(row: dict[str, object], path: str, number: int) -> str:
    """The text of `prompt` (a string or messages) or `question`."""
    value = next((row[field] for field in _FIELDS if row.get(field)), None)
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(turn, dict) for turn in value):
        return "\n".join(str(turn.get("content", "")) for turn in value)
    raise OrderError(
        f"{path} row {number} has no text in 'prompt' or 'question': name the column so",
        "curation.decontaminate_against",
    )
