"""One recipe's part of a run: which item is next, and the decision on each in the items' order.

Items arrive in any order and are decided in theirs, so a run that was killed and resumed accepts
the same ones, whatever the timing. The gap between the newest item and the oldest undecided one is
bounded (HORIZON), and with it the memory.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import ceil, inf
from typing import overload

import orjson

from generation.flow.feed import Feed
from generation.flow.gates import DistinctPrompts, Gate
from generation.flow.outcome import Outcome, Tally
from generation.flow.recipe import Recipe, Terms
from generation.flow.surroundings import Row
from ingot.errors import ModelError
from ingot.records import Record

HORIZON = 16_384
"""Most items between the newest and the oldest undecided one."""
MAX_ITEMS_PER_WANTED = 8
"""When fewer than one item in eight is accepted, the model cannot follow the recipe."""
SURE_TO_FAIL = 32
"""So many failures at the start, and not one item made, end the run."""


class Portion:
    """A recipe, its terms, what is wanted of it and what has come."""

    def __init__(
        self,
        recipe: Recipe,
        terms: Terms,
        quantity: int,
        rows: Iterator[Row] | None,
        pool: Sequence[Row],
        on_settled: Callable[["Portion", Outcome], None],
    ) -> None:
        self.recipe, self.terms, self.tally = recipe, terms, Tally(quantity)
        self.pool = pool
        self.gate: Gate = recipe.gate(terms) if recipe.gate else DistinctPrompts()
        self.finished = False
        """Whether all that is wanted is there, or no more can come."""
        self._rows, self._on_settled = rows, on_settled
        self._seen_rows: Counter[int] = Counter()
        self._ended: dict[int, Outcome] = {}
        self._next, self._cursor = 0, 0
        self._no_more = False
        self._history: list[Sequence[Record]] = []
        self._counts: list[int] = []
        """How many items were accepted among the first 0, 1, 2, ... ones."""
        self._turns: dict[int, asyncio.Future[None]] = {}

    @property
    def wants_more(self) -> bool:
        """Whether another item should be started now; a closed, empty feed is asked once more."""
        if self.finished or self._no_more or self._next - self._cursor >= HORIZON:
            return False
        if isinstance(self._rows, Feed):
            return bool(self._rows) or self._rows.closed
        missing = self.tally.quantity - self.tally.accepted
        return self._next - self._cursor < ceil(missing / self.tally.acceptance)

    @property
    def follows(self) -> bool:
        """Whether it works on what another portion makes."""
        return isinstance(self._rows, Feed)

    @property
    def progress(self) -> float:
        """Share of what is wanted that has been started."""
        return self._next / self.tally.quantity

    def take(self) -> tuple[int, str, Row] | None:
        """(index, key, row) of the next item; None where no more can come."""
        limit: float = inf if self.follows else self.tally.quantity
        if self._rows is None:
            limit = MAX_ITEMS_PER_WANTED * self.tally.quantity + SURE_TO_FAIL
        row: Row | None = {} if self._rows is None else None
        if self._next < limit and self._rows is not None:
            row = next(self._rows, None)
        if self._next >= limit or row is None:
            self._no_more = True
            self._check_finished()
            return None
        index, self._next = self._next, self._next + 1
        self.tally.started += 1
        return index, self._key(index, row), row

    def _key(self, index: int, row: Row) -> str:
        """A row is known by its id or content, so rows that are added change no other's."""
        if self._rows is None:
            return str(index)
        identity = row.get("id") or row
        content = orjson.dumps(identity, option=orjson.OPT_SORT_KEYS, default=str)
        name = int.from_bytes(hashlib.sha256(content).digest()[:8], "big")
        self._seen_rows[name] += 1
        return f"{name:016x}:{self._seen_rows[name]}"

    def end(self, outcome: Outcome) -> None:
        """Take an item that has ended; decides all that can be decided now.

        Raises ModelError where the first items all failed.
        """
        if self.finished:
            return
        self._ended[outcome.index] = outcome
        while not self.finished and (ready := self._ended.pop(self._cursor, None)) is not None:
            self._settle(ready)
            self._check_finished()

    def _settle(self, outcome: Outcome) -> None:
        if outcome.status == "made" and (reason := self.gate.refuse(outcome.records)):
            outcome = Outcome(
                outcome.index, "dropped", outcome.records, reason, row=outcome.row,
                draws=outcome.draws,
            )  # fmt: skip
        self._cursor += 1
        self.tally.add(outcome)
        if self.recipe.looks_back:
            self._remember(outcome)
        self._on_settled(self, outcome)
        if (turn := self._turns.pop(self._cursor, None)) is not None and not turn.done():
            turn.set_result(None)
        self._refuse_hopeless(outcome)

    def _remember(self, outcome: Outcome) -> None:
        if outcome.status == "made":
            self._history.append(outcome.records)
        self._counts.append(len(self._history))

    def _refuse_hopeless(self, outcome: Outcome) -> None:
        failed = sum(self.tally.failed.values())
        if failed == self.tally.settled == SURE_TO_FAIL:
            raise ModelError(
                f"the first {failed} items of recipe '{self.recipe.name}' all failed, the last one "
                f"with: {outcome.detail}"
            )

    def _check_finished(self) -> None:
        enough = self._rows is None and self.tally.accepted >= self.tally.quantity
        if enough or (self._no_more and self._cursor == self._next):
            self.finished = True
            for turn in self._turns.values():
                turn.cancel()

    async def accepted_before(self, index: int) -> Sequence[Sequence[Record]]:
        """What was accepted among the first `index` items; waits until they are decided."""
        if index <= 0:
            return ()
        while self._cursor < index:
            if index not in self._turns:
                self._turns[index] = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._turns[index])
        return _Prefix(self._history, self._counts[index - 1])

    def facts(self) -> Mapping[str, object]:
        """The counts, for the summary."""
        tally = self.tally
        return {
            "recipe": self.recipe.name,
            "reads_rows": self.recipe.reads_rows,
            "quantity": tally.quantity,
            "accepted": tally.accepted,
            "records": dict(sorted(tally.records.items())),
            "dropped": dict(sorted(tally.dropped.items())),
            "failed": dict(sorted(tally.failed.items())),
        }


class _Prefix(Sequence[Sequence[Record]]):
    """The first entries of a list that may grow, without a copy."""

    __slots__ = ("_entries", "_length")

    def __init__(self, entries: Sequence[Sequence[Record]], length: int) -> None:
        self._entries, self._length = entries, length

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Sequence[Record]: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Sequence[Record]]: ...

    def __getitem__(self, index: int | slice) -> Sequence[Record] | Sequence[Sequence[Record]]:
        places = range(self._length)[index]
        if isinstance(places, range):
            return [self._entries[place] for place in places]
        return self._entries[places]
