"""Seals a printed dossier: a signed map of its bytes and a PAdES signature, in one section after its end.

The section is an incremental update (ISO 32000, 7.5.6), written here because its bytes must be the same each time: the
same dossier and key give the same file. The printed PDF has one plain cross-reference table, as Typst writes it.
"""

from __future__ import annotations

import asyncio
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from asn1crypto import x509 as asn1_x509
from pyhanko.sign.signers import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from onelot.kernel.refusals import Refused, refuse
from onelot.registry.sealing import SealingKey
from onelot.verify.filemap import FileMap, parts_of
from onelot.verify.names import MAP_FILE

_END = re.compile(rb"trailer\n<<(/Size (\d+)/Root (\d+) 0 R/Info (\d+) 0 R)/ID\[(\([^)]*\))(\([^)]*\))\]>>\n"
                  rb"startxref\n(\d+)\n%%EOF\s*\Z")  # fmt: skip

_HEX = 64


def seal(pdf: bytes, key: SealingKey, instant: datetime) -> bytes:
    """The PDF with its seal; ``instant`` is the time that it states. Raises Refused (``dossier.not_sealable``)."""
    printed = _Printed.read(pdf)
    file_map = FileMap(parts_of(pdf, [*printed.labelled()]), key.der())
    file_map = FileMap(file_map.parts, file_map.certificates, key.sign(file_map.signed_text()))
    signer = _Signer(key)
    space = len(signer.cms(b"\0" * 32, dry=True)) + _HEX
    update = _Update(printed, instant, file_map.text(), space)
    first, second, section = update.written()
    whole = pdf + section
    contents = signer.cms(sha256(whole[:first] + whole[second:]).digest()).hex().encode()
    filled = b"<%b>" % contents.ljust(2 * space, b"0")
    return whole[:first] + filled + whole[second:]


@dataclass(frozen=True)
class _Printed:
    """A PDF as Typst writes it: where each object begins, and what is what."""

    data: bytes
    offsets: list[int]
    """By number of object; 0 for none."""
    root: int
    trailer: re.Match[bytes]

    @staticmethod
    def read(data: bytes) -> _Printed:
        match = _END.search(data, max(0, len(data) - 1000))
        if match is None:
            raise _not_sealable("its end is not in the expected form")
        start = int(match[7])
        head = re.compile(rb"xref\n0 (\d+)\n").match(data, start)
        if head is None or int(head[1]) != int(match[2]):
            raise _not_sealable("its cross-reference table is not in the expected form")
        table = data[head.end() : match.start()]
        lines = [table[at : at + 20] for at in range(0, len(table), 20)]
        offsets = [int(line[:10]) if line[17:18] == b"n" else 0 for line in lines]
        return _Printed(data, offsets, int(match[3]), match)

    def object(self, number: int) -> bytes:
        """The dictionary of an object that is no stream, or the head of a stream."""
        start = self.offsets[number]
        ends = [found for mark in (b"\nendobj", b"\nstream") if (found := self.data.find(mark, start)) > 0]
        text = self.data[start : min(ends)]
        return text[text.index(b"obj\n") + 4 :]

    def reference(self, text: bytes, name: bytes) -> int:
        found = re.search(rb"/%b (\d+) 0 R" % name, text)
        if found is None:
            raise _not_sealable(f"it has no {name.decode()}")
        return int(found[1])

    def pages(self) -> list[int]:
        """Numbers of the page objects in order."""
        found: list[int] = []
        waiting = [self.reference(self.object(self.root), b"Pages")]
        while waiting:
            number = waiting.pop(0)
            text = self.object(number)
            if b"/Type/Pages" in text:
                kids = re.search(rb"/Kids\[([^\]]*)\]", text)
                waiting = [int(kid) for kid in re.findall(rb"(\d+) 0 R", kids[1] if kids else b"")] + waiting
            else:
                found.append(number)
        return found

    def labelled(self) -> Iterator[tuple[int, str]]:
        """Where each object begins and to what part it belongs, in order of place."""
        known: dict[int, str] = {}
        for count, number in enumerate(self.pages(), 1):
            known[number] = f"page {count}"
            known[self.reference(self.object(number), b"Contents")] = f"page {count}"
        names = re.search(rb"/EmbeddedFiles<<.*?/Names\[(.*?)\]>>", self.object(self.root), re.DOTALL)
        for number in re.findall(rb"(\d+) 0 R", names[1] if names else b""):
            text = self.object(int(number))
            name = re.search(rb"/UF\(([ -~]*?)\)", text)
            label = f"attachment {name[1].decode() if name else '?'}"
            known[int(number)] = known[self.reference(text, b"F")] = label
        yield 0, "head of the file"
        for start, number in sorted((start, number) for number, start in enumerate(self.offsets) if start):
            yield start, known.get(number) or _kind(self.data[start : start + 120])
        yield int(self.trailer[7]), "table of the file's objects"


def _kind(head: bytes) -> str:
    """What an object is for that belongs to no page and to no attachment."""
    for mark, label in (
        (b"/StructElem", "reading order of the pages"), (b"/Font", "fonts of the pages"),
        (b"/CMap", "fonts of the pages"),
        (b"/CIDFont", "fonts of the pages"), (b"/Metadata", "metadata"), (b"/Outlines", "bookmarks"),
        (b"/Title", "bookmarks"), (b"/Catalog", "catalogue of the file"),
    ):  # fmt: skip
        if mark in head:
            return label
    return "what pages share"


