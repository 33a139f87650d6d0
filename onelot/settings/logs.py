"""Logs for machines: one JSON object a line, without personal data."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from onelot.settings.configuration import configuration

_OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """One line for each record, with what was given as ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {
            "at": at,
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": record.getMessage(),
        }
        line |= {
            name: value for name, value in record.__dict__.items() if name not in _OWN and name != "request"
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def set_up_logs() -> None:
    """Log to standard error, from the configured level on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=configuration.log_level.upper(), handlers=[handler], force=True)
