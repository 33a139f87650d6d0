"""Every projector of every room: what keeps the read models in the ledger's transaction."""

from __future__ import annotations

from onelot.deviations.projector import PROJECTOR as DEVIATIONS
from onelot.disposition.board.projector import PROJECTOR as BOARD
from onelot.disposition.projector import PROJECTOR as DISPOSITION
from onelot.identity.projector import PROJECTOR as IDENTITY
from onelot.jsonapi.projector import PROJECTOR as JSONAPI
from onelot.ledger.projection import Projector
from onelot.notices.projector import PROJECTOR as NOTICES
from onelot.partners.projector import PROJECTOR as PARTNERS
from onelot.recipes.documents.projector import PROJECTOR as DOCUMENTS
from onelot.registry.access.projector import PROJECTOR as ACCESS
from onelot.registry.people.projector import PROJECTOR as PEOPLE
from onelot.registry.projector import PROJECTOR as REGISTRY
from onelot.registry.vault.projector import PROJECTOR as VAULT
from onelot.review.desk.projector import PROJECTOR as DESK
from onelot.review.renewal.projector import PROJECTOR as RENEWAL

PROJECTORS: tuple[Projector, ...] = (
    REGISTRY,
    ACCESS,
    PEOPLE,
    VAULT,
    DOCUMENTS,
    DEVIATIONS,
    IDENTITY,
    DESK,
    DISPOSITION,
    PARTNERS,
    BOARD,
    RENEWAL,
    JSONAPI,
    NOTICES,
)
