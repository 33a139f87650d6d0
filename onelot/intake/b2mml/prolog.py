"""What stands before the root element, read before any parser sees the file: encoding, and that there is no DTD.

A document type is refused as such: entities are the way of XML bombs and of files that fetch other files,
and no B2MML message has one.
"""

from __future__ import annotations

import codecs
import re

from onelot.kernel.refusals import refuse
from onelot.kernel.said import said

_LARGEST = 64 * 1024
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, b"\0\0\0<", b"<\0\0\0")
_UNMARKED = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_ALLOWED = {
    "utf-8": "utf-8", "utf-16": "utf-16", "utf-16-le": "utf-16", "utf-16-be": "utf-16", "ascii": "utf-8",
    "iso8859-1": "", "iso8859-15": "", "cp1252": "",
}  # fmt: skip
"""Codec names, and the family that the bytes themselves must show ("" for 8-bit codes, which show none)."""
_DECLARATION = re.compile(r"""<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_PIECE = re.compile(
    r"(?P<space>\s+)|(?P<comment><!--.*?-->)|(?P<instruction><\?.*?\?>)|(?P<doctype><!DOCTYPE)|"
    r"<(?:[^\W\d][\w.-]*:)?(?P<root>[^\W\d][\w.-]*)",
    re.DOTALL,
)


def looks_like_xml(head: bytes) -> bool:
    """Whether the first bytes are those of an XML file in an encoding we can at least name."""
    for mark, _ in _BOMS:
        head = head.removeprefix(mark)
    return head.replace(b"\0", b"").lstrip()[:1] == b"<"


def read_prolog(data: bytes, name: str) -> str:
    """The root's local name. Raises Refused for a DTD, for an encoding that is not read or not declared, for no XML."""
    encoding = _encoding(data, name)
    text = data[:_LARGEST].decode(encoding, errors="replace").removeprefix("\ufeff")
    at = 0
    while piece := _PIECE.match(text, at):
        if piece.lastgroup == "doctype":
            raise refuse(
                "intake.b2mml.dtd", "The file brings a document type (DTD), which no B2MML message has.",
                where=f"{name}:{_line(text, at)}", expected="no <!DOCTYPE", got=text[at : at + 60],
                hint="Entities are never expanded and nothing is fetched. Have the sender leave the DTD out.",
            )  # fmt: skip
        if piece["root"]:
            return piece["root"]
        at = piece.end()
    raise refuse(
        "intake.b2mml.not_well_formed", "No element begins here.",
        where=f"{name}:{_line(text, at)}", expected="the root element of a B2MML message",
        got=repr(text[at : at + 40])[1:-1] or "the end of the file",
        hint="Was the file cut off on its way?" if at >= len(text.rstrip()) else "",
    )  # fmt: skip


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _encoding(data: bytes, name: str) -> str:
    if data.startswith(_UTF32):
        raise _refused_encoding(name, "UTF-32")
    shown = next((code for mark, code in (*_BOMS, *_UNMARKED) if data.startswith(mark)), "")
    declaration = _DECLARATION.match(data[:400].decode(shown or "latin-1", errors="replace").lstrip("\ufeff"))
    if declaration is None:
        return shown or "utf-8"
    declared = declaration[1]
    try:
        codec = codecs.lookup(declared).name
    except (LookupError, ValueError):
        raise _refused_encoding(name, declared) from None
    if codec not in _ALLOWED:
        raise _refused_encoding(name, declared)
    # Bytes that show no family are of an 8-bit one, UTF-8 among them.
    family = "utf-16" if shown.startswith("utf-16") else "utf-8"
    expected = _ALLOWED[codec]
    if (expected or "utf-8") != family or (shown == "utf-8" and not expected):
        raise refuse(
            "intake.b2mml.encoding", "The file is not in the encoding that it declares.", where=f"{name}:1",
            expected=declared, got=said("bytes of {shown}", shown=shown or 'an 8-bit encoding'),
            hint="Was the file converted without changing its first line?",
        )  # fmt: skip
    return shown or codec


def _refused_encoding(name: str, got: str) -> Exception:
    return refuse(
        "intake.b2mml.encoding", "The file is in an encoding that is not read.", where=f"{name}:1",
        expected="UTF-8, UTF-16, ISO-8859-1, ISO-8859-15 or Windows-1252", got=got,
    )  # fmt: skip
