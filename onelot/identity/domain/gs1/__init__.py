"""GS1 element strings, read by the facts of GS1's General Specifications and Barcode Syntax Dictionary."""
