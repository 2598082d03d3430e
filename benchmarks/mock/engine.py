"""The OpenAI API over the slots, and the account of what happened."""

import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import orjson

from benchmarks.mock.connection import EVENTS, PLAIN, Connection
from benchmarks.mock.draws import Work, draw, label_logprobs, text
from benchmarks.mock.settings import MockSettings
from benchmarks.mock.slots import Job, Slots

Asked = dict[str, Any]

_USAGE = b'{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}'
_ANSWER = (
    b'{"id":"%s","object":"%s","created":0,"model":"%s","choices":[{"index":0,%s,'
    b'"logprobs":%s,"finish_reason":"%s"}],"usage":%s}'
)
_EVENTS = (
    b'data: {"id":"%s","object":"%s","created":0,"model":"%s","choices":[{"index":0,%s,'
    b'"logprobs":%s,"finish_reason":"%s"}]}\n\n'
    b'data: {"id":"%s","object":"%s","created":0,"model":"%s","choices":[],"usage":%s}\n\n'
    b"data: [DONE]\n\n"
)
_OBJECTS = {
    (True, False): b"chat.completion",
    (True, True): b"chat.completion.chunk",
    (False, False): b"text_completion",
    (False, True): b"text_completion",
}


class MockEngine:
    """All that the server knows; `handle` is called with each request."""

    def __init__(self, settings: MockSettings) -> None:
        self._settings = settings
        self._rng = random.Random()
        self._model = settings.model.encode()
        self._routes: dict[tuple[bytes, bytes], Callable[[Connection, bytes], None]] = {
            (b"POST", b"/v1/chat/completions"): partial(self._complete, chat=True),
            (b"POST", b"/v1/completions"): partial(self._complete, chat=False),
            (b"GET", b"/v1/models"): self._list_models,
            (b"GET", b"/health"): lambda connection, body: connection.answer(b"{}"),
            (b"GET", b"/metrics"): self._show_metrics,
            (b"GET", b"/stats"): self._show_stats,
            (b"POST", b"/reset"): self._reset,
        }
        self._forget()

    def _forget(self) -> None:
        self._slots = Slots(self._settings.slots)
        self._first_arrival_s: float | None = None
        self._last_completion_s = 0.0
        self._cpu_before_s = time.process_time()
        self._answered: set[bytes] = set()
        self._counts = {
            "requests": 0,
            "completed": 0,
            "poisoned": 0,
            "dropped": 0,
            "repeated": 0,
            "completion_tokens": 0,
        }

    def handle(self, connection: Connection, method: bytes, path: bytes, body: bytes) -> None:
        """Answer a request now, or have it answered when its slot is done."""
        route = self._routes.get((method, path.split(b"?", 1)[0]))
        if route is None:
            _refuse(connection, f"no {method.decode()} {path.decode()} here", 404)
        else:
            route(connection, body)

    def _complete(self, connection: Connection, body: bytes, *, chat: bool) -> None:
        now_s = time.monotonic()
        try:
            asked: Asked = orjson.loads(body)
            work = draw(asked, self._settings)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return _refuse(connection, f"malformed request: {error!r}", 400)
        if asked.get("n") not in (None, 1):
            return _refuse(connection, f"n is {asked['n']}: ask once per sample", 400)
        self._counts["requests"] += 1
        if self._first_arrival_s is None:
            self._first_arrival_s = now_s
        if work.poisoned:
            self._counts["poisoned"] += 1
            return _refuse(connection, "this prompt is poisoned", self._settings.poison_status)
        jitter = self._settings.latency_jitter
        hold_s = work.hold_s * (1 + self._rng.uniform(-jitter, jitter) if jitter else 1)
        job = Job(hold_s, partial(self._finish, connection, asked, work, chat))
        connection.lost = partial(self._drop, self._slots, job)
        self._slots.submit(job)

    def _drop(self, slots: Slots, job: Job) -> None:
        slots.drop(job)
        self._counts["dropped"] += 1

    def _finish(self, connection: Connection, asked: Asked, work: Work, chat: bool) -> None:
        counts = self._counts
        counts["completed"] += 1
        counts["completion_tokens"] += work.tokens
        counts["repeated"] += work.key in self._answered
        self._answered.add(work.key)
        if asked.get("stream"):
            connection.answer(self._events(asked, work, chat), kind=EVENTS)
        else:
            connection.answer(_ANSWER % (*self._choice(asked, work, chat, False), _usage(work)))
        self._last_completion_s = time.monotonic()

    def _events(self, asked: Asked, work: Work, chat: bool) -> bytes:
        """The whole answer as one event, the usage as the next."""
        choice = self._choice(asked, work, chat, True)
        return _EVENTS % (*choice, *choice[:3], _usage(work))

    def _choice(self, asked: Asked, work: Work, chat: bool, streamed: bool) -> tuple[bytes, ...]:
        said = b'"text":"%s"' if not chat else b'"message":{"role":"assistant","content":"%s"}'
        if chat and streamed:
            said = said.replace(b"message", b"delta")
        logprobs = b"null"
        if chat and asked.get("logprobs") and work.judges:
            logprobs = b'{"content":%s}' % orjson.dumps(label_logprobs(work))
        return (
            b"mock-" + work.key.hex().encode(),
            _OBJECTS[chat, streamed],
            self._model,
            said % text(work),
            logprobs,
            work.finish_reason.encode(),
        )

    def _list_models(self, connection: Connection, body: bytes) -> None:
        model = {"id": self._settings.model, "object": "model", "max_model_len": 32768}
        connection.answer(orjson.dumps({"object": "list", "data": [model]}))

    def _show_metrics(self, connection: Connection, body: bytes) -> None:
        label = f'{{model_name="{self._settings.model}"}}'
        lines = (
            "# TYPE vllm:num_requests_running gauge",
            f"vllm:num_requests_running{label} {self._slots.running}.0",
            "# TYPE vllm:num_requests_waiting gauge",
            f"vllm:num_requests_waiting{label} {self._slots.waiting}.0",
            "",
        )
        connection.answer("\n".join(lines).encode(), kind=PLAIN)

    def _show_stats(self, connection: Connection, body: bytes) -> None:
        stats = self._counts | {
            "first_arrival_s": self._first_arrival_s or 0.0,
            "last_completion_s": self._last_completion_s,
            "busy_slot_seconds": self._slots.busy_s,
            "max_in_flight": self._slots.max_in_flight,
            "cpu_s": time.process_time() - self._cpu_before_s,
        }
        connection.answer(orjson.dumps(stats))

    def _reset(self, connection: Connection, body: bytes) -> None:
        """Forget all that was; only for an engine that has nothing to do."""
        self._forget()
        connection.answer(b"{}")


def _usage(work: Work) -> bytes:
    asked, given = work.prompt_tokens, work.tokens
    return _USAGE % (asked, given, asked + given)


def _refuse(connection: Connection, message: str, status: int) -> None:
    kind = "BadRequestError" if status < 500 else "InternalServerError"
    error = {"message": message, "type": kind, "param": None, "code": status}
    connection.answer(orjson.dumps({"error": error}), status=status)
