"""Which cells of a file have a meaning. What is left is kept as unmapped content, so that silence is not a pass."""

from __future__ import annotations

from collections.abc import Iterator

from onelot.intake.adapter import Extract
from onelot.intake.events import ContentUnmapped
from onelot.intake.tabular.grid import Cell, Sheet


class Coverage:
    """The cells that sections read or ignore, by place."""

    def __init__(self) -> None:
        self._claimed: set[str] = set()
        self._titles: dict[str, str] = {}
        self._lots: dict[tuple[str | None, int], str] = {}

    def claim(self, cell: Cell) -> None:
        """The cell has a meaning, or is ignored by name."""
        self._claimed.add(cell.place)

    def entitle(self, cell: Cell, title: str) -> None:
        """The cell stands under a title; the first section that reads its row says so."""
        self._titles.setdefault(cell.place, title)

    def belongs(self, key: tuple[str | None, int] | None, lot: str) -> None:
        """The row speaks of a lot."""
        if key is not None and lot:
            self._lots.setdefault(key, lot)

    def unmapped(self, sheets: list[Sheet], lots: set[str]) -> Iterator[Extract]:
        """Every filled cell without a meaning. It belongs to its row's lot, or to that of a file of one lot."""
        only = next(iter(lots)) if len(lots) == 1 else ""
        for sheet in sheets:
            for row in sheet.rows:
                lot = self._lots.get((row.sheet, row.number), only)
                # In an outline the path of a value stands beside it.
                title = row.cells[1].text if 1 in row.cells and row.cells[1].spread else sheet.name or "-"
                for cell in row.cells.values():
                    if cell.place not in self._claimed and not cell.spread and cell.text.strip():
                        name = self._titles.get(cell.place, title)
                        yield Extract(ContentUnmapped(lot=lot, name=name, value=cell.text), cell.place)
            for remark in sheet.remarks:
                yield Extract(
                    ContentUnmapped(lot=only, name=f"{sheet.name} (note)", value=remark.text), remark.place
                )
