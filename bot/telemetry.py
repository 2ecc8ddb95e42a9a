"""Logs that name events and internal ids only, counters, and the heartbeat that health looks at.

Nothing of a person reaches a log line: fields are an allow-list, foreign messages are kept as their
template without arguments, and only where there were arguments (else the words may already be in
it), exceptions as their type and the place in our code.
"""

import asyncio
import logging
import os
import re
import sys
import traceback
from collections import Counter
from collections.abc import MutableMapping
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{8,}")

_FIELDS = frozenset(
    {"event", "level", "at", "logger", "error", "where", "reason", "code", "lane", "state"}
    | {"count", "late", "sent", "skipped", "seq", "attempts", "after_s", "task", "mode"}
)

_TALKATIVE = [
    "httpx",
    "httpcore",
    "telegram",
    "alembic",
    "apscheduler",
    "sqlalchemy",
    "aiosqlite",
    "uvicorn",
    "asyncio",
]
WITHHELD = "withheld"
"""Stands for a message that came ready-made: it may quote a person, an update or an error."""
_OURS = ("bot.", "handlers.")

_ADDED = structlog.stdlib.ExtraAdder(allow=("task", "error"))

Log = structlog.stdlib.BoundLogger


def get_log(name: str) -> Log:
    """A log for one part of the house: an event name, and fields from the list above."""
    log: Log = structlog.stdlib.get_logger(name)
    return log


def set_up(level: str, as_json: bool) -> None:
    """Send every log, ours and the libraries', through the same redaction."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _only_known_fields,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_ADDED, _template_only, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _no_tokens,
                renderer,
            ],
            keep_exc_info=False,
        )
    )
    handler.addFilter(_without_arguments)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # These log whole URLs (with the token), updates and statements at lower levels.
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    logging.raiseExceptions = False  # a broken log line must not print its arguments


def _without_arguments(record: logging.LogRecord) -> bool:
    """Foreign records keep their template; our own carry a dict in `msg` and pass untouched."""
    if not isinstance(record.msg, dict):
        error = record.msg if isinstance(record.msg, BaseException) else None
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
        if error is not None:
            record.stillwater_error = type(error).__name__
        if not _is_template(record):
            record.msg = WITHHELD
        record.args = ()
        record.exc_info = None
        record.exc_text = None
        record.stack_info = None
    return True


def _is_template(record: logging.LogRecord) -> bool:
    """Whether the message is plain words into which arguments go, or one of our own."""
    if not isinstance(record.msg, str):
        return False
    return bool(record.args) or record.name.startswith(_OURS)


def _template_only(
    _logger: object, _name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    record = event.get("_record")
    error = getattr(record, "stillwater_error", None)
    if error:
        event["error"] = error
    return event


def _only_known_fields(
    _logger: object, _name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for name in [name for name in event if name not in _FIELDS and not name.startswith("_")]:
        del event[name]
    return event


def _no_tokens(
    _logger: object, _name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if isinstance(value, str) and name != "at":
            event[name] = _TOKEN.sub("[token]", value)
    return event


def fault(error: BaseException) -> dict[str, str]:
    """Log fields for an exception: its type and the last place in our own code, never its text."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [
        frame for frame in frames if "/bot/" in frame.filename or "/handlers/" in frame.filename
    ]
    where = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "-"
    return {"error": type(error).__name__, "where": where}


def log_loop_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """For what nobody awaited: asyncio itself would log the error's words and its arguments."""
    error = context.get("exception")
    found = fault(error) if isinstance(error, BaseException) else {}
    get_log("loop").error("loop_error", **found)


class Pulse:
    """Counts what happened, and leaves a file whose age tells whether the loops still turn."""

    def __init__(self, file: Path) -> None:
        self.counts: Counter[str] = Counter()
        self._file = file

    def count(self, event: str, by: int = 1) -> None:
        """Count an event."""
        self.counts[event] += by

    def beat(self, now: datetime) -> None:
        """The loops turn: write the moment (UTC, ISO 8601)."""
        draft = self._file.with_suffix(f".{os.getpid()}")
        draft.write_text(now.isoformat(), "ascii")
        draft.rename(self._file)
