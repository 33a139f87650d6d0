"""A real HTTP server on loopback that receives webhooks, as well or as badly as a test wants."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler, int], None]


@dataclass
class Receiver:
    """What arrived, and how to answer."""

    answer: Answer
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.requests]


def status(*codes: int, headers: dict[str, str] | None = None, body: bytes = b"thanks") -> Answer:
    """Answer with these statuses in turn, the last one for ever."""

    def answer(handler: BaseHTTPRequestHandler, number: int) -> None:
        handler.send_response(codes[min(number, len(codes) - 1)])
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def never(handler: BaseHTTPRequestHandler, number: int) -> None:
    """Say nothing until the caller hangs up."""
    handler.connection.settimeout(30)
    handler.connection.recv(1)


def drip(handler: BaseHTTPRequestHandler, number: int) -> None:
    """Send a header without an end, a byte at a time."""
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.02)
    except OSError:
        return


def slow_body(handler: BaseHTTPRequestHandler, number: int) -> None:
    """Take it, and never end the answer's body."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.flush()
    never(handler, number)


def rubbish(handler: BaseHTTPRequestHandler, number: int) -> None:
    """Answer something that is no HTTP."""
    handler.wfile.write(b"\x00\xff no protocol\r\n\r\n")


@contextmanager
def receiving(answer: Answer) -> Iterator[Receiver]:
    received = Receiver(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            number = len(received.requests)
            received.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
            received.answer(self, number)
            self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Tests look at what arrived."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    received.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def is_genuine(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As a receiver checks it by the text of Standard Webhooks, without onelot's code."""
    signed = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    key = base64.b64decode(secret.split("_", 1)[1])
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(
        hmac.compare_digest(expected, found.partition(",")[2])
        for found in headers["webhook-signature"].split()
        if found.startswith("v1,")
    )
