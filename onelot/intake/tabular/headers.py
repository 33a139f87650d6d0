"""Headers of tables: one row or several, whose texts name the columns."""

from __future__ import annotations

from collections import Counter

from onelot.intake.tabular.coverage import Coverage
from onelot.intake.tabular.grid import Cell, Faults, GridRow
from onelot.intake.tabular.mapping import Section, matches

_SHOWN = 300


def read_header(
    section: Section, rows: list[GridRow], faults: Faults, coverage: Coverage
) -> dict[int, str] | None:
    """Titles by column; None where there is no header.

    A title that stands again is ``Title#2``; a column without a title is ``(column 3)``.
    """
    if len(rows) < section.header_rows:
        place = rows[0].first.place if rows else section.marker or section.sheet or section.id
        wanted = ", ".join([*section.columns, *section.cells])[:_SHOWN]
        faults.add(
            "header_missing", "The section has no header.", place=place,
            expected=f"{section.header_rows} rows with {wanted}",
        )  # fmt: skip
        return None
    head = rows[: section.header_rows]
    widest = max(row.width or 0 for row in head)
    columns = sorted(
        {column for row in rows for column in row.cells if row.width is None or column <= widest}
    )
    titles: dict[int, str] = {}
    seen: Counter[str] = Counter()
    for column in columns:
        cells = [_title_cell(row, column, fill=section.header_fill and row is not head[-1]) for row in head]
        name = _joined([cell for cell in cells if cell is not None])
        name = name or f"(column {column})"
        seen[name] += 1
        titles[column] = name if seen[name] == 1 else f"{name}#{seen[name]}"
    _check(section, head, titles, faults)
    for row in head:
        for cell in row.cells.values():
            coverage.claim(cell)
    return titles


def _title_cell(row: GridRow, column: int, *, fill: bool) -> Cell | None:
    if column in row.cells or not fill:
        return row.cells.get(column)
    before = [known for known in row.cells if known < column]
    return row.cells[max(before)] if before else None


def _joined(cells: list[Cell]) -> str:
    texts = [" ".join(cell.text.split()) for cell in cells]
    return " / ".join(text for number, text in enumerate(texts) if text and text not in texts[:number])


def _check(section: Section, head: list[GridRow], titles: dict[int, str], faults: Faults) -> None:
    known = {*section.columns, *section.cells}
    for column, title in titles.items():
        base, again, _ = title.rpartition("#")
        if again and base in titles.values() and title not in known and base in known:
            faults.add(
                "header_twice", "Two columns have one title.", place=head[-1].place_of(column), expected=
                f"titles that differ, or a mapping of {title!r}", got=base,
            )  # fmt: skip
    there = set(titles.values())
    for name in known - there:
        if name in section.columns and section.columns[name].optional:
            continue
        if any(matches(name, title) for title in there):
            continue
        faults.add(
            "column_missing", "A column that the mapping names is missing.", place=head[0].first.place,
            expected=name, got=", ".join(titles.values())[:_SHOWN],
            hint="If the sender changed the layout, the mapping needs a new version.",
        )  # fmt: skip
