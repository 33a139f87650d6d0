"""What checks put into their sentences beside values of the record, so that it can be said in another language.

Findings are stored as English text. These are the templates of their parts by check; what fits none of the check's
templates is a value of the record, which is never touched. ``low``, ``count`` and the like stand for numbers only.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

from onelot.kernel.said import PART, Said, recognised

_LIMITS = (
    "exactly {value}", "{low} to {highest}", "at least {least}", "at most {most}", "above {floor}", "below {ceiling}",
    "at least {least} and below {ceiling}", "above {floor} and at most {most}", "above {floor} and below {ceiling}",
)  # fmt: skip
_OCCURRENCE = ("occurrence {count}",)
_RUN = ("run {count}",)
_BLANK = ("(blank)",)
_NOT_RECORDED = ("(not recorded)",)
_PHASE = ("phase {phase}",)
_TIMES = ("at least {count} times", "at most {count} times", "{count} times", "runs of the phase: {count}")
_ENTRIES = ("{count} entry", "{count} entries")
_READINGS = ("{count} reading", "{count} readings", "of {count}", "none")

PHRASES: Mapping[str, tuple[str, ...]] = {
    "AUD-ACCOUNT": ("an enabled account", *_ENTRIES),
    "RNG-ACTION": (*_LIMITS, *_OCCURRENCE),
    "ALR-ALERT": (*_LIMITS, *_OCCURRENCE),
    "RNG-PLAUSIBLE": (*_LIMITS, *_OCCURRENCE),
    "RNG-UNIT": _OCCURRENCE,
    "RNG-TYPE": ("number", "integer", "boolean", "datetime", *_OCCURRENCE),
    "RNG-CHOICE": ("one answer", *_OCCURRENCE),
    "ALM-ALARM": (
        "no critical alarm", "raised first", "cleared", "acknowledged", "outside every phase",
        "outside every phase, {device}", "phase {phase}, {device}", *_PHASE,
    ),
    "HLD-CLOCK": (
        "at most {most}", "at least {least}", "end after start", "a time for {point}", "none recorded",
        "from {start} to {end}",
    ),
    "ALR-CLOCK": ("from {start} to {end}",),
    "AUD-COMMENT": ("a person reads it", "Somebody"),
    "DUP-SERIES": ("{series} of lot {lot}", "{count} readings", "in the same order"),
    "DUP-VALUES": ("{count} values", "all trended parameters", "run {count}"),
    "CUS-CHAIN": (
        "a container without identifier", "container {container}", "unbroken custody",
        "receipt by {party} is not recorded", "the same last party", "at {party}, others at {other}",
        "hand-overs", "none",
        "a leg of the master batch record", "{party} to {other}",
    ),
    "AUD-CHANGE": (
        *_BLANK, "value", "value, by {person}", "value, by {person}, reason: {reason}", "value, reason: {reason}",
        "{field}, by {person}, reason: {reason}", "{field}, by {person}", "{field}, reason: {reason}",
    ),
    "CAL-CLASS": ("none recorded", "a class named for the phase", *_RUN, *_PHASE),
    "CAL-VALID": (
        "calibration", "cleaning", "qualification", "none", "expired {count} min before the use",
        "expired {count} min before the end of the use", *_PHASE,
    ),
    "CMP-EXTRA": (
        "not in the master batch record", "recorded {count} times", "Time series", "Test", "Identity point", "Label",
        "Custody leg", *_PHASE,
    ),
    "IDM-CONTAINER": (
        "the {carrier}", "a container received or produced in this lot", "a container of one lot", *_PHASE,
    ),
    "IDM-MATCH": (
        *_BLANK, *_NOT_RECORDED, "{carrier} (coi identifier)", "{carrier} (lot)", "{carrier} (container)",
        "donation identification number", "a donation identification number",
        "a donation identification number with the right check character", "a {kind} identifier",
    ),
    "IDM-POINT": (
        "no reading", "an identifier of the lot", "a point of the master batch record", "a {kind}", "A {carrier}",
    ),
    "REC-LABEL": (
        "a difference of at most {count}", "a label of the master batch record", "{count} too many",
        "{count} unaccounted for", "a count", "no count",
        "{printed} printed, {applied} applied, {scrapped} scrapped, {retained} retained",
    ),
    "LAT-ENTRY": ("in time", "occurrence {count}, {person}", "run {count}, {person}", "lot {lot}, {person}"),
    "VER-MARKET": ("none", "{count} markets, {first} to {last}"),
    "REC-MATERIAL": (*_LIMITS, *_ENTRIES, *_BLANK, "nothing received", "received and accounted for",
        "no movement", "{use}, phase {phase}", "none recorded"),
    "MAT-IDENTITY": (
        "a material of the master batch record", "a lot number", "a phase that needs it", "one material lot",
        "no lot number", "lot {lot}", "lots {first} and {last}", "{count} lots, from {first} to {last}",
        "consumed in {count} entries", "{use}, phase {phase}",
    ),
    "MAT-QUANTITY": (
        *_LIMITS, *_BLANK, "more than 10^12 in {count} entries", "{quantity} in {count} entries",
        "{phase}, run {count}",
        *_PHASE,
    ),
    "MAT-STATUS": (
        "released", "status {status}, phase {phase}", "status {status}, released {count} min later, phase {phase}",
        "{material}, phase {phase}", "expired {count} min before, phase {phase}", *_PHASE,
    ),
    "VER-MBR": ("a head", "none"),
    "CMP-MISSING-ENTRY": ("not in the record", *_TIMES),
    "CMP-MISSING-PHASE": ("not in the record", *_TIMES),
    "CMP-NOT-RECORDED": ("a reason", "a value", "blank", "not applicable"),
    "SEQ-ORDER": (
        "its end is not recorded", "ended {count} min {seconds} s after the start",
        "started {count} min {seconds} s after the start", "not completed", "run {count}, by {duration}", *_RUN,
    ),
    "SEQ-DURATION": ("at most {most}", *_RUN),
    "SEQ-STATE": ("completed", "skipped", "aborted"),
    "SEQ-TIMES": (
        "end after start", "a start time", "an end time", "completed", "running", "none recorded",
        "ended {count} min {seconds} s before the start", *_RUN,
    ),
    "SPC-REPEAT": (
        *_BLANK, "no sample named", "sample {sample}", "a reason", "an assessed reason", "no reason",
        "reason: {reason}",
        "occurrences {count} and {later}", *_OCCURRENCE,
    ),
    "SEQ-REPEATED": ("{count} reasons", "{count} runs, {reasons} reasons", *_TIMES),
    "TRD-SAMPLING": (
        "{count} entries have no time", "run {count}, from the start to the end",
        "run {count}, from the start to an entry",
        "run {count}, from an entry to the end", "run {count}, from an entry to an entry",
    ),
    "TPV-SECOND-PERSON": (
        "a check by machine", "a second person", "at most {most}", "nobody", "machine", "no time",
        "verified by {person}",
        "phase, run {count}", "entry {count}", "{use} in {phase}", "{kind} read from {carrier}",
    ),
    "TRD-SERIES": (
        "readings", "good readings", "numbers", "no unit", "a series of the master batch record",
        "readings that vary",
        "until a reading of {device}", "{count} readings of {value}", "of {count}, {device}", *_READINGS,
    ),
    "TRD-EXCURSION": (
        *_LIMITS, "the accepted area", "{minutes} min, {count} readings",
        "{minutes} min, {count} readings, {device}", "{count} excursion",
        "{count} excursions", "longest stay {minutes} min", "{count} readings",
    ),
    "SPC-RESULT": (
        *_LIMITS, *_NOT_RECORDED, "no result", "pending", "invalidated", "final", "negative to date",
        "{value} or {count} more", "criterion {criterion}, market {market}",
        "criterion {criterion}, market {market}, sample {sample}",
        "criterion {criterion}, market {market}, no alternative passes, nearest is {test}",
        "criterion {criterion}, market {market}, no alternative passes, nearest is {test}, sample {sample}",
        "a market of the specification",
    ),
    "SPC-REPORT": (
        "a test of the specification", "two people", "no method named",
        "tested {count} min before the sample was taken",
        "reported {count} min before it was tested", "reported {count} min before the sample was taken",
        "reviewed {count} min before it was tested", "occurrence {count}, analyst {person}", *_OCCURRENCE,
    ),
    "TRN-VALID": _ENTRIES,
    "AUD-TWO-PLACES": (
        "one place at a time", "{count} min together", "less than 1 min apart", "{place} and {other}",
    ),
    "TRD-UNUSUAL-MULTI": (
        "{count} parameters, farthest {parameter}", "all values", "{parameter} is not recorded as a number",
        "{count} of {all} parameters", "a baseline for all together", "{count} parameters",
        "the baseline holds too few lots for so many parameters, or none is given",
    ),
    "TRD-UNUSUAL": (
        "about {value}", "{deviations} robust standard deviations too high",
        "{deviations} robust standard deviations too low",
        "at least {count} lots", "{count} parameter", "{count} parameters", "no baseline is given, first {parameter}",
        "its baseline holds too few lots, first {parameter}",
    ),
    "REC-YIELD": (
        *_LIMITS, "negative", "more than 1000000 %", "{parameter} is not recorded", "division by zero",
        "not plain numbers in units that convert",
    ),
    "ENG-COULD-NOT-RUN": ("the check runs", "it could not run"),
}  # fmt: skip
"""By check id."""

VALUES: Mapping[str, tuple[str, ...]] = {
    "RNG-ACTION": (), "ALR-ALERT": (), "RNG-PLAUSIBLE": (), "RNG-UNIT": (), "RNG-TYPE": (), "RNG-CHOICE": (),
    "AUD-COMMENT": (), "AUD-CHANGE": _BLANK, "IDM-MATCH": _BLANK, "SPC-REPEAT": _BLANK,
}  # fmt: skip
"""By check: the only templates for what was observed, where that is what the record holds."""
CHANGED = frozenset({"AUD-CHANGE", "SPC-REPEAT", "RNG-CHOICE"})
"""Checks whose expectation is what the record held before, or what the master batch record lists."""


def limits(text: str) -> Said | str:
    """A band of a master batch record (``recipes.columns.limit_text``) as it was made."""
    return phrase("RNG-ACTION", "expected", text)


def phrase(check: str, part: Literal["expected", "observed", "detail"], text: str) -> Said | str:
    """What a check put into a sentence, as it was made; a value of the record as it stands."""
    found = recognised(text, _templates(check, part)) if text else None
    return text if found is None else found


@cache
def _templates(check: str, part: str) -> tuple[str, ...]:
    """What may stand in this part, those with the most words of their own first."""
    known = PHRASES.get(check, ())
    if check in VALUES and (part == "observed" or (part == "expected" and check in CHANGED)):
        known = VALUES[check]
    return tuple(sorted(known, key=lambda one: (-len(PART.sub("", one)), one)))
