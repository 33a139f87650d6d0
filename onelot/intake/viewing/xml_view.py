"""An XML file at the path of one of its elements.

Expat tells the byte at which each element begins and ends, so what is shown is the original's own text. It reads no
further than the place. A document type is refused, so there are no entities.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from dataclasses import dataclass, field
from xml.parsers import expat

from onelot.intake.viewing.window import AROUND, Lines, Piece, joined
from onelot.kernel.refusals import refuse
from onelot.kernel.said import said

_STEP = re.compile(r"/((?:\{[^}]*\})?[^/\[]+)(?:\[(\d+)\])?")
_TAG = re.compile(r"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""")
_TOKEN = re.compile(r"""<!--.*?-->|<!\[CDATA\[.*?\]\]>|<(?:[^<>"']|"[^"]*"|'[^']*')*>|[^<]+|<""", re.DOTALL)
_DECLARED = re.compile(rb"""<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_LONGEST_TAG = 4 * 1024
_LAID_OUT = 128 * 1024
"""Bytes of one element that are laid out at most."""


class _EnoughError(Exception):
    """All that is shown was read."""


@dataclass
class _Open:
    """An element that is open, and the elements that were read directly below it."""

    start: int
    line: int
    counts: Counter[str] = field(default_factory=Counter)
    before: deque[tuple[int, int, int]] = field(default_factory=lambda: deque(maxlen=AROUND))


class _Finder:
    """Walks to the element of a path; the deepest that is there is taken."""

    def __init__(self, data: bytes, steps: list[tuple[str, int]]) -> None:
        self._data = data
        self._steps = steps
        self._parser = expat.ParserCreate(namespace_separator="}")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._open: list[_Open] = [_Open(0, 1)]
        self._space = ""
        self._matched = 0
        self._depth_found = -1
        self.before: list[tuple[int, int, int]] = []
        self.found: tuple[int, int, int] | None = None
        self.after: list[tuple[int, int, int]] = []
        self.encoding = _encoding(data)

    def run(self) -> None:
        try:
            self._parser.Parse(self._data, True)
        except _EnoughError:
            return
        except expat.ExpatError as error:
            if self.found is None:
                raise refuse(
                    "intake.view.unreadable", "The original is no well-formed XML, so its place is not shown.",
                    where=said("line {lineno}", lineno=error.lineno), got=expat.ErrorString(error.code) or "",
                ) from error  # fmt: skip

    def _start(self, name: str, _: dict[str, str]) -> None:
        if len(self._open) == 1:
            self._space = "{" + name.partition("}")[0] + "}" if "}" in name else ""
        local = self._local(name)
        above = self._open[-1]
        above.counts[local] += 1
        depth = len(self._open) - 1
        if self.found is None and depth == self._matched < len(self._steps):
            wanted, number = self._steps[depth]
            if local == wanted and above.counts[local] == (number or 1):
                self._matched += 1
        self._open.append(_Open(self._parser.CurrentByteIndex, self._parser.CurrentLineNumber))

    def _end(self, _: str) -> None:
        closed = self._open.pop()
        depth = len(self._open) - 1
        if self.found is None and depth >= self._matched + 1:
            return  # neither on the way nor beside it
        begun = _TAG.match(self._text(closed.start, closed.start + _LONGEST_TAG))
        is_empty = begun is not None and begun[0].endswith("/>")
        at = closed.start if is_empty else self._parser.CurrentByteIndex
        tag = begun if is_empty else _TAG.match(self._text(at, at + 1_024))
        end = at + len((tag[0] if tag else "").encode(self.encoding, errors="replace"))
        span = (closed.start, end, closed.line)
        if self.found is None and depth == self._matched - 1:
            self.found, self._depth_found = span, depth
            self.before = list(self._open[-1].before)
        elif self.found is not None and depth == self._depth_found:
            self.after.append(span)
        self._open[-1].before.append(span)
        if self.found is not None and (len(self.after) >= AROUND or depth < self._depth_found):
            raise _EnoughError

    def _doctype(self, *_: object) -> None:
        raise refuse("intake.view.dtd", "The original brings a document type, so it is not opened here.")

    def _local(self, name: str) -> str:
        full = "{" + name if "}" in name else name
        return full.removeprefix(self._space) if self._space else full

    def _text(self, start: int, end: int) -> str:
        return self._data[start:end].decode(self.encoding, errors="replace")

    def piece(self, span: tuple[int, int, int], *, is_marked: bool) -> Piece:
        """A span laid out."""
        start, end, line = span
        return Piece(laid_out(self._text(start, min(end, start + _LAID_OUT)), line), is_marked)


def view_xml(data: bytes, place: str) -> Lines:
    """The element at ``place``, such as ``/BatchProductionRecord/Events/Event[61]``, with its neighbours.

    Where the path goes on into what is no element, such as an attribute, the element before it is marked.
    Raises Refused (``intake.view.*``).
    """
    steps = [(name, int(number or 0)) for name, number in _STEP.findall(place.partition("/@")[0])]
    finder = _Finder(data, steps)
    finder.run()
    if finder.found is None or not steps:
        return joined([Piece(laid_out(finder._text(0, 8_192), 1), is_marked=False)], is_found=False)  # noqa: SLF001
    pieces = [
        *(finder.piece(span, is_marked=False) for span in finder.before),
        finder.piece(finder.found, is_marked=True),
        *(finder.piece(span, is_marked=False) for span in finder.after),
    ]
    return joined(pieces, is_found=True)


def laid_out(text: str, line: int) -> list[tuple[int, str]]:
    """XML text as one line a tag, indented; a leaf with its text is one line."""
    lines: list[tuple[int, str]] = []
    depth = 0
    tokens = _TOKEN.findall(text)
    at = 0
    while at < len(tokens):
        taken = _leaf(tokens, at)
        token = "".join(tokens[at : at + taken])
        if token.strip():
            closes = token.startswith("</")
            depth = max(0, depth - closes)
            lines.append((line, "  " * min(depth, 20) + token.strip()))
            opens = taken == 1 and token.startswith("<") and not token.startswith(("</", "<!", "<?"))
            depth += opens and not token.endswith("/>")
        line += token.count("\n")
        at += taken
    return lines


def _leaf(tokens: list[str], at: int) -> int:
    """How many tokens make one line: a start tag, its text and its end tag, or one token."""
    if (
        tokens[at].startswith("<")
        and not tokens[at].startswith(("</", "<!", "<?"))
        and tokens[at][-2:] != "/>"
    ):
        for length in (2, 3):
            after = tokens[at + length - 1] if at + length <= len(tokens) else ""
            if after.startswith("</") and (length == 2 or not tokens[at + 1].startswith("<")):
                return length
    return 1


def _encoding(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"<\0")):
        return "utf-16-le"
    if data.startswith((b"\xfe\xff", b"\0<")):
        return "utf-16-be"
    declared = _DECLARED.match(data.removeprefix(b"\xef\xbb\xbf")[:400])
    return declared[1].decode("ascii") if declared else "utf-8"
