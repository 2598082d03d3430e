"""The shelf: where a run's records, draws, drops and failures are laid down, in the items' order.

{name}/Instruction/part-00000.parquet ... manifest.json      one dataset for each type of record
{name}/draws/part-00000.parquet ...                          every request with its answer
{name}/dropped.jsonl, failed.jsonl                           items without records, and why
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson
import pyarrow as pa

from generation.flow.item import Draw
from generation.flow.outcome import Outcome
from ingot.datasets import DatasetStore, ShardWriter
from ingot.records import Record
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
    """Takes outcomes, writes shards as they fill up, and closes with manifests."""

    def __init__(self, store: DatasetStore, name: str) -> None:
        self._store, self._name = store, name
        self._records: dict[type[Record], ShardWriter] = {}
        self._draws = ShardWriter(store, f"{name}/draws", "Draw", DRAWS, SHARD_ROWS)
        self._dropped = _Lines()
        self._failed = _Lines()

    def put(self, recipe: str, outcome: Outcome) -> None:
        """Lay down one outcome."""
        ids = []
        if outcome.status == "made":
            signature = _signature(outcome.draws)
            for record in outcome.records:
                row = record.model_dump(mode="json")
                row["provenance"] |= {} if record.provenance.requests else signature
                self._writer(type(record)).add(row)
                ids.append(record.id)
        else:
            self._list(recipe, outcome)
        for draw in outcome.draws:
            self._draws.add(_draw_row(recipe, outcome.index, draw, ids))

    def _writer(self, kind: type[Record]) -> ShardWriter:
        if kind not in self._records:
            schema = arrow_schema(kind)
            name = f"{self._name}/{kind.__name__}"
            self._records[kind] = ShardWriter(self._store, name, kind.__name__, schema, SHARD_ROWS)
        return self._records[kind]

    def _list(self, recipe: str, outcome: Outcome) -> None:
        entry = {
            "recipe": recipe,
            "item": outcome.index,
            "reason": outcome.reason,
            "row": orjson.dumps(outcome.row, default=str).decode()[:TEXT_CHARS],
        }
        if outcome.status == "failed":
            causes = {"cause": outcome.detail[:TEXT_CHARS], "retryable": outcome.retryable}
            self._failed.add(entry | causes)
        else:
            texts = [_shown(record) for record in outcome.records]
            self._dropped.add(entry | {"records": texts})

    def close(self, facts: Mapping[str, int | float | str]) -> None:
        """Write the last shards, the lists, and the manifests last."""
        self._store.put(f"{self._name}/dropped.jsonl", self._dropped.payload)
        self._store.put(f"{self._name}/failed.jsonl", self._failed.payload)
        for writer in (self._draws, *self._records.values()):
            writer.close(dict(facts))


@dataclass(slots=True)
class _Lines:
    """A JSONL file in the making."""

    parts: list[bytes] = field(default_factory=list)

    def add(self, entry: Mapping[str, object]) -> None:
        self.parts.append(orjson.dumps(entry) + b"\n")

    @property
    def payload(self) -> bytes:
        return b"".join(self.parts)


def _signature(draws: Sequence[Draw]) -> dict[str, object]:
    """What the draws that a record was made from add to its provenance."""
    if not draws:
        return {}
    last = draws[-1]
    return {
        "requests": [draw.key for draw in draws],
        "engine": last.engine,
        "model": last.model.name,
        "model_sha256": last.model.weights_sha256,
        "sampling": last.request.sampling.model_dump(mode="json"),
        "seed": last.request.seed,
    }


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
