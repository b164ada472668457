"""Reads `attlog.dat`, the export that ZK terminals write to a USB stick: columns between TABs, one line a record.

PIN (right-aligned to 9 or 5 characters, or not padded), `YYYY-MM-DD HH:MM:SS`, device number, state, verify, work
code; firmware of 2026 writes four or five more columns, whose meaning is not known and which are not read. CRLF or
LF, maybe a blank last line. Black-and-white terminals put their serial before and a checksum after the records (the
form of the checksum is not known: it is not verified). Seen in seven real exports.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from extractors.drivers.text_columns import (
    YEAR_FIRST,
    Bytes,
    Fields,
    Lines,
    Mask,
    Places,
    parse_lines,
    parse_numbers,
    parse_pins,
    parse_times,
)
from extractors.errors import ReadUnsupported
from extractors.records import (
    FILL_PATTERN,
    IMPOSSIBLE_DATE,
    REASONS,
    TORN_LINE,
    Columns,
    PunchBatch,
    TimeBounds,
    reason_codes,
)

FORMATS: Final = {5: "zk_attlog_6", 9: "zk_attlog_10", 10: "zk_attlog_11"}  # by the TABs of a line
LARGEST_CODE: Final = 32767  # state and verify are one byte on every device seen
LARGEST_WORK_CODE: Final = 0xFFFF_FFFF
FILL_WORK_CODE: Final = 0x5A5A5A5A  # a flash page of 0x5A, printed as number
_SERIAL_LINE: Final = re.compile(rb"[0-9A-Za-z_.-]{4,32}")
_CHECKSUM_LINE: Final = re.compile(rb"[0-9A-Za-z_.:=-]{1,64}")


@dataclass(frozen=True, slots=True)
class ExportLog:
    """A parsed export; `lines` counts the lines that claim to be records.

    `serial` is what the file itself says of its terminal. `first_no` and `last_no` are the terminal's own running
    numbers, `user_names` what it calls its users by PIN; both only where the dialect has them.
    """

    format: str
    lines: int
    batch: PunchBatch
    serial: str | None = None
    first_no: int | None = None
    last_no: int | None = None
    missing: str | None = None  # why records are known to be lost, in words
    user_names: dict[str, str] = field(default_factory=dict)


def parse_attlog(content: bytes, bounds: TimeBounds) -> ExportLog:
    """Parses a whole export; ordinals count the lines that are not blank, header or trailer, from 0.

    Raises:
        ReadUnsupported: there are lines, and not one of them has the form of this export.
    """
    every = parse_lines(content)
    tabs = _usual_tabs(every)
    if len(every) and tabs is None:
        raise ReadUnsupported(
            "decode",
            "Berkas ini bukan ekspor mesin absensi yang dikenal (attlog.dat, GLG, AGL); ambil ulang lewat menu unduh"
            " USB mesin absensi.",
        )
    lines, serial = _without_frame(every)
    edges, is_whole = lines.edges(tabs or min(FORMATS))
    columns, reasons = _columns(lines.data, edges, is_whole, bounds)
    return ExportLog(FORMATS[tabs or min(FORMATS)], len(lines), batch_of(lines, columns, reasons), serial)


def batch_of(lines: Lines, columns: Columns, reasons: NDArray[np.uint8]) -> PunchBatch:
    """Punches and rejects of a file's records."""
    rejects = [
        columns.reject(int(at), int(reasons[at]), 0, lines.text(at), line=int(lines.numbers[at]))
        for at in np.flatnonzero(reasons)
    ]
    return columns.batch(0, reasons == 0, rejects)


def _usual_tabs(lines: Lines) -> int | None:
    """How many TABs the records of this file have: one firmware wrote them all, other lines are torn."""
    counts = np.bincount(lines.tab_counts(), minlength=max(FORMATS) + 1)
    best = max(FORMATS, key=lambda tabs: int(counts[tabs]))
    return best if counts[best] else None


def _without_frame(lines: Lines) -> tuple[Lines, str | None]:
    """The records, and the serial when the file begins with it; then its last line may be a checksum."""
    if not len(lines) or not _SERIAL_LINE.fullmatch(lines.text(0)):
        return lines, None
    has_trailer = len(lines) > 1 and _CHECKSUM_LINE.fullmatch(lines.text(len(lines) - 1))
    return lines.part(1, len(lines) - bool(has_trailer)), lines.text(0).decode("ascii")


def _columns(data: Bytes, edges: Places, is_whole: Mask, bounds: TimeBounds) -> tuple[Columns, NDArray[np.uint8]]:
    pins, has_pin = parse_pins(Fields.of(data, edges, 0))
    times, has_date = parse_times(Fields.of(data, edges, 1), "ymd", YEAR_FIRST)
    state, has_state = parse_numbers(Fields.of(data, edges, 3), LARGEST_CODE)
    verify, has_verify = parse_numbers(Fields.of(data, edges, 4), LARGEST_CODE)
    work_code, has_work_code = parse_numbers(Fields.of(data, edges, 5), LARGEST_WORK_CODE)
    reasons = reason_codes(times, has_date, has_pin, bounds)
    reasons[~(is_whole & has_state & has_verify & has_work_code)] = REASONS.index(TORN_LINE)
    is_fill = (work_code == FILL_WORK_CODE) & ~has_date & (np.char.strip(pins, b"Z") == b"")
    reasons[is_fill & (reasons == REASONS.index(IMPOSSIBLE_DATE))] = REASONS.index(FILL_PATTERN)
    return Columns(pins, times, state, verify, work_code), reasons
