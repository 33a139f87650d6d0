"""Reader of B2MML and BatchML files."""

from __future__ import annotations

from onelot.intake.adapter import Extraction
from onelot.intake.b2mml.messages import SINGLES, begin
from onelot.intake.b2mml.prolog import looks_like_xml, read_prolog
from onelot.intake.b2mml.schemas import schema_folder, validate
from onelot.intake.b2mml.stream import Stream
from onelot.intake.b2mml.vocabulary import V7


class B2mmlAdapter:
    """Reader of B2MML/BatchML 7 and 4.01."""

    name = "b2mml"
    version = "1"

    def recognises(self, head: bytes, name: str) -> bool:
        """XML, or a file that calls itself XML."""
        return looks_like_xml(head) or name.lower().endswith(".xml")

    def read(self, data: bytes, name: str) -> Extraction:
        """Raises Refused (``intake.b2mml.*``) with line and element path of every fault, at most 100."""
        root_name = read_prolog(data, name)
        reading = Stream(data, root_name, name, SINGLES).run(lambda root: begin(root, name))
        folder = schema_folder()
        if folder is not None and reading.namespace == V7:
            validate(data, name, folder)
        document = reading.document or name.replace("\\", "/").rpartition("/")[2] or "unnamed"
        return Extraction(
            self.name, self.version, document, tuple(reading.extracts), issued_at=reading.created_at
        )
