"""A run: recipes, each with its share, over lanes that are never empty.

    rows ─► Portion.take ─► Item ─► recipe ─► Lane ─► engine
                                      │                 │ journal
             Shelf ◄─ Portion.end ◄───┘ records         ▼

A new item is started as soon as a lane has room that nobody waits for, from the portion that is
furthest behind its share. Nothing waits for a batch. What was answered is in the journal, so a
killed run is resumed by starting it again: it makes the same decisions, and asks only for what is
missing.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from generation.flow.feed import Feed
from generation.flow.item import Item
from generation.flow.lane import Lane
from generation.flow.outcome import Outcome
from generation.flow.portion import Portion
from generation.flow.recipe import Recipe, Terms
from generation.flow.shelf import Shelf
from generation.flow.surroundings import Aids, Drop, Failed, Row
from ingot.errors import IngotError
from ingot.journal import Journal
from ingot.records import Provenance, Record, Sampling

ACTIVE_PER_CAPACITY = 4
"""Most items under way, per request that fits into the lanes: some wait for programs or peers."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A recipe of an order with what is wanted of it."""

    recipe: Recipe
    terms: Terms
    quantity: int
    """Items to accept; for a recipe that reads rows, the most rows to read; of a feed all are."""
    rows: Iterator[Row] | None = None
    pool: Sequence[Row] = ()
    """What every item may draw from: seed tasks, personas, topics."""
    feeds: Feed | None = None
    """Who works on what this one makes, while it makes more. A feed has one maker, or the order of
    its rows would be a matter of who is faster."""


