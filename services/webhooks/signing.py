"""What is sent of an event, and the signature over it: Standard Webhooks v1.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from standardwebhooks import Webhook

_SECRET_BYTES = 32  # the spec wants 24 to 64


def new_secret() -> str:
    """A secret as receivers paste it into their verifier."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def place(endpoint_id: str) -> str:
    """What an endpoint's secrets are sealed for."""
    return f"webhook_endpoint:{endpoint_id}"


def message_id(event_id: str, endpoint_id: str) -> str:
    """What a receiver knows repetitions by: one per event and endpoint, the same in each try."""
    return f"{event_id}_{endpoint_id}"  # no full stop: the signed text is parted by them


def body(kind: str, at: datetime, data: dict[str, Any]) -> bytes:
    """The payload, the same bytes in each try."""
    return orjson.dumps(
        {"type": kind, "timestamp": at.astimezone(UTC), "data": data}, option=orjson.OPT_UTC_Z
    )


def headers(message: str, at: datetime, payload: bytes, keys: Sequence[str]) -> dict[str, str]:
    """The three headers of a try that begins at `at`, signed with each key."""
    text = payload.decode()
    signed = [Webhook(key).sign(message, at.astimezone(UTC), text) for key in keys]
    return {
        "webhook-id": message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signed),
    }
