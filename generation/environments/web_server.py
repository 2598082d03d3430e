"""A site on a real HTTP server, on a free port of the loopback, in a thread of its own."""

import socket
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from typing import Any
from urllib.parse import parse_qsl, unquote

from generation.environments.web_site import Reply, Site

HOST = "127.0.0.1"
MAX_BODY = 50_000
_CONNECTION_TIMEOUT_S = 5


class SiteServer:
    """Serves from the moment it is made until `close`."""

    def __init__(self, site: Site) -> None:
        # Not HTTPServer: it looks the host name up, which is slow without a name server.
        self._server = TCPServer((HOST, 0), partial(_Handler, site))
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="site", daemon=True)
        self.port: int = self._server.server_address[1]
        self._thread.start()

    def close(self) -> None:
        """Stop and free the port; may be called twice."""
        if self._closing.is_set():
            return
        self._closing.set()
        socket.create_connection((HOST, self.port), _CONNECTION_TIMEOUT_S).close()
        self._thread.join()
        self._server.server_close()

    def _serve(self) -> None:
        """Wait without polling, unlike `serve_forever`: `close` wakes the loop by connecting."""
        while not self._closing.is_set():
            self._server.handle_request()


class _Handler(BaseHTTPRequestHandler):
    timeout = _CONNECTION_TIMEOUT_S

    def __init__(self, site: Site, *connection: Any) -> None:
        self._site = site
        super().__init__(*connection)

    def do_GET(self) -> None:
        self._reply(self._site.get(unquote(self.path)))

    def do_POST(self) -> None:
        length = min(int(self.headers.get("Content-Length", "0")), MAX_BODY)
        pairs = parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True)
        self._reply(self._site.post(unquote(self.path), dict(pairs)))

    def log_message(self, *_line: object) -> None:
        """Say nothing."""

    def _reply(self, reply: Reply) -> None:
        body = reply.html.encode()
        self.send_response(reply.status)
        if reply.location:
            self.send_header("Location", reply.location)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
