"""A JSON file at a pointer (RFC 6901)."""

from __future__ import annotations

import json
import re
from collections import deque

from onelot.intake.viewing.window import AROUND, Lines, Piece, joined
from onelot.kernel.refusals import refuse

_SPACE = re.compile(r"[ \t\r\n]*")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|[,:]|[^\s{}\[\],:"]+|\s+')
_DECODER = json.JSONDecoder()
_LAID_OUT = 64 * 1024

Span = tuple[int, int]


def view_json(data: bytes, place: str) -> Lines:
    """The value at ``place``, such as ``/events/12``, with its neighbours in the list around it.

    Where the pointer goes on into what is not there, the value before it is marked.
    Raises Refused (``intake.view.unreadable``).
    """
    text = data.decode("utf-8-sig", errors="replace")
    try:
        before, found, after = _walk(text, [_unescaped(step) for step in place.split("/")[1:]])
    except (ValueError, RecursionError, IndexError) as error:
        raise refuse(
            "intake.view.unreadable",
            "The original is no well-formed JSON, so its place is not shown.",
            got=str(error),
        ) from error
    pieces = [
        Piece(laid_out(text[start : min(end, start + _LAID_OUT)], text.count("\n", 0, start) + 1), marked)
        for spans, marked in ((before, False), ([found], True), (after, False))
        for start, end in spans
    ]
    return joined(pieces, is_found=bool(place.strip("/")))


def _unescaped(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")


def _walk(text: str, steps: list[str]) -> tuple[list[Span], Span, list[Span]]:
    """The spans of the value at the end of the steps, and of its neighbours in a list."""
    at = _skip(text, 0)
    whole = (at, _end(text, at))
    before: list[Span] = []
    after: list[Span] = []
    for step in steps:
        member = _member(text, whole[0], step)
        if member is None:
            break
        before, whole, after = member
    return before, whole, after


def _member(text: str, at: int, step: str) -> tuple[list[Span], Span, list[Span]] | None:
    if text[at] not in "{[":
        return None
    is_object = text[at] == "{"
    before: deque[Span] = deque(maxlen=0 if is_object else AROUND)
    found: Span | None = None
    after: list[Span] = []
    at = _skip(text, at + 1)
    index = 0
    while text[at] not in "}]":
        key = str(index)
        if is_object:
            key, at = _DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        span = (at, _end(text, at))
        if found is not None:
            after.append(span)
        elif key == step:
            found = span
        else:
            before.append(span)
        if found is not None and (is_object or len(after) >= AROUND):
            break
        index += 1
        at = _skip(text, span[1])
        at = _skip(text, at + 1) if text[at] == "," else at
    return None if found is None else (list(before), found, after)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _end(text: str, at: int) -> int:
    return int(_DECODER.raw_decode(text, at)[1])


def laid_out(text: str, line: int) -> list[tuple[int, str]]:
    """JSON text as one member a line, indented; its numbers and texts as they stand."""
    lines: list[tuple[int, str]] = []
    depth, current, begun = 0, "", line
    for sign in _TOKEN.findall(text):
        if sign.isspace():
            line += sign.count("\n")
            continue
        if sign in "}]":
            if current.strip():
                lines.append((begun, current))
            depth, current, begun = max(0, depth - 1), "", line
            current = "  " * min(depth, 20) + sign
            continue
        if not current:
            current, begun = "  " * min(depth, 20), line
        current += sign + (" " if sign == ":" else "")
        if sign in "{[" or sign == ",":
            depth += sign != ","
            lines.append((begun, current))
            current = ""
    if current.strip():
        lines.append((begun, current))
    return lines
