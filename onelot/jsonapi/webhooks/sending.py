"""One POST to another system: signed (Standard Webhooks), to a judged address, limited in time, never redirected."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from datetime import datetime

from onelot import __version__
from onelot.jsonapi.webhooks.addresses import Target, check_url, resolve
from onelot.kernel.refusals import Refused

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 15.0
"""For all of a try: a receiver that sends its answer byte by byte holds nobody up for longer."""
_EXCERPT = 500


@dataclass(frozen=True)
class Outcome:
    """What came of one try."""

    status: int | None
    """HTTP status; None: there was no answer."""
    what: str
    """Why there was none."""
    excerpt: str
    took_ms: int

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300


def signature(secret: str, message: str, at: datetime, body: bytes) -> str:
    """``v1,`` and base64 of HMAC-SHA-256 over ``message.timestamp.body`` with the bytes of ``whsec_...``."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message}.{int(at.timestamp())}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def send(*, url: str, secret: str, message: str, at: datetime, body: bytes) -> Outcome:
    """Try once. Never raises: whatever goes wrong is the outcome."""
    begun = time.monotonic()

    def outcome(status: int | None, what: str = "", excerpt: str = "") -> Outcome:
        milliseconds = int((time.monotonic() - begun) * 1000)
        return Outcome(status, _storable(what)[:200], _storable(excerpt)[:_EXCERPT], milliseconds)

    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"onelot/{__version__}",
        "webhook-id": message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature(secret, message, at, body),
        "Connection": "close",
    }
    try:
        target = check_url(url)
        status, excerpt = _post(target, resolve(target), headers, body)
    except Refused as refused:
        return outcome(None, f"{refused.refusals[0].what} {refused.refusals[0].got}")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return outcome(None, f"{type(error).__name__}: {error}")
    return outcome(status, "", excerpt)


class _Judged(http.client.HTTPConnection):
    """A connection to an address that was judged, whatever the name resolves to meanwhile."""

    def __init__(self, target: Target, address: str) -> None:
        super().__init__(target.host, target.port, timeout=CONNECT_SECONDS)
        self._target, self._address = target, address

    def connect(self) -> None:
        """Connect, and check the certificate against the name."""
        raw = socket.create_connection((self._address, self._target.port), CONNECT_SECONDS)
        try:
            if self._target.is_https:
                context = ssl.create_default_context()
                raw = context.wrap_socket(raw, server_hostname=self._target.host)
        except BaseException:
            raw.close()
            raise
        raw.settimeout(WHOLE_SECONDS)
        self.sock = raw


def _storable(text: str) -> str:
    """What a receiver sent, also in what an error says of it, without the character that no database keeps."""
    return text.replace("\x00", "\ufffd")


def _post(target: Target, address: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
    connection = _Judged(target, address)
    late = threading.Event()

    def give_up() -> None:
        late.set()
        held = connection.sock
        if held is not None:
            try:
                held.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it is closed already

    watch = threading.Timer(WHOLE_SECONDS, give_up)
    watch.daemon = True
    watch.start()
    try:
        connection.request("POST", target.path, body, headers)
        answer = connection.getresponse()
        if late.is_set():  # cut off in the middle of the headers
            raise http.client.IncompleteRead(b"")
        try:
            excerpt = answer.read1(_EXCERPT).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            excerpt = ""  # the status says whether it was taken
        return answer.status, excerpt
    except (OSError, http.client.HTTPException) as error:
        if late.is_set() or isinstance(error, TimeoutError):
            raise TimeoutError(f"no answer within {WHOLE_SECONDS:g} seconds") from error
        raise
    finally:
        watch.cancel()
        connection.close()
