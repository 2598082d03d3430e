"""Decisions on items that come as a file: read whole before any of them counts."""

from pathlib import Path

from pydantic import ValidationError

from ingot.errors import OrderError
from ingot.settings import Settings
from services.contracts.batches.schemas import ItemDecision
from services.ordering.policy import uploads_of

_MOST = 1_000_000
_SHOWN = 5


def read_decisions(name: str, settings: Settings, tenant: str) -> tuple[ItemDecision, ...]:
    """The decisions in a JSONL file that this tenant sent to POST /v1/files.

    Raises OrderError naming the lines at fault; blocking, so call it in a thread.
    """
    path, folder = Path(name), uploads_of(settings, tenant)
    if path.suffix != ".jsonl" or path.parent != folder or not path.is_file():
        raise OrderError(
            f"file_path: {name!r:.200} is not a JSONL file of yours; send it to POST /v1/files and "
            "use the path you get",
            "file_path",
        )
    decisions: list[ItemDecision] = []
    faults: list[str] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if number > _MOST:
                raise OrderError(f"file_path: more than {_MOST} lines", "file_path")
            if not line.strip():
                continue
            try:
                decisions.append(ItemDecision.model_validate_json(line))
            except ValidationError as error:
                faults.append(f"line {number}: {error.errors()[0]['msg']}")
                if len(faults) == _SHOWN:
                    break
    if faults:
        raise OrderError(f"file_path: nothing was decided; {'; '.join(faults)}", "file_path")
    return tuple(decisions)
