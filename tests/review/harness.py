"""Tables of test cases for checks: ``cases/<check file>.yaml``, a few lines a case.

A file holds::

    check: RNG-ACTION
    mbr:                        # merged into the small MBR below, for every case of the file
      parameters:               # short for the parameters of phase up/op/wash
        - {id: temperature, type: number, unit: Cel, action: {low: 2, high: 8}, criticality: CPP}
    cases:
      - name: above the upper limit
        events:
          - parameter_recorded: {parameter: temperature, value: 8.1}
        findings:
          - {variant: outside, subject: up/op/wash/temperature, observed: 8.1 Cel}

- ``mbr`` (file or case; a case's is merged over the file's): keys of the MBR; mappings are merged, lists replaced.
  ``parameters`` are those of ``up/op/wash``; ``phases`` are the phases of ``up/op`` (then name them in events).
- ``baseline`` (file or case): ``parameters`` and ``joint`` of a baseline document.
- ``policy`` (file or case): keys of the review policy.
- ``events``: an event by the middle part of its name; lot ``L1``, phase ``up/op/wash``, the parameter's own unit
  and times are filled in where left out. Times: ``08:30`` is 2026-03-01T08:30Z, ``2 08:30`` the day after
  (``0 08:30`` the day before), else RFC 3339. A lot_opened is put first unless the case has one or says ``head: no``.
- ``findings``: exactly these, in any order; each compares only the fields it names (of Finding; also ``places``,
  the line numbers of the evidence: the case's events count 1.. and the head that is filled in is 0).
- ``status`` (optional): the CheckRun status expected for lot L1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from onelot.custody.events import RECORDED as CUSTODY
from onelot.execution.events import EVENTS as EXECUTION
from onelot.facts.build import fact_tables
from onelot.identity.events import RECORDED as IDENTITY
from onelot.intake.events import EVENTS as INTAKE
from onelot.kernel.events import Event, Sourced
from onelot.recipes.document import LoadedMbr, load_mbr, load_policy
from onelot.registry.events import RECORDED as REGISTRY
from onelot.review.baseline import Baseline, BaselineDocument
from onelot.review.engine import Reviewer
from onelot.review.verdict import Finding, Verdict
from onelot.supply.events import RECORDED as SUPPLY

CASES = Path(__file__).parent / "cases"
PHASE = "up/op/wash"

_EVENTS: dict[str, type[Event]] = {
    kind.event_name().split(".")[1]: kind
    for kind in (*EXECUTION, *IDENTITY, *CUSTODY, *SUPPLY, *REGISTRY, *INTAKE)
}
_SHORT_TIME = re.compile(r"(?:(\d+) )?(\d\d:\d\d(?::\d\d)?)")
_DEFAULTS: dict[str, str] = {
    "lot": "L1",
    "phase": PHASE,
    "coi_identifier": "COI-1",
    "product": "EXAMPLE",
    "mbr": "example",
    "mbr_version": "1",
    "site": "S1",
    "intended_market": "US",
    "use": "consumed",
    "quantity": "1",
    "material_lot": "ML-1",
    "document": "d1",
    "by_document": "d2",
}

MINIMAL_MBR: dict[str, Any] = {
    "format": "onelot-mbr/1",
    "id": "example",
    "version": "1",
    "title": "An example",
    "product": {"code": "EXAMPLE", "name": "An example", "modality": "other"},
    "effective_from": "2026-01-01",
    "specification": {
        "id": "spec",
        "version": "1",
        "tests": [{"id": "viability", "unit": "%"}],
        "markets": [
            {"market": "US", "criteria": [{"id": "viability", "test": "viability", "limits": {"low": "70"}}]}
        ],
    },
}


MINIMAL_BASELINE: dict[str, Any] = {
    "format": "onelot-baseline/1",
    "mbr": "example",
    "mbr_version": "1",
    "mbr_digest": "",
    "robust_distance": "4",
    "history_lots": 20,
    "lots": [],
    "parameters": [],
}


@dataclass(frozen=True)
class Case:
    """One case, ready to run."""

    check: str
    file: str
    name: str
    mbr: dict[str, Any]
    policy: dict[str, Any]
    baseline: dict[str, Any]
    events: tuple[Sourced, ...]
    findings: tuple[dict[str, Any], ...]
    status: str

    def verdict(self) -> Verdict:
        """Review the case with its check alone."""
        policy = {**self.policy, "checks": [self.check]}
        return reviewer(self.mbr, policy, self.baseline).review(fact_tables(self.events))


def merged(below: Any, above: Any) -> Any:
    """Mappings merged key by key, everything else replaced."""
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{key: merged(below.get(key), value) for key, value in above.items()}}
    return above


def full_mbr(fragment: dict[str, Any]) -> dict[str, Any]:
    """The small MBR with a fragment merged in; ``parameters`` and ``phases`` are shorthands."""
    fragment = dict(fragment)
    parameters = fragment.pop("parameters", [])
    phases = fragment.pop("phases", [{"id": "wash", "parameters": parameters}])
    procedure = {
        "id": "procedure",
        "unit_procedures": [{"id": "up", "operations": [{"id": "op", "phases": phases}]}],
    }
    return merged({**MINIMAL_MBR, "procedure": procedure}, fragment)


@lru_cache(maxsize=256)
def loaded_mbr(text: str) -> LoadedMbr:
    return load_mbr(text.encode(), "case.yaml")


@lru_cache(maxsize=64)
def _reviewer(mbr: str, policy: str, baseline: str) -> Reviewer:
    fitted = (
        Baseline(msgspec.convert(yaml.safe_load(baseline), BaselineDocument, strict=False))
        if baseline
        else None
    )
    return Reviewer(loaded_mbr(mbr), load_policy(policy.encode(), "policy.yaml"), fitted)


def reviewer(
    mbr_fragment: dict[str, Any], policy: dict[str, Any] | None = None, baseline: dict[str, Any] | None = None
) -> Reviewer:
    """A reviewer for ``full_mbr(mbr_fragment)``; minors stay minors unless the policy says otherwise."""
    document = {
        "format": "onelot-policy/1",
        "id": "test",
        "version": "1",
        "title": "Test",
        "minors_become_major": "1000",
        **(policy or {}),
    }
    fitted = {**MINIMAL_BASELINE, **baseline} if baseline else None
    return _reviewer(
        yaml.safe_dump(full_mbr(mbr_fragment)),
        yaml.safe_dump(document),
        yaml.safe_dump(fitted) if fitted else "",
    )


def build_event(name: str, fields: dict[str, Any], mbr: dict[str, Any]) -> Event:
    """An event from its short name and a few fields; see the module's docstring for what is filled in."""
    kind = _EVENTS[name]
    values = dict(fields)
    for field in msgspec.structs.fields(kind):
        if "datetime" in str(field.type) and field.name in values:
            values[field.name] = _time(values[field.name])
        if field.required and field.name not in values:
            values[field.name] = (
                _time("08:00") if "datetime" in str(field.type) else _DEFAULTS.get(field.name, "")
            )
    if name == "series_recorded":
        values["points"] = [[_time(at), *rest] for at, *rest in values["points"]]
    if name == "lot_opened":
        values.setdefault("intended_market", "US")
    if "unit" not in fields and (unit := _unit(name, values, mbr)):
        values["unit"] = unit
    return msgspec.convert(values, kind, strict=False)


