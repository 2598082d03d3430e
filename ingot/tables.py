"""Records as columns: the Arrow schema of a record type, and the way there and back.

The schema follows from the pydantic fields, so Parquet, REST and code cannot drift apart.
Tuples become lists, nested models structs, `X | None` nullable, enums strings.
"""

import types
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import pyarrow as pa
from pydantic import BaseModel

from ingot.records import Record

R = TypeVar("R", bound=Record)

_SCALARS: dict[type, pa.DataType] = {
    str: pa.string(),
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
}


def _arrow_type(annotation: Any) -> pa.DataType:
    """Map one annotation; raises TypeError for what has no columnar form (dicts travel as JSON)."""
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        inner = [a for a in get_args(annotation) if a is not type(None)]
        return _arrow_type(inner[0])
    if origin is tuple or origin is list:
        return pa.list_(_arrow_type(get_args(annotation)[0]))
    if origin is Literal:
        return pa.string()
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return pa.struct(_fields(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return pa.string()
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    raise TypeError(f"{annotation!r} has no Arrow type: use a scalar, a tuple or a nested model")


def _fields(model: type[BaseModel]) -> list[pa.Field]:
    return [pa.field(name, _arrow_type(f.annotation)) for name, f in model.model_fields.items()]


@cache
@cache
def arrow_schema(kind: type[BaseModel]) -> pa.Schema:
    """The Arrow schema of a record type, fields in declaration order."""
    return pa.schema(_fields(kind))


def from_table(kind: type[R], table: pa.Table) -> list[R]:
    """Read records back; a row whose id does not match its content raises a ValueError."""
    return [kind.model_validate(row) for row in table.to_pylist()]
