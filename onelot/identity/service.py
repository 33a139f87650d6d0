"""What other rooms and pages do with identity. The only writer of this room's events."""

from __future__ import annotations

from onelot.identity.commands.base import Witness
from onelot.identity.commands.checking import Checking, Claim, Reading
from onelot.identity.commands.collecting import Collecting
from onelot.identity.commands.correcting import Correcting
from onelot.identity.commands.infusing import Infusing
from onelot.identity.commands.labelling import Labelling
from onelot.identity.commands.orders import Orders

__all__ = ["Claim", "Identity", "Reading", "Witness"]


class Identity(Orders, Collecting, Checking, Labelling, Infusing, Correcting):
    """All commands of one person, or of a system, on orders, therapies, containers and labels."""
