"""From a file or a request to an order, or to an OrderError that says what is wrong with it."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from ingot.errors import OrderError
from ingot.orders.spec import OrderSpec


def parse_order(data: Any) -> OrderSpec:
    """Validate a parsed order; the first fault becomes an OrderError with its field."""
    if not isinstance(data, dict):
        raise OrderError(f"an order is a mapping of fields, not {type(data).__name__}")
    try:
        return OrderSpec.model_validate(data)
    except ValidationError as error:
        raise order_error(error) from error


def order_error(error: ValidationError) -> OrderError:
    """Put pydantic's first fault into one sentence: field, value, what is allowed."""
    fault = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return OrderError(f"unknown field '{field}': remove it or check its spelling", field)
    value = fault["input"]
    shown = f" (got {value!r})" if isinstance(value, str | int | float | bool) else ""
    return OrderError(f"{field or 'order'}: {fault['msg']}{shown}", field)


def read_order(path: Path) -> OrderSpec:
    """Read an order file; paths inside it become absolute, relative to the file's folder."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise OrderError(f"no order file at {path}: check the path") from error
    except OSError as error:
        raise OrderError(f"cannot read {path}: {error.strerror}; name a readable file") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise OrderError(f"{path} is neither YAML nor JSON: {error}") from error
    _resolve_paths(data, path.parent)
    return parse_order(data)


def _resolve_paths(data: Any, folder: Path) -> None:
    """Make the relative file names of an order file absolute, in place."""
    if not isinstance(data, dict):
        return
    source, curation, training = (data.get(part) for part in ("source", "curation", "training"))
    if isinstance(training, dict) and isinstance(training.get("held_out"), str):
        training["held_out"] = _absolute(training["held_out"], folder)
    parts = source.get("recipes") if isinstance(source, dict) else None
    for part in (source, *(parts if isinstance(parts, list) else ())):
        if isinstance(part, dict) and isinstance(part.get("path"), str):
            part["path"] = _absolute(part["path"], folder)
    if isinstance(curation, dict) and isinstance(curation.get("decontaminate_against"), list):
        curation["decontaminate_against"] = [
            _absolute(str(name), folder) for name in curation["decontaminate_against"]
        ]


def _absolute(name: str, folder: Path) -> str:
    """Leave names and URIs alone; join what looks like a relative file."""
    looks_like_file = name.endswith((".jsonl", ".json", ".parquet"))
    if not looks_like_file or "://" in name or Path(name).is_absolute():
        return name
    return str((folder / name).resolve())
