"""The chain of identity: orders, COI identifiers, containers, labels and scans, from the prescription to the infusion.

No event of this room says who the patient is: it knows the COI identifier, and the vault knows the rest.
"""
