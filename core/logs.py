"""Logs: one JSON object a line, each with the ids that find the rest of its story."""

import json
import logging
from datetime import UTC, datetime
from typing import Any, Final

from core import context

_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "request", "server_time"}


class JsonFormatter(logging.Formatter):
    """Writes a record's message, its `extra` and the present request, correlation and company ids."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        from core.tenancy import active_company_id  # logging is set up before models can be imported

        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": context.request_id(),
            "correlation_id": context.correlation_id(),
            "company_id": active_company_id(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _OWN}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps({name: value for name, value in line.items() if value not in (None, "")}, default=str)
