"""Words that stand in sentences of the rooms: nouns, and what events and read models call their states.

A sentence that takes one of them makes it a ``word`` (``onelot.kernel.said``); here they are named to be translated. A
test holds that the states of lots, exceptions, deviations, materials and results are all among them.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

NOUNS = (
    gettext_noop("title"), gettext_noop("reason"), gettext_noop("conclusion"), gettext_noop("justification"),
    gettext_noop("question"), gettext_noop("answer"), gettext_noop("comment"), gettext_noop("site"),
    gettext_noop("organisation"), gettext_noop("person"), gettext_noop("grant"), gettext_noop("token"),
    gettext_noop("system"), gettext_noop("webhook"), gettext_noop("delivery"), gettext_noop("name"),
    gettext_noop("master batch record"), gettext_noop("review policy"), gettext_noop("phase"),
    gettext_noop("parameter"), gettext_noop("numeric parameter"), gettext_noop("material"),
    gettext_noop("equipment class"), gettext_noop("curriculum"), gettext_noop("equipment_classes"),
    gettext_noop("curricula"), gettext_noop("materials"), gettext_noop("series"), gettext_noop("clocks"),
    gettext_noop("identity_points"), gettext_noop("labels"), gettext_noop("custody_legs"), gettext_noop("yields"),
    gettext_noop("consequence plan"), gettext_noop("request"), gettext_noop("acceptance"), gettext_noop("protocol"),
    gettext_noop("informed"), gettext_noop("time point"),
)  # fmt: skip
STATES = (
    gettext_noop("undecided"), gettext_noop("released"), gettext_noop("released conditionally"),
    gettext_noop("confirmed"), gettext_noop("late out of specification"), gettext_noop("shipped under quarantine"),
    gettext_noop("supplied exceptionally"), gettext_noop("rejected"), gettext_noop("withdrawn"),
    gettext_noop("recalled"), gettext_noop("cancelled"), gettext_noop("open"), gettext_noop("asked"),
    gettext_noop("accepted"), gettext_noop("false alarm"), gettext_noop("false_alarm"), gettext_noop("deviation"),
    gettext_noop("by policy"), gettext_noop("by_policy"), gettext_noop("gone"), gettext_noop("assessed"),
    gettext_noop("closed"), gettext_noop("review"), gettext_noop("decision"), gettext_noop("signature"),
    gettext_noop("disposition"), gettext_noop("quarantine"), gettext_noop("blocked"), gettext_noop("unknown"),
    gettext_noop("final"), gettext_noop("negative to date"), gettext_noop("pending"), gettext_noop("invalidated"),
    gettext_noop("absent"), gettext_noop("waiting"), gettext_noop("running"), gettext_noop("done"),
    gettext_noop("dead"), gettext_noop("discarded"),
)  # fmt: skip
REASONS = (
    gettext_noop("not among the checks that the policy names"),
    gettext_noop("Not among the checks that the policy names"),
)
"""Why a check was left out, as verdicts keep it."""
