"""Find the sentences that rooms say: literals in refusals and in ``said``, headers of checks, and their phrases.

Rooms below the pages do not know Django, so its own collecting (``scripts/messages.py``) does not see what they say.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SAYING = {
    "said": 0, "counted": 0, "word": 0, "refuse": 1, "Refusal": 1, "Fault": 1, "fault": 1, "_fault": 1,
    "MalformedError": 1, "_refuse_self": 1, "_check": 1, "_wrong": 0, "_unreadable": 0, "_broken": 0,
    "Blocker": 1, "Item": 1,
}  # fmt: skip
"""Functions whose literals people read, and from which argument on."""
WORDED = frozenset({"what", "where", "expected", "hint"})
"""Arguments in which one word is a sentence, too."""
NAMED = frozenset(
    {"what", "hint", "detail", "COULD_NOT_RUN_SENTENCE", "_PLAIN", "_DURATION", "_NUMBER", "_DATE", "SCOPES"}
)
"""Names that hold sentences until they are said."""
COMMAND_LINE = (
    "cli/", "simulation/", "verify/", "settings/", "facts/", "ledger/catalogue.py", "ledger/checkpoint.py",
    "ledger/export.py", "ledger/exported.py", "ledger/merkle.py", "ledger/proof.py", "ledger/publishing.py",
    "ledger/audit.py", "ledger/shapes.py", "ledger/tree.py", "ledger/verifier.py", "review/baseline.py",
    "review/checks/", "review/decisions.py", "review/headers.py", "review/spark.py", "review/steps/",
    "review/qualification.py", "review/backtest.py", "review/engine.py", "review/archive.py", "kernel/clock.py",
    "kernel/refusals.py", "jsonapi/operations/", "jsonapi/authentication.py", "jsonapi/cursors.py",
    "jsonapi/middleware.py", "jsonapi/allowance.py", "jsonapi/openapi.py", "jsonapi/operation.py",
)  # fmt: skip
"""What only the command line, the offline verifier or another machine (the API) is told; it stays English."""
LISTS = frozenset({"review/phrases.py", "web/words.py"})
"""Files whose strings are all translated: what checks put into sentences, and words."""


@dataclass(frozen=True)
class Sentence:
    """A text to translate; with ``plural`` where its number matters."""

    text: str
    plural: str = ""


def sentences(root: Path) -> list[Sentence]:
    """All of them, once each, in the order of the files."""
    found: dict[Sentence, None] = {}
    for path in sorted((root / "onelot").rglob("*.py")):
        name = path.relative_to(root / "onelot").as_posix()
        if not name.startswith(COMMAND_LINE):
            tree = ast.parse(path.read_text("utf-8"))
            found |= dict.fromkeys(_phrases(tree) if name in LISTS else [*_spoken(tree), *_named(tree)])
    for path in sorted((root / "onelot" / "review" / "checks").glob("*.sql")):
        found |= dict.fromkeys(_of_check(path.read_text("utf-8")))
    return [*found]


def calls(tree: ast.AST) -> Iterator[tuple[str, list[ast.expr], list[ast.keyword]]]:
    """Calls of functions that say something: the name, and the arguments that people read."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            name = (
                function.id if isinstance(function, ast.Name)
                else function.attr if isinstance(function, ast.Attribute) else ""
            )  # fmt: skip
            if name in SAYING:
                yield name, node.args[SAYING[name] :], node.keywords


def _spoken(tree: ast.AST) -> Iterator[Sentence]:
    for name, arguments, keywords in calls(tree):
        if name == "counted":
            one, many = (ast.literal_eval(argument) for argument in arguments[:2])
            yield Sentence(one, many)
        elif name in ("said", "word"):
            if isinstance(arguments[0], ast.Constant):
                yield Sentence(str(arguments[0].value))
        else:
            for argument in arguments:
                yield from (Sentence(text) for text in literals(argument) if " " in text)
            for keyword in keywords:
                if keyword.arg in WORDED:
                    yield from (Sentence(text) for text in literals(keyword.value))


def _named(tree: ast.AST) -> Iterator[Sentence]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            named = (name for target in targets for name in ast.walk(target))
            if any(isinstance(name, ast.Name) and name.id in NAMED for name in named):
                for text in _within(node.value):
                    yield Sentence(text)


def _within(node: ast.expr) -> Iterator[str]:
    """Literals with several words, in a table or on one side of a choice."""
    if isinstance(node, ast.Tuple | ast.List):
        for item in node.elts:
            yield from _within(item)
    elif isinstance(node, ast.Dict):
        for item in node.values:
            yield from _within(item)
    else:
        yield from (text for text in literals(node) if " " in text)


def literals(node: ast.expr) -> Iterator[str]:
    """Strings that an argument may be as they stand: not parts of others, and no arguments of a call."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and any(letter.isalpha() for letter in node.value):
            yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from literals(value)


def _phrases(tree: ast.AST) -> Iterator[Sentence]:
    for statement in ast.iter_child_nodes(tree):
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            for node in ast.walk(statement.value):
                if isinstance(node, ast.Tuple):
                    for item in node.elts:
                        if isinstance(item, ast.Constant) and isinstance(item.value, str):
                            yield Sentence(item.value)


def _of_check(text: str) -> Iterator[Sentence]:
    header = tomllib.loads(text.partition("/*---")[2].partition("---*/")[0])
    yield Sentence(header["title"])
    for need in header.get("needs", ()):
        yield Sentence(need["why"])
        yield Sentence(f"{need['why'][:1].upper()}{need['why'][1:]}")
    for variant in header.get("variants", {}).values():
        yield Sentence(" ".join(variant["sentence"].split()))
