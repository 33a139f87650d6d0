"""Names and words of the standard: B2MML and BatchML 7.0 (ISA-95 part 5, ISA-88 part 4), and the older V0401."""

from __future__ import annotations

import re

V7 = "http://www.mesa.org/xml/B2MML"
V0401 = "http://www.wbf.org/xml/B2MML-V0401"
NAMESPACES = frozenset((V7, V0401))
OF_THE_STANDARD = re.compile(r"https?://www\.(mesa|wbf)\.org/xml/(b2mml|batchml)", re.IGNORECASE)
"""Namespaces of any version of the standard."""
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NIL = f"{{{XSI}}}nil"

PREFIX = "onelot."
"""Before the AttributeID of every UserAttribute that is a field of an event, so that no other sender's
attribute of the same name is taken for it."""

CARRYING = ("Sync", "Process", "Show")
"""Verbs of messages that bring records."""
ASKING = ("Get", "Acknowledge", "Change", "Respond", "Cancel")
"""Verbs of messages that ask, confirm or alter; they are not records."""

UNITS = {
    "KGM": "kg", "GRM": "g", "MGM": "mg", "LTR": "L", "MLT": "mL", "CEL": "Cel", "P1": "%", "HUR": "h",
    "MIN": "min", "SEC": "s", "DAY": "d", "KG": "kg",
}  # fmt: skip
"""Codes that the standard's senders use instead of UCUM: UN/ECE Recommendation 20, and the capital KG of the
standard's own examples. None of them is a UCUM code, so nothing is changed that had another meaning."""

PLAIN_ATTRIBUTES = frozenset(
    """releaseID versionID format languageID schemeID schemeName schemeAgencyID schemeAgencyName schemeVersionID
    schemeDataURI schemeURI listID listAgencyID listAgencyName listName listVersionID name listURI listSchemeURI
    """.split()  # noqa: SIM905
)
"""The standard's attributes, which say how to read a text and are no content of their own."""

ENTRY = ("EntryID", "ObjectType", "TimeStamp", "ExternalReference", "Description")
"""What every entry of a BatchProductionRecord begins with."""

OBJECT_TYPES = {
    "BatchProductionRecord": "Batch Production Record",
    "Comment": "Comment",
    "DataSet": "Data Set",
    "Event": "Event",
    "ResourceQualificationsManifest": "Resource Definition Manifest",
    "Sample": "Sample",
    "SampleTest": "Sample Test",
    "SampleTestResult": "Sample Test Result",
}
"""What ObjectType must say in each element (the standard lists no "Resource Qualifications Manifest")."""

EVENT_ELEMENTS = (
    *ENTRY, "EventType", "EventSubType", "EquipmentID", "Value", "PreviousValue", "MessageText", "PersonID",
    "ComputerID", "PhysicalAssetID", "ProceduralElementReference", "Category", "AlarmData", "AssociatedEventID",
    "UserAttribute",
)  # fmt: skip
"""Children of ``Event`` in the order of the schema."""

HEADER = (
    "ID", *ENTRY, "EquipmentScope", "PublishedDate", "CreationDate", "BatchID", "BatchProductionRecordSpec",
    "CampaignID", "ChangeIndication", "Delimiter", "EquipmentID", "ExpirationDate", "Language", "LastChangedDate",
    "LotID", "MaterialDefinitionID", "PhysicalAssetID", "RecordStatus", "Version",
)  # fmt: skip
"""Simple children of ``BatchProductionRecord`` in the order of the schema."""

SECTIONS = {
    "Comments": "Comment",
    "DataSets": "DataSet",
    "Events": "Event",
    "ResourceQualifications": "ResourceQualificationsManifest",
    "Samples": "Sample",
}
"""Lists of entries that have a meaning here, in the order of the schema, and what each holds."""

OTHER_SECTIONS = frozenset(
    """ChangeHistory ControlRecipes MasterRecipes PersonnelIdentification OperationsDefinitions
    OperationsPerformances OperationsSchedules RecipeElements WorkDirectives WorkMasters WorkPerformances
    WorkSchedules""".split()  # noqa: SIM905
)
"""Lists of entries that are kept without a meaning."""

QUALITIES = {"good": "good", "uncertain": "uncertain", "bad": "bad"}

PASSED = frozenset(("passed", "pass", "qualified", "valid", "current", "approved"))
FAILED = frozenset(
    ("failed", "fail", "not qualified", "notqualified", "invalid", "notvalid", "expired", "rejected")
)
RESULT_WORDS = {
    "pending": "pending",
    "negative to date": "negative_to_date",
    "negative_to_date": "negative_to_date",
    "final": "final",
    "invalidated": "invalidated",
}
JUDGED = frozenset(("passed", "pass", "failed", "fail", "accepted", "rejected", "complete", "completed"))
"""Dispositions of a finished test: the result is final, and the sender's verdict on it is kept beside it."""
MATERIAL_WORDS = {
    "valid": "released", "released": "released", "approved": "released", "quarantine": "quarantine",
    "quarantined": "quarantine", "rejected": "rejected", "notvalid": "blocked", "invalid": "blocked",
    "blocked": "blocked", "hold": "blocked",
}  # fmt: skip
