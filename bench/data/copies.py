"""Copies a block of lots again and again: entries with new names and positions, and the rows of the read models."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from hashlib import md5
from typing import Any

from django.db import connections, models, transaction

from onelot.ledger.catalogue import Prepared, terms
from onelot.ledger.store import Ledger
from onelot.ledger.writing import head, turn

_NUMBERED = re.compile(rb"(BENCH-26-|COI-|review-|question-|s1-|s2-|0{50})(\d{6,14})(?![0-9])")
_KEY = re.compile(rb"(?<![0-9a-f-])[0-9a-f]{32}(?![0-9a-f-])")
_PLACES = re.compile(rb'"(?:evidence":\[[^]]*|through_position":\d+)')
_NUMBER = re.compile(rb"\d+")
_ENTRIES_AT_ONCE = 10_000
_RENAMED = """
CREATE OR REPLACE FUNCTION bench_text(v text, shift int) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    IF v ~ '^BENCH-26-[0-9]{6}$' THEN RETURN 'BENCH-26-' || lpad((right(v, 6)::int + shift)::text, 6, '0'); END IF;
    IF v ~ '^(COI|review|question|s1|s2)-[0-9]{8}$' THEN
        RETURN regexp_replace(v, '[0-9]{8}$', '') || lpad((right(v, 8)::int + shift)::text, 8, '0');
    END IF;
    IF v ~ '^0{50}[0-9]{14}$' THEN RETURN lpad((right(v, 8)::int + shift)::text, 64, '0'); END IF;
    IF v ~ '^[0-9a-f]{32}$' THEN RETURN md5(v || ' ' || shift); END IF;
    IF v ~ '^s[12]-[0-9]{8}[|]' THEN
        RETURN bench_text(split_part(v, '|', 1), shift) || '|' || bench_text(split_part(v, '|', 2), shift);
    END IF;
    IF v ~ '^(lot|signature):' THEN
        RETURN split_part(v, ':', 1) || ':' || bench_text(split_part(v, ':', 2), shift);
    END IF;
    RETURN v;
END $$
"""


class _Bulk(Ledger):
    """A ledger that takes what was prepared already, and tells no projector."""

    def append_prepared(self, prepared: list[Prepared]) -> None:
        connection = connections[self.alias]
        with turn(connection, alone=False):
            self._add(prepared, head(connection))


class Copies:
    """The block of lots, numbered from 0 on, whose first entry stands at position ``first``; nothing came after it."""

    def __init__(self, ledger: Ledger, first: int, lots: int) -> None:
        self._ledger = _Bulk(ledger.catalogue, alias=ledger.alias)
        self._first, self._last, self._lots = first, ledger.size(), lots
        stored = [*ledger.read_bytes(after=first - 1)]
        self._facts = [data[8 : data.rindex(b',"position":')] for data in stored]
        self._terms = ["\n".join(terms(data)).encode() for data in stored]
        with connections[ledger.alias].cursor() as cursor:
            cursor.execute(_RENAMED)
        self._statements = [*self._copying()]

    def add(self, shift: int) -> None:
        """One more block, its lots numbered ``shift`` higher."""
        delta = self._ledger.size() + 1 - self._first
        renamed = self._renamer(shift, delta)
        with transaction.atomic():
            for begin in range(0, len(self._facts), _ENTRIES_AT_ONCE):
                chosen = slice(begin, begin + _ENTRIES_AT_ONCE)
                self._ledger.append_prepared(
                    [
                        Prepared(renamed(fact), tuple(renamed(text).decode().split("\n")))
                        for fact, text in zip(self._facts[chosen], self._terms[chosen], strict=True)
                    ]
                )
            with connections[self._ledger.alias].cursor() as cursor:
                for statement in self._statements:
                    cursor.execute(statement, {"shift": shift, "delta": delta})

    def _renamer(self, shift: int, delta: int) -> Callable[[bytes], bytes]:
        def number(found: re.Match[bytes]) -> bytes:
            return found[1] + str(int(found[2]) + shift).encode().rjust(len(found[2]), b"0")

        def key(found: re.Match[bytes]) -> bytes:
            return md5(found[0] + f" {shift}".encode()).hexdigest().encode()

        def place(found: re.Match[bytes]) -> bytes:
            at = int(found[0])
            return str(at + delta if self._first <= at <= self._last else at).encode()

        def renamed(text: bytes) -> bytes:
            text = _NUMBERED.sub(number, text)
            if b"inding" in text or b"series:" in text:
                text = _KEY.sub(key, text)
            if b'"evidence":[' in text or b'"through_position"' in text:
                text = _PLACES.sub(lambda found: _NUMBER.sub(place, found[0]), text)
            return text

        return renamed

    def _copying(self) -> Iterator[str]:
        """A statement for each read model that may have rows of the block."""
        from onelot.settings.projectors import PROJECTORS

        for projector in PROJECTORS:
            for options in (model._meta for model in projector.models):  # noqa: SLF001 - Django's own name of it
                fields = [field for field in options.local_fields if not isinstance(field, models.AutoField)]
                condition = self._of_block({field.column for field in fields})
                if condition:
                    names = ", ".join(f'"{field.column}"' for field in fields)
                    values = ", ".join(map(self._value, fields))
                    table = options.db_table
                    yield f'INSERT INTO "{table}" ({names}) SELECT {values} FROM "{table}" WHERE {condition}'

    def _of_block(self, columns: set[str]) -> str:
        last = self._lots - 1
        if "lot" in columns:
            return f"lot BETWEEN 'BENCH-26-000000' AND 'BENCH-26-{last:06}'"
        if "card_id" in columns:
            return " OR ".join(
                f"card_id BETWEEN '{kind}-00000000' AND '{kind}-{last:08}'" for kind in ("s1", "s2")
            )
        return f"position BETWEEN {self._first} AND {self._last}" if "position" in columns else ""

    def _value(self, field: Any) -> str:
        kind, name = getattr(field, "target_field", field), f'"{field.column}"'
        moved = f"CASE WHEN %s BETWEEN {self._first} AND {self._last} THEN %s + %%(delta)s ELSE %s END"
        if isinstance(kind, models.BigIntegerField):
            return moved % (name, name, name)
        if isinstance(kind, models.CharField | models.TextField):
            return f"bench_text({name}, %(shift)s)"
        if field.column == "evidence":
            at = "(e #>> '{}')::bigint"
            return f"(SELECT jsonb_agg({moved % (at, at, at)}) FROM jsonb_array_elements({name}) e)"
        if field.column == "lots":
            return f"(SELECT jsonb_agg(bench_text(e, %(shift)s)) FROM jsonb_array_elements_text({name}) e)"
        return name
