"""The desk: every question of every request goes over it, once.

Equal questions of one tenant that are in flight together are asked once, and those of a moment ago
not at all. Tenants do not share: what another lab asked shows neither in time nor in tokens.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ingot.errors import OrderError
from services.rewards.judge import Judge, Stage, certified, combined, total
from services.rewards.scorer import Question, Scored, Scorer
from services.rewards.window import Job, Window

Key = tuple[str, str, bytes]


class Full(Exception):
    """No room for so many questions now."""

    def __init__(
        self, detail: str, retry_after_s: int, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.retry_after_s, self.headers = retry_after_s, dict(headers or {})


@dataclass(slots=True)
class _Asked:
    """A question in flight."""

    future: "asyncio.Future[Scored]"
    waiters: int = 0


class Desk:
    """Takes questions in, up to a bound, and gives results out."""

    def __init__(
        self,
        windows: Mapping[str, Window],
        *,
        places: int,
        places_per_tenant: int,
        cache: int,
    ) -> None:
        """`places` bounds the questions that are open at once; `cache` the results kept."""
        self.windows = windows
        self.open: Counter[str] = Counter()
        """Questions taken in and not done, by tenant."""
        self.coalesced = 0
        """Questions that cost nothing, since an equal one had been asked."""
        self._places, self._places_per_tenant, self._cache_size = places, places_per_tenant, cache
        self._asked: dict[Key, _Asked] = {}
        self._known: OrderedDict[Key, Scored] = OrderedDict()

    def take_in(self, tenant: str, count: int) -> None:
        """Hold room for so many questions until `let_go`; raises Full, and then holds nothing."""
        mine, all_open = self.open[tenant], self.open.total()
        if mine + count > self._places_per_tenant or all_open + count > self._places:
            detail = (
                f"{count} more do not fit: {mine} of yours are open, of at most "
                f"{self._places_per_tenant}, and {all_open} in all, of at most {self._places}"
            )
            raise Full(detail, retry_after_s=1 if mine < self._places_per_tenant // 2 else 5)
        self.open[tenant] += count

    def let_go(self, tenant: str, count: int) -> None:
        """Give room back."""
        self.open[tenant] -= count
        if self.open[tenant] <= 0:
            del self.open[tenant]

    async def judge(self, judge: Judge, question: Question, tenant: str) -> Scored:
        """Ask one step after the other until one decides, or all of them to be combined."""
        if judge.combination is not None:
            asked = (self._step(stage, question, tenant) for stage in judge.stages)
            told = combined(await asyncio.gather(*asked), judge.combination, len(question.answers))
            return certified(told, judge.combination.certificate)
        steps: list[Scored] = []
        for stage in judge.stages:
            scored = await self._step(stage, question, tenant)
            steps.append(certified(scored, stage.certificate))
            if steps[-1].score is not None:
                break
        return total(steps)

    async def _step(self, stage: Stage, question: Question, tenant: str) -> Scored:
        try:
            scorer = stage.pick(question)
        except OrderError as error:
            return Scored(failure=str(error))
        return await self._ask(scorer, question, tenant)

    async def _ask(self, scorer: Scorer, question: Question, tenant: str) -> Scored:
        key = (tenant, scorer.name, question.key)
        if (known := self._known.get(key)) is not None:
            self._known.move_to_end(key)
            self.coalesced += 1
            return replace(known, tokens=0)
        asked = self._asked.get(key)
        first = asked is None
        if asked is None:
            asked = self._asked[key] = self._put(key, scorer, question, tenant)
        asked.waiters += 1
        try:
            scored = await asyncio.shield(asked.future)
        finally:
            asked.waiters -= 1
            if not asked.waiters and not asked.future.done():
                asked.future.cancel()
        if first:
            return scored
        self.coalesced += 1
        return replace(scored, tokens=0)

    def _put(self, key: Key, scorer: Scorer, question: Question, tenant: str) -> _Asked:
        future: asyncio.Future[Scored] = asyncio.get_running_loop().create_future()
        asked = _Asked(future)
        future.add_done_callback(lambda done: self._done(key, asked))
        self.windows[scorer.lane].put(Job(scorer, question, tenant, future))
        return asked

    def _done(self, key: Key, asked: _Asked) -> None:
        """Keep what will be the same again: a failure may not be, so it is asked again."""
        if self._asked.get(key) is asked:
            del self._asked[key]
        if asked.future.cancelled() or not self._cache_size or asked.future.result().failure:
            return
        self._known[key] = asked.future.result()
        if len(self._known) > self._cache_size:
            self._known.popitem(last=False)