def sourced(events: list[dict[str, Any]], mbr: dict[str, Any], *, head: bool = True) -> tuple[Sourced, ...]:
    """Events with evidence: position = line = 1.. in the order given; a head that is filled in is line 0."""
    built = [build_event(name, fields or {}, mbr) for event in events for name, fields in event.items()]
    found = [
        Sourced(position=number, event=event, document="case", place=f"line {number}")
        for number, event in enumerate(built, 1)
    ]
    if head and not any("lot_opened" in event for event in events):
        opened = build_event("lot_opened", {}, mbr)
        found.append(Sourced(position=1_000_000, event=opened, document="case", place="line 0"))
    return tuple(found)


def cases(only: str | None = None) -> Iterator[Case]:
    """Every case of every file, or of one file (its name without ``.yaml``)."""
    for path in sorted(CASES.glob(f"{only or '*'}.yaml")):
        table = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        for case in table["cases"]:
            mbr = _nulls(merged(table.get("mbr") or {}, case.get("mbr") or {}))
            yield Case(
                check=table["check"],
                file=path.stem,
                name=case["name"],
                mbr=mbr,
                baseline=_nulls(merged(table.get("baseline") or {}, case.get("baseline") or {})),
                policy=merged(table.get("policy") or {}, case.get("policy") or {}),
                events=sourced(case.get("events") or [], full_mbr(mbr), head=case.get("head") != "no"),
                findings=tuple(case.get("findings") or ()),
                status=case.get("status", ""),
            )


def fits(finding: Finding, expected: dict[str, Any]) -> bool:
    """Whether a finding has every field that the expectation names."""
    actual = {name: str(getattr(finding, name)) for name in finding.__struct_fields__}
    actual["places"] = " ".join(item.place.removeprefix("line ") for item in finding.evidence)
    return all(actual[name] == value for name, value in expected.items())


def _nulls(value: Any) -> Any:
    """Text ``null`` as none, as in an MBR."""
    if isinstance(value, dict):
        return {key: _nulls(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_nulls(item) for item in value]
    return None if value == "null" else value


def _time(text: Any) -> Any:
    short = _SHORT_TIME.fullmatch(text) if isinstance(text, str) else None
    if short is None:
        return text
    clock = short[2] if len(short[2]) == 8 else f"{short[2]}:00"
    day = int(short[1]) if short[1] else 1
    return f"2026-03-{day:02d}T{clock}Z" if day else f"2026-02-28T{clock}Z"


def _unit(name: str, values: dict[str, Any], mbr: dict[str, Any]) -> str:
    """The unit that the MBR has for what the event records."""
    if name == "result_reported":
        return _unit_of(mbr["specification"]["tests"], "id", values["test"])
    if name == "series_recorded":
        return _unit_of(mbr.get("series", []), "id", values["series"])
    phase = _phase(mbr, values.get("phase", ""))
    if name == "parameter_recorded":
        return _unit_of(phase.get("parameters", []), "id", values["parameter"])
    if name == "material_used":
        return _unit_of(phase.get("materials", []), "material", values["material"])
    return ""


def _unit_of(items: list[dict[str, Any]], key: str, wanted: str) -> str:
    return next((item.get("unit", "") for item in items if item[key] == wanted), "")


def _phase(mbr: dict[str, Any], path: str) -> dict[str, Any]:
    for unit_procedure in mbr["procedure"]["unit_procedures"]:
        for operation in unit_procedure["operations"]:
            for phase in operation["phases"]:
                if f"{unit_procedure['id']}/{operation['id']}/{phase['id']}" == path:
                    return phase
    return {}
