"""The shelf: where a run's records, draws, drops and failures are laid down, in the items' order.

{name}/Instruction/part-0-00000.parquet ... manifest.json      one dataset for each type of record
{name}/draws/part-0-00000.parquet ...                        every request with its answer
{name}/dropped.jsonl, failed.jsonl                           items without records, and why
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson
import pyarrow as pa

from generation.flow.origin import origin_of
from generation.flow.outcome import Outcome
from generation.flow.surroundings import Draw
from ingot.datasets import DatasetStore, ShardWriter
from ingot.records import LAB, Record
from ingot.tables import arrow_schema

SHARD_ROWS = 5_000
TEXT_CHARS = 2_000
"""Of a dropped or failed item's row, so much is kept in the lists of those."""

DRAWS = pa.schema(
    [
        ("key", pa.string()),
        ("recipe", pa.string()),
        ("item", pa.int64()),
        ("step", pa.string()),
        ("sample", pa.int64()),
        ("role", pa.string()),
        ("model", pa.string()),
        ("model_sha256", pa.string()),
        ("template_sha256", pa.string()),
        ("revision", pa.string()),
        ("messages", pa.string()),
        ("sampling", pa.string()),
        ("seed", pa.int64()),
        ("text", pa.string()),
        ("finish_reason", pa.string()),
        ("prompt_tokens", pa.int64()),
        ("completion_tokens", pa.int64()),
        ("failure", pa.string()),
        ("record_ids", pa.list_(pa.string())),
    ]
)
"""One row for each request, with all that it takes to draw the same completion again."""


class Shelf:
    """Takes outcomes, writes shards as they fill up, and closes with manifests.

    Each recipe's part of the run has shards of its own, so that their order is not a matter of
    which recipe happened to be faster.
    """

    def __init__(self, store: DatasetStore, name: str) -> None:
        self._store, self._name = store, name
        self._boards: dict[int, _Board] = {}

    def put(self, part: int, recipe: str, outcome: Outcome) -> None:
        """Lay down one outcome of a part of the run."""
        if part not in self._boards:
            self._boards[part] = _Board(self._store, self._name, part, recipe)
        self._boards[part].put(outcome)

    def close(self, facts: Mapping[str, int | float | str]) -> None:
        """Write the last shards, the lists, and the manifests last."""
        boards = self.put_lists()
        kinds = dict.fromkeys(kind for board in boards for kind in board.writers)
        for kind in kinds:
            shards = [
                shard
                for board in boards
                if kind in board.writers
                for shard in board.writers[kind].finish()
            ]
            self._store.seal(f"{self._name}/{kind}", kind, shards, dict(facts))

    def put_lists(self) -> "list[_Board]":
        """Write the lists of what was dropped and what failed; gives the boards in order."""
        boards = [self._boards[part] for part in sorted(self._boards)]
        for name in ("dropped", "failed"):
            payload = b"".join(board.lists[name].payload for board in boards)
            self._store.put(f"{self._name}/{name}.jsonl", payload)
        return boards


class _Board:
    """What one recipe's part of a run has made."""

    def __init__(self, store: DatasetStore, name: str, part: int, recipe: str) -> None:
        self._store, self._name, self._part, self._recipe = store, name, part, recipe
        self.writers: dict[str, ShardWriter] = {}
        self.lists = {"dropped": _Lines(), "failed": _Lines()}

    def put(self, outcome: Outcome) -> None:
        ids = []
        if outcome.status == "made":
            signature = _signature(outcome.draws)
            for record in outcome.records:
                row = record.model_dump(mode="json")
                row["provenance"] |= signature if _is_unsigned(record) else {}
                self._writer(type(record).__name__, arrow_schema(type(record))).add(row)
                ids.append(record.id)
        else:
            self._list(outcome)
        for draw in outcome.draws:
            row = _draw_row(self._recipe, outcome.index, draw, ids)
            self._writer("draws", DRAWS).add(row)

    def _writer(self, kind: str, schema: pa.Schema) -> ShardWriter:
        if kind not in self.writers:
            name, prefix = f"{self._name}/{kind}", f"part-{self._part}-"
            self.writers[kind] = ShardWriter(self._store, name, schema, SHARD_ROWS, prefix=prefix)
        return self.writers[kind]

    def _list(self, outcome: Outcome) -> None:
        entry = {
            "recipe": self._recipe,
            "item": outcome.index,
            "reason": outcome.reason,
            "row": orjson.dumps(outcome.row, default=str).decode()[:TEXT_CHARS],
        }
        if outcome.status == "failed":
            causes = {"cause": outcome.detail[:TEXT_CHARS], "retryable": outcome.retryable}
            self.lists["failed"].add(entry | causes)
        else:
            texts = [_shown(record) for record in outcome.records]
            self.lists["dropped"].add(entry | {"records": texts})


@dataclass(slots=True)
class _Lines:
    """A JSONL file in the making."""

    parts: list[bytes] = field(default_factory=list)

    def add(self, entry: Mapping[str, object]) -> None:
        self.parts.append(orjson.dumps(entry) + b"\n")

    @property
    def payload(self) -> bytes:
        return b"".join(self.parts)


def _is_unsigned(record: Record) -> bool:
    """Whether its draws are still to be named; what the lab brought was not drawn."""
    return not record.provenance.requests and record.provenance.recipe != LAB


def _signature(draws: Sequence[Draw]) -> dict[str, object]:
    """What a record's draws add to its provenance, as JSON has it."""
    origin = origin_of(draws)
    if draws:
        origin["sampling"] = draws[-1].request.sampling.model_dump(mode="json")
    return origin


def _draw_row(recipe: str, item: int, draw: Draw, ids: list[str]) -> dict[str, object]:
    request, answer = draw.request, draw.answer
    messages = b",".join(
        m.model_dump_json(exclude_defaults=True).encode() for m in request.messages
    )
    return {
        "key": draw.key,
        "recipe": recipe,
        "item": item,
        "step": draw.step,
        "sample": draw.order[1],
        "role": draw.role,
        "model": draw.model.name,
        "model_sha256": draw.model.weights_sha256,
        "template_sha256": draw.model.template_sha256,
        "revision": draw.model.revision,
        "messages": (b"[" + messages + b"]").decode(),
        "sampling": request.sampling.model_dump_json(),
        "seed": request.seed,
        "text": answer.text,
        "finish_reason": answer.finish_reason,
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "failure": answer.failure,
        "record_ids": ids,
    }


def _shown(record: Record) -> str:
    return record.model_dump_json(exclude={"provenance"})[:TEXT_CHARS]
