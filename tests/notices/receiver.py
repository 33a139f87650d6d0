"""A mail server on loopback: speaks as much SMTP (RFC 5321) as a sender needs, and keeps what comes."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Mailbox:
    """What came, and what the server answers instead of taking it."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    answer_to_recipient: str = "250 fine"
    answer_to_data: str = "250 taken"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """A server for the time of a test."""
    box = Mailbox()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 test")
            while line := self.rfile.readline():
                word = line.strip().upper()[:4]
                if word == b"QUIT":
                    self.say("221 bye")
                    return
                self.answer(word, line)

        def answer(self, word: bytes, line: bytes) -> None:
            if word == b"RCPT":
                box.recipients.append(line.decode().partition("<")[2].partition(">")[0])
                self.say(box.answer_to_recipient)
            elif word == b"DATA":
                self.say("354 go on")
                data = b""
                while (more := self.rfile.readline()) != b".\r\n":
                    data += more.removeprefix(b".") if more.startswith(b"..") else more
                if box.answer_to_data.startswith("2"):
                    box.mails.append(message_from_bytes(data, policy=policy.default))  # type: ignore[arg-type]
                self.say(box.answer_to_data)
            else:
                self.say("250 fine")

        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        server.daemon_threads = True
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield box
        server.shutdown()
        thread.join()
