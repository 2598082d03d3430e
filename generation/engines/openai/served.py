"""Which model stands behind a name, by what the endpoint itself says.

Asked at the start and again after each interruption: a server that comes back with another model
would go on with the same data as if nothing had happened.
"""

import asyncio

import orjson

from generation.engines.openai.endpoint import Endpoint
from generation.engines.openai.problems import Problem
from ingot.engine import ModelIdentity
from ingot.errors import ModelError


class Served:
    """One model of an endpoint."""

    def __init__(self, endpoint: Endpoint, name: str, revision: str) -> None:
        self._endpoint, self._name, self._revision = endpoint, name, revision
        self._told = ""
        self._said: dict[str, str] = {}
        """Name asked for -> name in the answers."""
        self._checking: asyncio.Task[str] | None = None
        self.in_doubt = False
        """Whether the connection was lost since the endpoint last told what it serves."""
        self.is_vllm = False

    @property
    def identity(self) -> ModelIdentity:
        """Complete after `begin`."""
        parts = (self._revision, self._endpoint.name, self._told)
        return ModelIdentity(self._name, " ".join(part for part in parts if part))

    async def begin(self) -> None:
        """Ask for the first time; raises ModelError where there is no such model."""
        try:
            self._told = await self._ask()
        except Problem as problem:
            raise ModelError(
                f"no OpenAI-compatible server answers at {self._endpoint.name} ({problem}); "
                "start it or correct the endpoint"
            ) from problem

    async def check(self) -> None:
        """Ask again, once for all who want to know; raises Problem or ModelError."""
        if self._checking is None:
            self._checking = asyncio.create_task(self._ask())
            self._checking.add_done_callback(self._checked)
        told = await asyncio.shield(self._checking)
        if told != self._told:
            raise self._changed(self._told or "?", told or "?")

    def _checked(self, task: "asyncio.Task[str]") -> None:
        self._checking = None
        if not task.cancelled() and task.exception() is None:
            self.in_doubt = False

    def note(self, asked: str, said: str) -> None:
        """Compare the name in an answer with the first one; raises ModelError."""
        first = self._said.setdefault(asked, said)
        if said != first:
            raise self._changed(first, said)

    def _changed(self, before: str, after: str) -> ModelError:
        return ModelError(
            f"{self._endpoint.name} changed its model from {before!r} to {after!r}: nothing is "
            "lost; serve the first one again and run again, or order anew with the other"
        )

    async def _ask(self) -> str:
        """What /models tells of the model: root and length, where the server gives them."""
        answer = await self._endpoint.get("models")
        try:
            entries = {str(entry["id"]): entry for entry in orjson.loads(answer)["data"]}
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"no OpenAI-compatible server answers at {self._endpoint.name}: its list of "
                f"models is malformed ({error!r}); start one or correct the endpoint"
            ) from error
        if self._name not in entries:
            raise ModelError(
                f"{self._endpoint.name} serves {list(entries)[:20]}, not {self._name!r}: "
                "correct the model"
            )
        entry = entries[self._name]
        self.is_vllm = entry.get("owned_by") == "vllm"
        facts = {field: entry.get(field) for field in ("root", "max_model_len")}
        return " ".join(f"{field}={value}" for field, value in facts.items() if value)
