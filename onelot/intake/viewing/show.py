"""The one door: an original of any format at a place."""

from __future__ import annotations

from onelot.intake.viewing.json_view import view_json
from onelot.intake.viewing.table_view import view_table
from onelot.intake.viewing.window import View
from onelot.intake.viewing.xml_view import view_xml


def view_at(data: bytes, name: str, adapter: str, place: str) -> View | None:
    """What to show of the file that ``adapter`` read; None for a format that is only to be downloaded.

    Raises Refused (``intake.view.*``) where the bytes are not what the adapter read.
    """
    if adapter == "b2mml":
        return view_xml(data, place)
    if adapter == "onelot-json":
        return view_json(data, place)
    if adapter in ("csv", "outline"):
        return view_table(data, place, is_outline=adapter == "outline")
    if adapter == "xlsx":
        # Imported here because most files are none.
        from onelot.intake.viewing.workbook_view import view_workbook

        return view_workbook(data, name, place)
    return None
