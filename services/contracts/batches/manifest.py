"""The manifest of a batch under contract: what it is, under which terms, and signed."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from services.contracts.batches import repository as batch_repository
from services.contracts.contract import Contract
from services.database.pool import Connection, Row
from services.database.vault import Vault
from services.exclusivity import signing
from services.exclusivity.claims import Reuse, report

if TYPE_CHECKING:
    from services.contracts.batches.delivering import Made

_TERMS = (
    "reuse",
    "exclusive_until",
    "output_license",
    "may_publish",
    "named_customer_ok",
    "retention_days",
)


async def write(
    conn: Connection,
    contract: Contract,
    batch: Row,
    items: "Sequence[Made]",
    how: Mapping[str, Any],
    reuse: Reuse,
    vault: Vault,
) -> None:
    """Write down and sign what a batch holds."""
    body = _body(contract, batch, items, how, reuse)
    payload = orjson.dumps(body, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)
    signature = await signing.sign(conn, vault, payload)
    text = orjson.dumps({"key_id": signature.key_id, "ed25519": signature.base64}).decode()
    sha256 = hashlib.sha256(payload).hexdigest()
    await batch_repository.add_manifest(
        conn, contract.tenant_id, batch["id"], payload.decode(), sha256, text
    )


def _body(
    contract: Contract,
    batch: Row,
    items: "Sequence[Made]",
    how: Mapping[str, Any],
    reuse: Reuse,
) -> dict[str, Any]:
    terms = contract.terms.model_dump(mode="json")
    return {
        "order_id": contract.id,
        "batch_id": batch["id"],
        "kind": batch["kind"],
        "number": batch["number"],
        "delivered_at": contract.now.isoformat(),
        "guideline_version": batch["guideline_n"],
        "unit": contract.request.unit,
        "counts": {
            "items": len(items),
            "units": sum(item.units for item in items),
            "prompts": len({item.prompt for item in items}),
            "planned_units": batch["planned_qty"],
        },
        "items_sha256": digest(items),
        "terms": {name: terms[name] for name in _TERMS},
        "production": dict(how),
        "reuse_report": report(reuse),
    }


def digest(items: "Sequence[Made]") -> str:
    """SHA-256 over the lines of all items, each its id and its content as sorted JSON."""
    sha256 = hashlib.sha256()
    for item in items:
        line = orjson.dumps([item.item_id, item.content], option=orjson.OPT_SORT_KEYS)
        sha256.update(line + b"\n")
    return sha256.hexdigest()
