"""The headers of SQL files: what a check or a shared step says about itself, in TOML before its SELECT."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from onelot.facts.schema import TABLES
from onelot.kernel.canonical import digest
from onelot.kernel.refusals import Refusal, Refused
from onelot.recipes.limits import LIMIT_TABLES
from onelot.review.verdict import Severity

_OPENS, _CLOSES = "/*---", "---*/"
_WORDS = {"subject", "expected", "observed", "detail", "title"}

Criticality = Literal["CQA", "CPP", "KPP", "none"]
Kind = Literal[
    "RNG", "ALR", "CMP", "SEQ", "HLD", "TPV", "SIG", "CAL", "TRN", "MAT", "REC", "IDM", "SPC", "CALC", "AUD", "LAT",
    "ALM", "TRD", "ENV", "VER", "DEV", "CUS", "DUP", "STA", "ENG",
]  # fmt: skip
"""Kinds of rule: range, alert, completeness, sequence, hold time, two-person verification, signature, calibration,
training, material, reconciliation, identity match, specification, recalculation, audit trail, late entry, alarm,
trend of a series, environment, version, quality event, custody, duplicate, statistics, engine."""

CoveredKind = Literal[
    "parameter:limited", "parameter:choice", "parameter:typed", "parameter:trended", "parameter:verified",
    "phase", "material", "equipment", "series", "test", "identity", "label", "custody", "alarm", "change", "comment",
]  # fmt: skip
"""What a check judges, for coverage. ``parameter:limited`` are numbers with a band, ``typed`` integers, truth
values and times, ``choice`` those with a list of answers; a free text is covered by no rule about its content."""

BASELINE_TABLES = ("baseline_parameter", "baseline_coefficient", "baseline_precision")
BUILT_IN_STEPS = ("unit_conversion", "choice_text", "policy", *BASELINE_TABLES)
"""Tables that the engine itself provides beside facts and limits."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Variant(_Part):
    """One way in which a check finds something."""

    sentence: Text
    severity: dict[Criticality, Severity]

    @field_validator("severity", mode="before")
    @classmethod
    def _one_for_all(cls, value: Any) -> Any:
        return dict.fromkeys(("CQA", "CPP", "KPP", "none"), value) if isinstance(value, str) else value

    @field_validator("severity")
    @classmethod
    def _all_four(cls, value: dict[str, str]) -> dict[str, str]:
        missing = {"CQA", "CPP", "KPP", "none"} - set(value)
        if missing:
            raise ValueError(f"no severity for {', '.join(sorted(missing))}")
        return value

    @field_validator("sentence")
    @classmethod
    def _known_words(cls, value: str) -> str:
        used = {name for _, name, _, _ in string.Formatter().parse(value) if name is not None}
        if unknown := used - _WORDS:
            raise ValueError(f"unknown placeholder {', '.join(sorted(unknown))}")
        return value


class Need(_Part):
    """Without rows of ``table`` the check could not run, if the MBR has rows in ``when``."""

    table: str
    when: str
    why: Text


class _Reads(_Part):
    reads: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    skip_when_empty: tuple[str, ...] = Field(
        (), description="tables: if one of them is empty, the SELECT returns no row"
    )
    only_if_any: tuple[str, ...] = Field(
        (), description="tables: if all of them are empty (and only_if does not hold), as for skip_when_empty"
    )
    only_if: str = Field(
        "",
        description="SQL condition: if it does not hold (and every table of only_if_any is empty), the SELECT returns "
        "no row, or in a step none in which a check could find anything",
    )
    file: str
    """Name of the file without ``.sql``."""
    sql: Text

    @cached_property
    def digest(self) -> str:
        """SHA-256 of header and statement, part of every review's engine version."""
        return digest(self.model_dump_json().encode())


class Step(_Reads):
    """A shared intermediate table."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    why: Text


class Check(_Reads):
    """One rule of the review."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3,4}(-[A-Z0-9]+)+$")]
    title: Text
    kind: Kind
    clause: Text
    explains: Text
    needs: tuple[Need, ...] = ()
    applies_if: tuple[str, ...] = ()
    covers: tuple[CoveredKind, ...] = ()
    variants: dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")], Variant] = Field(
        min_length=1
    )


def parse_check(text: str, name: str) -> Check:
    """Read one check file. Raises Refused with every error of its header (``review.bad_header``)."""
    check = _parse(text, name, Check)
    wrong = [*_unknown(check, name)]
    if not check.id.startswith(f"{check.kind}-"):
        wrong.append(_error(name, "id", f"the prefix of the kind, {check.kind}-", check.id))
    for table in check.applies_if:
        if table not in LIMIT_TABLES:
            wrong.append(_error(name, "applies_if", "a limit table", table))
    for need in check.needs:
        if need.table not in TABLES:
            wrong.append(_error(name, "needs.table", "a fact table", need.table))
        if need.when not in LIMIT_TABLES:
            wrong.append(_error(name, "needs.when", "a limit table", need.when))
    if wrong:
        raise Refused(wrong)
    return check


def parse_step(text: str, name: str) -> Step:
    """Read one step file. Raises Refused with every error of its header (``review.bad_header``)."""
    step = _parse(text, name, Step)
    if wrong := [*_unknown(step, name)]:
        raise Refused(wrong)
    return step


_Model = TypeVar("_Model", bound=_Reads)


def _parse(text: str, name: str, model: type[_Model]) -> _Model:
    opening, header, closing, sql = _split(text)
    if not (opening and closing):
        raise Refused(_error(name, "header", f"{_OPENS} TOML {_CLOSES} before the SELECT", text[:40]))
    try:
        values = tomllib.loads(header)
    except tomllib.TOMLDecodeError as error:
        raise Refused(_error(name, "header", "TOML", str(error))) from error
    try:
        return model(**{**values, "file": name.removesuffix(".sql"), "sql": sql})
    except ValidationError as error:
        raise Refused(
            _error(name, ".".join(map(str, item["loc"])), item["msg"], repr(item["input"])[:120])
            for item in error.errors()
        ) from error


def _split(text: str) -> tuple[bool, str, bool, str]:
    before, opens, rest = text.partition(_OPENS)
    header, closes, sql = rest.partition(_CLOSES)
    return bool(opens) and not before.strip(), header, bool(closes), sql


def _unknown(part: _Reads, name: str) -> Iterable[Refusal]:
    own = {*part.reads, *part.limits, *part.steps}.__contains__
    known: tuple[tuple[str, tuple[str, ...], Callable[[str], bool], str], ...] = (
        ("reads", part.reads, TABLES.__contains__, "a fact table"),
        ("limits", part.limits, LIMIT_TABLES.__contains__, "a limit table"),
        ("skip_when_empty", part.skip_when_empty, own, "a table of reads, limits or steps"),
        ("only_if_any", part.only_if_any, own, "a table of reads, limits or steps"),
    )
    for field, tables, is_known, expected in known:
        for table in tables:
            if not is_known(table):
                yield _error(name, field, expected, table)
    if not part.sql.upper().startswith(("SELECT", "WITH")) or ";" in part.sql:
        yield _error(name, "sql", "one SELECT without a semicolon", part.sql[:40])


def _error(name: str, where: str, expected: str, got: str) -> Refusal:
    return Refusal(
        "review.bad_header",
        "The header of this SQL file is not right.",
        where=f"{name}: {where}",
        expected=expected,
        got=got,
    )
