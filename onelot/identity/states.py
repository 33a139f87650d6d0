"""What may be done with orders, therapies, containers and labels, from which state: tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

OrderState = Literal["ordered", "prescribed", "ended"]
OrderAct = Literal["change", "prescribe", "assign_coi", "end"]
TherapyState = Literal["enrolled", "scheduled", "collected", "thawing", "checked", "infused", "ended"]
TherapyAct = Literal[
    "assign_lot", "collect", "register", "thaw", "check_bedside", "infuse", "follow_up", "end", "dispose"
]
ContainerState = Literal["registered", "emptied", "thawed", "infused", "returned", "destroyed", "void"]
ContainerAct = Literal["split", "pool", "thaw", "infuse", "return", "destroy", "void"]
LabelState = Literal["printed", "applied", "scrapped", "retained", "void"]
LabelAct = Literal["apply", "scrap", "retain", "reprint", "void"]

ORDER_MOVES: Mapping[tuple[OrderState, OrderAct], OrderState] = {
    ("ordered", "change"): "ordered",
    ("ordered", "prescribe"): "prescribed",
    ("ordered", "end"): "ended",
    ("prescribed", "change"): "prescribed",
    ("prescribed", "assign_coi"): "prescribed",
    ("prescribed", "end"): "ended",
}
"""From a state, by an act, to this state; everything else is refused. So of all tables here."""

THERAPY_MOVES: Mapping[tuple[TherapyState, TherapyAct], TherapyState] = {
    ("enrolled", "assign_lot"): "scheduled",
    ("scheduled", "assign_lot"): "scheduled",
    ("collected", "assign_lot"): "collected",
    ("scheduled", "collect"): "collected",
    ("collected", "collect"): "collected",
    ("collected", "register"): "collected",
    ("collected", "thaw"): "thawing",
    ("thawing", "thaw"): "thawing",
    ("checked", "thaw"): "thawing",
    ("infused", "thaw"): "thawing",
    ("thawing", "check_bedside"): "checked",
    ("checked", "check_bedside"): "checked",
    ("checked", "infuse"): "infused",
    ("infused", "register"): "infused",
    ("infused", "follow_up"): "infused",
    ("enrolled", "end"): "ended",
    ("scheduled", "end"): "ended",
    ("collected", "end"): "ended",
    ("thawing", "end"): "ended",
    ("checked", "end"): "ended",
    ("infused", "end"): "ended",
    ("collected", "dispose"): "collected",
    ("thawing", "dispose"): "thawing",
    ("checked", "dispose"): "checked",
    ("infused", "dispose"): "infused",
    ("ended", "dispose"): "ended",
}
"""``dispose``: a container is returned or destroyed, also after a patient's withdrawal or death."""

CONTAINER_MOVES: Mapping[tuple[ContainerState, ContainerAct], ContainerState] = {
    ("registered", "split"): "registered",
    ("registered", "pool"): "emptied",
    ("registered", "thaw"): "thawed",
    ("registered", "return"): "returned",
    ("registered", "destroy"): "destroyed",
    ("registered", "void"): "void",
    ("thawed", "infuse"): "infused",
    ("thawed", "return"): "returned",
    ("thawed", "destroy"): "destroyed",
    ("returned", "destroy"): "destroyed",
}

LABEL_MOVES: Mapping[tuple[LabelState, LabelAct], LabelState] = {
    ("printed", "apply"): "applied",
    ("printed", "scrap"): "scrapped",
    ("printed", "retain"): "retained",
    ("printed", "reprint"): "printed",
    ("printed", "void"): "void",
    ("applied", "scrap"): "scrapped",
    ("applied", "reprint"): "applied",
    ("applied", "void"): "void",
}
"""A void label is one that a correction took out of use; it counts as scrapped."""
