"""Pages of lists: by key, so that page 10,000 costs what page 1 does."""

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import HTTPException, Query
from pydantic import Field

from ingot.records import Model
from services.database.pool import Row

T = TypeVar("T")
Limit = Annotated[int, Query(ge=1, le=200, description="Entries on a page.")]
After = Annotated[
    str | None, Query(max_length=64, description="`next` of the page before; none for the first.")
]


class Page(Model, Generic[T]):
    """A page of a list."""

    data: tuple[T, ...]
    has_more: bool
    next: Annotated[str | None, Field(description="Give it as `starting_after`; null at the end.")]


P = TypeVar("P", bound=Page[Any])


def page_of(page: type[P], rows: Sequence[Row], limit: int, view: Callable[[Row], Any]) -> P:
    """A page of at most `limit` of the rows, of which one more than that was read."""
    shown, more = rows[:limit], len(rows) > limit
    last = str(shown[-1]["id"]) if more else None
    return page(data=tuple(view(row) for row in shown), has_more=more, next=last)


def check_cursor(after: str | None, prefix: str) -> str | None:
    """Give a cursor that is an id with this prefix, or None; raises HTTPException 400."""
    if after is not None and not re.fullmatch(rf"{prefix}_[0-9a-f]{{32}}", after):
        raise HTTPException(
            400, f"starting_after {after!r:.80} is no {prefix}_ id: use `next` of the last page"
        )
    return after
