"""The json_schema verifier: is the JSON of a completion what the schema allows?

Checked in a worker, since a schema may hold patterns that never end. Nothing is fetched: a `$ref`
to elsewhere is unsure. `format` is a remark, not a rule, as JSON Schema 2020-12 has it.
"""

import json
import re
from collections import Counter
from typing import Any

from judging.verifiers.answer import Check
from judging.verifiers.references import MAX_TEXT_CHARS, load_json
from judging.verifiers.workers.pool import WorkerPool, shared_pool

_FENCE = re.compile(r"^[ \t]*```[ \t]*(\w*)[ \t]*$", re.MULTILINE)


async def check_json_schema(text: str, reference: str, pool: WorkerPool | None = None) -> Check:
    """Validate the JSON that a text is, or that stands in its only fence.

    The reference is the schema; without `$schema` it is read as draft 2020-12.
    """
    try:
        load_json(reference)
    except ValueError as error:
        return Check("unsure", f"no usable reference: {error}"[:200])
    if len(text) > MAX_TEXT_CHARS:
        return Check("unsure", "too long a text")
    documents = find_documents(text)
    if len(documents) > 1:
        return Check("unsure", "several JSON documents")
    document = documents[0] if documents else text
    if reason := _refuse(document):
        return reason
    reply = await (pool or shared_pool()).run("json_schema", document, reference)
    if reply.status != "done":
        return Check("unsure", f"not decided: {reply.status} {reply.value}"[:300], document[:200])
    outcome, reason_text = reply.value
    return Check(outcome, reason_text, document[:200])


def find_documents(text: str) -> list[str]:
    """What stands in the JSON fences of a text; the text itself where there is no fence."""
    fences = list(_FENCE.finditer(text))
    blocks = []
    for opening, closing in zip(fences[::2], fences[1::2], strict=False):
        if opening[1].lower() in ("", "json", "jsonc", "json5") and not closing[1]:
            blocks.append(text[opening.end() : closing.start()].strip())
    return blocks if fences else [text.strip()]


def _refuse(document: str) -> Check | None:
    """Why a document is not even looked at; None where it is."""
    try:
        json.loads(document, object_pairs_hook=_without_repeats)
        load_json(document)
    except (_RepeatedKeyError, RecursionError) as error:
        return Check("unsure", f"a key is written twice or it is too deep: {error}"[:200])
    except ValueError as error:
        no_json = isinstance(error, json.JSONDecodeError) or "is no JSON" in str(error)
        reason = f"{'no JSON' if no_json else 'not read'}: {error}"[:200]
        return Check("wrong" if no_json else "unsure", reason, document[:200])
    return None


class _RepeatedKeyError(Exception):
    """Readers differ in which of both values they take."""


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise _RepeatedKeyError(Counter(key for key, _ in pairs).most_common(1)[0][0][:50])
    return data
