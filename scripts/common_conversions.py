"""Write ``onelot/kernel/common_conversions.csv``: what the library says for every pair of common units.

``python -m scripts.common_conversions``; a test holds that the file says what the library says.
"""

from __future__ import annotations

from onelot.kernel.refusals import Refused
from onelot.kernel.units import COMMON_CONVERSIONS, COMMON_UNITS, by_library


def table() -> str:
    """One line a pair that converts, other than a unit into itself: source, target, factor, offset."""
    lines = []
    for source in sorted(COMMON_UNITS):
        for target in sorted(COMMON_UNITS - {source}):
            try:
                found = by_library(source, target)
            except Refused:
                continue
            lines.append(f"{source};{target};{found.factor!r};{found.offset!r}\n")
    return "".join(lines)


if __name__ == "__main__":
    COMMON_CONVERSIONS.write_text(table(), encoding="ascii")
