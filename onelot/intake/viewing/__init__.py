"""Show an original at a place: bytes and a place in, a few lines or cells out. Pure, and bounded in what it gives.

The places are those that the readers of this room write beside each fact: the path of an XML element, a JSON pointer,
the line and column of a text table, the cell of a workbook.
"""
