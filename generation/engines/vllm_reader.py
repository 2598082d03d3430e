"""The thread of vLLM's child that reads the pipe and makes tokens while the engine steps.

The tokenizer lets go of Python's lock, so on long prompts (a judge's takes it a millisecond) its
time is no longer the engine's. Requests go on in portions, so that an engine that waits for work
starts with more than one.
"""

import queue
import threading
from copy import deepcopy
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from generation.engines.chat_template import NO_ENDS, Ends, PromptError, user_ends
from generation.engines.prompting import label_ids, prompt_ids, refusal
from generation.engines.structured import check_structured
from ingot.engine import Generated, Request


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that is ready for the engine."""

    number: int
    request: Request
    ids: list[int]
    labels: dict[str, int]
    ends: Ends


Arrival = Prepared | tuple[int, Generated]
"""A request, or the answer to one that cannot be taken."""


class Reader:
    """Reads requests and readies them."""

    def __init__(
        self, pipe: Connection, tokenizer: Any, max_model_len: int, *, portion: int
    ) -> None:
        """`portion` is how many requests of one message go on together."""
        self.pipe, self.max_model_len, self.portion = pipe, max_model_len, max(1, portion)
        self.tokenizer = deepcopy(tokenizer)  # vLLM uses its own in another thread
        self._last_prompt: tuple[object, list[int]] = (None, [])
        self._arrived: queue.SimpleQueue[list[Arrival] | BaseException] = queue.SimpleQueue()

    def start(self) -> None:
        """Begin to read."""
        threading.Thread(target=self._read, daemon=True).start()

    def take(self, *, wait: bool) -> list[Arrival]:
        """All that is ready; `wait` for something where nothing is.

        Raises what ended the reading, EOFError where the parent is gone.
        """
        taken: list[Arrival] = []
        while wait or not self._arrived.empty():
            arrived, wait = self._arrived.get(), False
            if isinstance(arrived, BaseException):
                raise arrived
            taken += arrived
        return taken

    def ids(self, request: Request) -> list[int]:
        """The prompt's tokens; draws of one prompt come in a row, so the last one is kept."""
        prompt = (request.messages, request.prefill, request.prompt, request.tools, request.turn)
        if prompt != self._last_prompt[0]:
            self._last_prompt = prompt, prompt_ids(self.tokenizer, request, self.max_model_len)
        return self._last_prompt[1]

    def _read(self) -> None:
        try:
            while True:
                requests = self.pipe.recv()
                for start in range(0, len(requests), self.portion):
                    portion = requests[start : start + self.portion]
                    self._arrived.put([self._prepare(*numbered) for numbered in portion])
        except Exception as error:  # the engine's thread raises it
            self._arrived.put(error)

    def _prepare(self, number: int, request: Request) -> Arrival:
        """Make tokens of a request; one that the model cannot take is answered by a failure."""
        try:
            check_structured(request)
            ids = self.ids(request)
            labels = label_ids(self.tokenizer, request.prefill, request.labels)
            ends = user_ends(self.tokenizer) if request.turn == "user" else NO_ENDS
        except PromptError as error:
            return number, refusal(error)
        except ValueError as error:
            return number, refusal(PromptError(f"the request cannot be read: {error}"))
        return Prepared(number, request, ids, labels, ends)
