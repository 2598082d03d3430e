"""A receiver that verifies every webhook with the official library and thanks for it.

    python -m benchmarks.buying.receiver PORT CORE < secrets

The secrets are a JSON object, path -> secret. GET tells how many came and how many ids they had.
"""

import os
import sys
from typing import Any

import orjson
import uvicorn
from standardwebhooks import Webhook


class Receiver:
    """Counts what it verified."""

    def __init__(self, secrets: dict[str, str]) -> None:
        self._verifiers = {path: Webhook(secret) for path, secret in secrets.items()}
        self._ids: set[str] = set()
        self._came = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request; one that does not verify is a 500."""
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if scope["method"] == "POST":
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            self._verifiers[scope["path"]].verify(body, headers)
            self._ids.add(headers["webhook-id"])
            self._came += 1
        said = orjson.dumps({"came": self._came, "ids": len(self._ids)})
        length = [(b"content-length", str(len(said)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": length})
        await send({"type": "http.response.body", "body": said})


def main() -> None:
    """Serve until told to stop."""
    os.sched_setaffinity(0, {int(sys.argv[2])})
    receiver = Receiver(orjson.loads(sys.stdin.buffer.read()))
    uvicorn.run(receiver, port=int(sys.argv[1]), access_log=False, log_config=None)


if __name__ == "__main__":
    main()