class Run:
    """Carries out recipes. Start it once."""

    def __init__(
        self,
        wanted: Sequence[Wanted],
        lanes: Mapping[str, Sequence[Lane]],
        journal: Journal,
        shelf: Shelf,
        *,
        seed: int,
        sampling: Sampling,
        aids: Aids,
        provenance: Provenance,
    ) -> None:
        """`lanes` by role; 'writer' must be there. `sampling` is for requests that name none."""
        self.lanes, self.journal, self.aids = lanes, journal, aids
        self.seed, self.sampling = seed, sampling
        self._shelf = shelf
        self.portions = [
            Portion(each.recipe, each.terms, each.quantity, each.rows, each.pool, self._settled)
            for each in wanted
        ]
        self._feeds = {
            portion: each.feeds
            for portion, each in zip(self.portions, wanted, strict=True)
            if each.feeds is not None
        }
        self._around = {portion: _Around(self, portion, provenance) for portion in self.portions}
        self.all_lanes = list(dict.fromkeys(lane for some in lanes.values() for lane in some))
        self.started_s = time.monotonic()
        self._active: dict[asyncio.Task[None], Portion] = {}
        self._ended = asyncio.Event()
        self._admission: asyncio.Handle | None = None
        self._error: BaseException | None = None
        self._stopping = False
        for lane in self.all_lanes:
            lane.on_room = self._schedule_admission
            lane.others_full = partial(self._others_full, lane)

    async def carry_out(self) -> None:
        """Make all that is wanted; raises what ended the run early, with nothing lost.

        An item that fails or is dropped is on the shelf with its cause and ends nothing.
        """
        self.started_s = time.monotonic()
        self._admit()
        try:
            while self._active and self._error is None:
                self._ended.clear()
                await self._ended.wait()
        finally:
            await self._stop()
        if self._error is not None:
            raise self._error
        await self.journal.flush()

    async def _stop(self) -> None:
        """End what is still under way; it was answered in part, and the journal has that part."""
        self._stopping = True
        if self._admission is not None:
            self._admission.cancel()
        for lane in self.all_lanes:
            lane.on_room = lambda: None
        tasks = list(self._active)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _others_full(self, lane: Lane) -> bool:
        return any(other.waiting for other in self.all_lanes if other is not lane)

    def _schedule_admission(self) -> None:
        if self._admission is None:
            self._admission = asyncio.get_running_loop().call_soon(self._admit)

    def _admit(self) -> None:
        """Start items while a request of theirs would find room."""
        self._admission = None
        limit = ACTIVE_PER_CAPACITY * sum(lane.engine.capacity for lane in self.all_lanes)
        room = max(lane.room for lane in self.all_lanes)
        crowded = any(lane.waiting for lane in self.lanes["writer"])
        while room > 0 and not crowded and len(self._active) < limit and self._error is None:
            portion = self._neediest()
            if portion is None:
                break
            if (entry := portion.take()) is None:
                continue
            self._start(portion, *entry)
            room -= 1
        self._close_feeds()
        draining = not any(portion.wants_more for portion in self.portions)
        for lane in self.all_lanes:
            lane.draining = draining

    def _neediest(self) -> Portion | None:
        """Who works on what another has made comes first; then who is furthest behind."""
        wanting = [portion for portion in self.portions if portion.wants_more]
        return min(wanting, key=lambda each: (not each.follows, each.progress), default=None)

    def _start(self, portion: Portion, index: int, key: str, row: Row) -> None:
        around = self._around[portion]
        item = Item(portion.recipe.name, index, key, row, around, around.provenance)
        task = asyncio.get_running_loop().create_task(self._make(portion, item))
        self._active[task] = portion
        task.add_done_callback(self._done)

    async def _make(self, portion: Portion, item: Item) -> None:
        """Run the recipe on one item and hand in what became of it."""
        try:
            records = await portion.recipe.make(item, portion.terms)
            outcome = _outcome(item, "made" if records else "dropped", records, "empty")
        except Drop as drop:
            outcome = _outcome(item, "dropped", reason=str(drop) or "dropped")
        except Failed as failed:
            outcome = _outcome(item, "failed", (), failed.kind, str(failed), failed.retryable)
        except IngotError:
            raise  # the engine, the disk or the order is at fault, not this item
        except Exception as error:
            detail = f"{type(error).__name__}: {error}"
            outcome = _outcome(item, "failed", (), "recipe_error", detail)
        portion.end(outcome)

    def _done(self, task: asyncio.Task[None]) -> None:
        portion = self._active.pop(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._error = self._error or error
        if portion.finished:
            for other, its in self._active.items():
                if its is portion:
                    other.cancel()
        if self._error is None and not self._stopping:
            self._admit_if_needed()
        if self._error is not None or not self._active:
            self._ended.set()

    def _close_feeds(self) -> None:
        """Close the feeds whose makers have all finished."""
        open_feeds = {id(feed) for who, feed in self._feeds.items() if not who.finished}
        for feed in self._feeds.values():
            feed.closed = id(feed) not in open_feeds

    def _admit_if_needed(self) -> None:
        """At once where nothing else runs, so that the run does not end; else with the others."""
        if self._active:
            self._schedule_admission()
        else:
            self._admit()

    def _settled(self, portion: Portion, outcome: Outcome) -> None:
        self._shelf.put(self.portions.index(portion), portion.recipe.name, outcome)
        feed = self._feeds.get(portion)
        if feed is not None and outcome.status == "made":
            for record in outcome.records:
                feed.put(record.model_dump(mode="json"))


class _Around:
    """The run as an item of one portion sees it."""

    __slots__ = ("aids", "journal", "lanes", "pool", "portion", "provenance", "sampling", "seed")

    def __init__(self, run: Run, portion: Portion, provenance: Provenance) -> None:
        self.pool = portion.pool
        origin = {"recipe": portion.recipe.name, "seed": run.seed}
        self.provenance = provenance.model_copy(update=origin)
        self.lanes, self.journal, self.aids = run.lanes, run.journal, run.aids
        self.seed, self.sampling, self.portion = run.seed, run.sampling, portion

    async def accepted_before(self, index: int) -> Sequence[Sequence[Record]]:
        return await self.portion.accepted_before(index)


def _outcome(
    item: Item,
    status: str,
    records: Sequence[Record] = (),
    reason: str = "",
    detail: str = "",
    retryable: bool = False,
) -> Outcome:
    item.draws.sort(key=lambda draw: draw.order)
    return Outcome(
        index=item.index,
        status=status,  # type: ignore[arg-type]  # callers name one of the three
        records=records,
        reason="" if status == "made" else reason,
        detail=detail,
        retryable=retryable,
        row=item.row,
        draws=tuple(item.draws),
    )
