"""Reader of B2MML and BatchML messages (MESA International), namespaces V7 and V0401.

The table in ``table.py`` says how each event of a record stands in the standard's elements; the reader here and
the writer of the simulation both follow it.
"""

from onelot.intake.b2mml.adapter import B2mmlAdapter

__all__ = ["B2mmlAdapter"]
