"""The reward service in a few methods: it waits where the service is busy, and keeps the order."""

import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
import orjson

from ingot.client import error_of
from ingot.errors import IngotError, boundary

Item = dict[str, Any]
PORTION = 256
"""Items of one request; a longer list becomes several."""
AT_ONCE = 4
"""Requests at once: while one is read the next is scored."""
_PASSING = frozenset((429, 502, 503, 504))
_LONGEST_PAUSE_S = 30.0


class RewardClient:
    """A connection to a reward service with one API key; may be shared by threads.

    A request may be sent again, since scoring changes nothing: after a lost connection, and where
    the service says that it is busy. That ends after `patience_s` with an IngotError.
    """

    def __init__(
        self, url: str, api_key: str, *, timeout_s: float = 300, patience_s: float = 900
    ) -> None:
        """`timeout_s` is the longest wait for one answer."""
        headers = {"Authorization": f"Bearer {api_key}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout_s)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="rewards")
        self.url, self.patience_s = url, patience_s

    def rewards(
        self, judge: str, items: Sequence[Item], *, forward_abstained: bool = False
    ) -> list[Item]:
        """The result of each item, in their order, as POST /v1/rewards gives it.

        An item is `{prompt, completions, reference?, verifier?, domain?, id?}`. What is not known
        has a `score` of None.
        """
        return self._all("/v1/rewards", judge, items, forward_abstained)

    def preferences(
        self, judge: str, items: Sequence[Item], *, forward_abstained: bool = False
    ) -> list[Item]:
        """The comparisons of each item's completions, as POST /v1/preferences gives them."""
        return self._all("/v1/preferences", judge, items, forward_abstained)

    def stream(
        self, judge: str, items: Sequence[Item], *, path: str = "/v1/rewards"
    ) -> Iterator[Item]:
        """Yield results as they are done, each with its `index`; leaving early stops the rest.

        One request, so it takes no more items than the service allows, and is not sent again.
        """
        body = orjson.dumps({"judge": judge, "items": list(items)})
        headers = {"Accept": "application/x-ndjson"}
        with (
            boundary(IngotError, f"the stream from {self.url} broke off"),
            self._http.stream("POST", path, content=body, headers=headers) as response,
        ):
            if not response.is_success:
                response.read()
                raise error_of(response)
            for line in response.iter_lines():
                yield orjson.loads(line)

    def task(self, task_id: str) -> Item:
        """What people said of a question that a judge abstained from."""
        answer: Item = orjson.loads(self._send("GET", f"/v1/rewards/tasks/{quote(task_id)}", b""))
        return answer

    def close(self) -> None:
        """Let go of connections and threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._http.close()

    def _all(self, path: str, judge: str, items: Sequence[Item], forward: bool) -> list[Item]:
        portions = [
            {"judge": judge, "items": portion, "forward_abstained": forward}
            for portion in _portions(items)
        ]
        bodies = [orjson.dumps(portion) for portion in portions]
        answers = self._threads.map(lambda body: self._send("POST", path, body), bodies)
        results = [item for answer in answers for item in orjson.loads(answer)["items"]]
        for place, result in enumerate(results):
            result["index"] = place
        return results

    def _send(self, method: str, path: str, body: bytes) -> bytes:
        """Send until it is answered, waiting as long as the service says."""
        deadline_s, attempt = time.monotonic() + self.patience_s, 0
        while True:
            problem, pause_s = "", min(_LONGEST_PAUSE_S, 0.25 * 2**attempt)
            try:
                response = self._http.request(method, path, content=body)
                if response.is_success:
                    return response.content
                if response.status_code not in _PASSING:
                    raise error_of(response)
                problem, pause_s = str(error_of(response)), max(pause_s, _retry_after_s(response))
            except httpx.TransportError as error:
                problem = f"{type(error).__name__}: {error}"
            attempt += 1
            pause_s *= random.uniform(1.0, 1.25)  # so that workers do not come back all at once
            if time.monotonic() + pause_s > deadline_s:
                raise IngotError(
                    f"{self.url} did not answer within {self.patience_s:.0f} s and {attempt} "
                    f"attempts; the last: {problem}"
                )
            time.sleep(pause_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _portions(items: Sequence[Item]) -> Iterator[list[Item]]:
    source = iter(items)
    while portion := list(islice(source, PORTION)):
        yield portion


def _retry_after_s(response: httpx.Response) -> float:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isdigit() else 0.0
