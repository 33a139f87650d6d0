"""YAML written by hand, read so that every value keeps its line and every scalar stays text.

libyaml does the parsing. Anchors, aliases, tags, duplicate keys and several documents in one file are refused:
a document that people approve says everything where it stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.kernel.said import said

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 40
_DEEPEST_COMPOSED = 200
"""libyaml's composer calls itself for each level, and ends the process when the stack does."""

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class YamlDocument:
    """``value``: dicts, lists and text. ``lines``: line (from 1) of each path's value or, for a mapping, its key.

    ``faults`` are what YAML allows and this project does not, each with its path; ``unread`` the paths whose values
    are None because of them.
    """

    name: str
    value: Any
    lines: dict[Path, int] = field(repr=False)
    faults: tuple[tuple[Path, Refusal], ...] = ()
    unread: tuple[Path, ...] = ()

    def where(self, path: Path) -> str:
        """``file:line (a/b/2/c)`` for a path, or for the nearest part of it that is in the file."""
        dotted = "/".join(str(step + 1) if isinstance(step, int) else step for step in path)
        place = f"{self.name}:{self.line(path)}"
        return f"{place} ({dotted})" if dotted else place

    def line(self, path: Path) -> int:
        """The line of a path, or of the nearest part of it that is in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(data: bytes, name: str) -> YamlDocument:
    """Read one YAML document. Raises Refused (``yaml.*``) with the line of every structural fault."""
    document = read_yaml_with_faults(data, name)
    if document.faults:
        raise Refused(refusal for _, refusal in document.faults)
    return document


def read_yaml_with_faults(data: bytes, name: str) -> YamlDocument:
    """Read one YAML document with its structural faults, for a caller that looks for others too.

    Raises Refused (``yaml.*``) where there is nothing to look at: it is not one well-formed document.
    """
    text = _decode(data, name)
    try:
        _check_depth(text, name)
        nodes = list(yaml.compose_all(text, Loader=yaml.CBaseLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise refuse(
            "yaml.not_well_formed",
            said(
                "This is not well-formed YAML: {error}.", error=str(getattr(error, "problem", None) or error)
            ),
            where=f"{name}:{mark.line + 1}" if mark else name,
            hint="Check indentation, colons and quotes on this line and the one before; YAML allows no tabs.",
        ) from error
    if len(nodes) != 1 or nodes[0] is None:
        raise refuse(
            "yaml.one_document", "The file does not hold exactly one document.", where=name,
            expected="one document", got=f"{len([node for node in nodes if node is not None])}",
        )  # fmt: skip
    reader = _Reader(name)
    value = reader.convert(nodes[0], ())
    return YamlDocument(name, value, reader.lines, tuple(reader.faults), tuple(reader.unread))


def _check_depth(text: str, name: str) -> None:
    """Raises Refused (``yaml.too_deep``) before anything is built, and what the parser raises."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CBaseLoader):
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            depth += 1
            if depth > _DEEPEST_COMPOSED:
                mark = event.start_mark
                raise refuse(
                    "yaml.too_deep", said("Nested deeper than {max_depth} levels.", max_depth=MAX_DEPTH),
                    where=f"{name}:{mark.line + 1}" if mark else name,
                )  # fmt: skip
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            depth -= 1


def _decode(data: bytes, name: str) -> str:
    if len(data) > MAX_BYTES:
        raise refuse(
            "yaml.too_large", "The file is too large for a document written by hand.", where=name,
            expected=said("at most {max_bytes} bytes", max_bytes=MAX_BYTES), got=said("{count} bytes", count=len(data)),
        )  # fmt: skip
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise refuse(
            "yaml.not_utf8",
            "The file is not UTF-8.",
            where=f"{name}:{line}",
            expected="UTF-8 text",
            got=said("byte 0x{data}", data=f"{data[error.start]:02x}"),
            hint="Save the file as UTF-8.",
        ) from error
    # libyaml would stop here with a message about a "reader error" and no line.
    for number, line_text in enumerate(text.split("\n"), 1):
        if any(ord(char) < 32 and char not in "\t\r" for char in line_text):
            raise refuse(
                "yaml.control_character", "The file holds a control character.", where=f"{name}:{number}",
                expected="text", hint="Is this really a YAML file?",
            )  # fmt: skip
    return text


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Path, int] = {}
        self.faults: list[tuple[Path, Refusal]] = []
        self.unread: list[Path] = []
        self._seen: set[int] = set()

    def convert(self, node: yaml.Node, path: Path) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if id(node) in self._seen:
            return self._unread("yaml.alias", "Anchors and aliases are not allowed here.", line, path)
        self._seen.add(id(node))
        if len(path) > MAX_DEPTH:
            return self._unread(
                "yaml.too_deep",
                said("Nested deeper than {max_depth} levels.", max_depth=MAX_DEPTH),
                line,
                path,
            )
        if node.tag.startswith("!"):
            return self._unread("yaml.tag", f"The tag {node.tag} is not allowed here.", line, path)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.convert(item, (*path, index)) for index, item in enumerate(node.value)]
        # A value left empty, or null: nothing. Quoted, it is text.
        plain = getattr(node, "style", None) not in ("'", '"', "|", ">")
        return None if plain and node.value in ("", "null", "~") else node.value

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._fault("yaml.key", "A key must be a plain word.", line, path)
                continue
            key = key_node.value
            if key == "<<":
                self._fault("yaml.alias", "Merge keys are not allowed here.", line, path)
                continue
            if key in found:
                self._fault(
                    "yaml.duplicate_key",
                    said("The key {key} is given twice.", key=repr(key)),
                    line,
                    (*path, key),
                )
                continue
            self.lines[(*path, key)] = line
            found[key] = self.convert(value_node, (*path, key))
        return found

    def _unread(self, code: str, what: str, line: int, path: Path) -> None:
        self._fault(code, what, line, path)
        self.unread.append(path)

    def _fault(self, code: str, what: str, line: int, path: Path) -> None:
        dotted = "/".join(str(step) for step in path)
        self.faults.append((path, Refusal(code, what, where=f"{self.name}:{line} ({dotted})")))
