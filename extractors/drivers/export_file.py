"""An export file of whatever dialect, recognised by its content and never by its name."""

from __future__ import annotations

from extractors.drivers.fk_file import is_fk_log, parse_fk_log
from extractors.drivers.usb_file import ExportLog, parse_attlog
from extractors.records import TimeBounds


def parse_export(content: bytes, bounds: TimeBounds) -> ExportLog:
    """Parses a file; see the dialects for what they accept.

    Raises:
        ReadUnsupported: no dialect that is known.
    """
    return parse_fk_log(content, bounds) if is_fk_log(content) else parse_attlog(content, bounds)