class _Update:
    """The section: map, signature field, signature, and the objects that must name them."""

    def __init__(self, printed: _Printed, instant: datetime, file_map: bytes, space: int) -> None:
        self._printed = printed
        self._map = file_map
        self._space = space
        self._moment = instant.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ").encode()
        first = int(printed.trailer[2])
        self._file, self._spec, self._signature, self._field = range(first, first + 4)

    def written(self) -> tuple[int, int, bytes]:
        """Where the signature's contents begin and end in the file, and the section's bytes."""
        size = len(self._printed.data)
        objects = self._objects()
        section, places = bytearray(b"" if self._printed.data.endswith(b"\n") else b"\n"), {}
        for number, text in objects:
            places[number] = size + len(section)
            section += b"%d 0 obj\n%b\nendobj\n" % (number, text)
        start = size + len(section)
        section += self._table(places, start)
        gap = section.index(b"<" + b"0" * (2 * self._space) + b">")
        first, second = size + gap, size + gap + 2 * self._space + 2
        total = size + len(section)
        ranges = b"/ByteRange[0 %010d %010d %010d]" % (first, second, total - second)
        blank = b"/ByteRange[0 %010d %010d %010d]" % (0, 0, 0)
        return first, second, bytes(section.replace(blank, ranges, 1))

    def _objects(self) -> list[tuple[int, bytes]]:
        page = self._printed.pages()[0]
        name = MAP_FILE.encode()
        stream = (
            b"<</Type/EmbeddedFile/Subtype/text#2Fplain/Length %d/Params<</Size %d/ModDate(%b)>>>>"
            b"\nstream\n%b\nendstream"
        )
        spec = (
            b"<</Type/Filespec/F(%b)/UF(%b)/EF<</F %d 0 R/UF %d 0 R>>/AFRelationship/Supplement"
            b"/Desc(Which bytes are which part)>>"
        )
        signature = (
            b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M(%b)"
            b"/ByteRange[0 %010d %010d %010d]/Contents<%b>>>"
        )
        field = (
            b"<</Type/Annot/Subtype/Widget/FT/Sig/T(Seal)/TU(Seal of the dossier)/F 132/Rect[0 0 0 0]"
            b"/P %d 0 R/V %d 0 R>>"
        )
        return [
            (self._file, stream % (len(self._map), len(self._map), self._moment, self._map)),
            (self._spec, spec % (name, name, self._file, self._file)),
            (self._signature, signature % (self._moment, 0, 0, 0, b"0" * (2 * self._space))),
            (self._field, field % (page, self._signature)),
            (page, _with(self._printed.object(page), b"/Annots", b"[%d 0 R]" % self._field)),
            (self._printed.root, self._catalogue()),
        ]

    def _catalogue(self) -> bytes:
        """With the form, and the map among the attached files; a name tree is sorted (ISO 32000, 7.9.6)."""
        text = self._printed.object(self._printed.root)
        names = re.search(rb"/EmbeddedFiles<<.*?/Names\[(.*?)\]>>", text, re.DOTALL)
        associated = re.search(rb"/AF\[([^\]]*)\]", text)
        if names is None or associated is None:
            raise _not_sealable("nothing is attached")
        pairs = re.findall(rb"(\([^)]*\))(\d+ 0 R)", names[1])
        pairs.insert(bisect_right([name for name, _ in pairs], b"(%b)" % MAP_FILE.encode()),
                     (b"(%b)" % MAP_FILE.encode(), b"%d 0 R" % self._spec))  # fmt: skip
        limits = b"/EmbeddedFiles<</Names[%b]>>" % b"".join(name + to for name, to in pairs)
        text = text.replace(names[0], limits).replace(
            associated[0], b"/AF[%b %d 0 R]" % (associated[1], self._spec)
        )
        return _with(text, b"/AcroForm", b"<</Fields[%d 0 R]/SigFlags 3>>" % self._field)

    def _table(self, places: dict[int, int], start: int) -> bytes:
        trailer = self._printed.trailer
        lines = b"".join(
            b"%d 1\n%010d 00000 n \n" % (number, place) for number, place in sorted(places.items())
        )
        renewed = sha256(self._map).hexdigest()[:32].encode()
        return b"xref\n%btrailer\n<</Size %d/Root %d 0 R/Info %b 0 R/Prev %b/ID[%b<%b>]>>\nstartxref\n%d\n%%%%EOF\n" % (
            lines, self._field + 1, self._printed.root, trailer[4], trailer[7], trailer[5], renewed, start,
        )  # fmt: skip


def _with(text: bytes, name: bytes, value: bytes) -> bytes:
    if name in text or not text.endswith(b">>"):
        raise _not_sealable(f"an object has {name.decode()} already")
    return text[:-2] + name + value + b">>"


class _Signer(Signer):
    """pyHanko's maker of CMS with onelot's key, whose signatures are the same for the same bytes."""

    def __init__(self, key: SealingKey) -> None:
        certificates = [asn1_x509.Certificate.load(der) for der in key.der()]
        store = SimpleCertificateStore.from_certs(certificates[1:])  # type: ignore[no-untyped-call]
        super().__init__(signing_cert=certificates[0], cert_registry=store, embed_roots=True)
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: FBT001, FBT002 - pyHanko's
        """The signature of ``data``; a dry run needs its length, so it is no other."""
        assert digest_algorithm == "sha256" or dry_run
        return self._key.sign(data)

    def cms(self, digest: bytes, *, dry: bool = False) -> bytes:
        """The container (PAdES baseline B-B; ETSI EN 319 142-1) over a digest of the file."""
        found = asyncio.run(self.async_sign(digest, "sha256", dry_run=dry, use_pades=True))
        return bytes(found.dump())


def _not_sealable(why: str) -> Refused:
    return refuse(
        "dossier.not_sealable", "The printed dossier cannot be sealed.", where="dossier", got=why,
        hint="Is another version of Typst installed than the locked one?",
    )  # fmt: skip
