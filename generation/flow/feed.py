"""Rows that one recipe makes while another already works on them."""

from collections import deque

from generation.flow.surroundings import Row


class Feed:
    """A queue of rows between two portions of one run."""

    def __init__(self) -> None:
        self._rows: deque[Row] = deque()
        self.closed = False
        """Whether no more rows will come."""

    def put(self, row: Row) -> None:
        """Add a row."""
        self._rows.append(row)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> "Feed":
        return self

    def __next__(self) -> Row:
        if not self._rows:
            raise StopIteration
        return self._rows.popleft()
