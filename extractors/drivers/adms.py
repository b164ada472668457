"""The push protocol of ZK terminals (ADMS, `/iclock`): what a terminal posts, and what it is answered.

A record is a line `PIN TAB YYYY-MM-DD HH:MM:SS TAB state TAB verify [TAB work code [TAB more ...]]`, CRLF or LF, maybe
a TAB at its end; the state comes directly after the time, unlike in a USB export. Answered with 200 and `OK` the
terminal forgets what it sent; anything else makes it send the same again. Source: PUSH SDK 2.4 and 3.2, and bodies of
real terminals.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from extractors.drivers.oplog import OplogEntry
from extractors.drivers.text_columns import (
    YEAR_FIRST,
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
from extractors.records import REASONS, TORN_LINE, Columns, PunchBatch, TimeBounds, reason_codes

SERIAL: Final = re.compile(r"[0-9A-Za-z._-]{1,32}")
STAMP: Final = re.compile(r"[0-9A-Za-z]{1,20}")
FIELDS: Final = 5  # PIN, time, state, verify, work code; what follows is not read
LEAST_FIELDS: Final = 4
LARGEST_CODE: Final = 32767
LARGEST_WORK_CODE: Final = 0xFFFF_FFFF
ERROR_DELAY_S: Final = 30  # after which a terminal tries again what was not answered with OK
POLL_S: Final = 10
_RESULT: Final = re.compile(rb"ID=([0-9]{1,9})&(?:[^\n&]*&)*?Return=(-?[0-9]{1,9})")
_OPLOG: Final = re.compile(
    rb"^OPLOG (\d{1,5})\t([^\t\r\n]{0,24})\t(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)([^\r\n]{0,200})\r?$",
    re.MULTILINE,
)
_PHOTO_HEAD: Final = 1024  # bytes in which the names before the picture end
_PHOTO_NAME: Final = re.compile(rb"^PIN=([^\r\n\0]{1,60})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class AttlogBody:
    """A parsed body; `lines` counts those that claim to be records."""

    lines: int
    batch: PunchBatch


def parse_attlog_body(body: bytes, bounds: TimeBounds) -> AttlogBody:
    """Parses a body of table ATTLOG: any bytes give punches and rejects; ordinals count its lines from 0."""
    lines = parse_lines(body)
    edges, is_whole = _edges(lines)
    columns, reasons = _columns(lines, edges, is_whole, bounds)
    rejects = [
        columns.reject(int(at), int(reasons[at]), 0, lines.text(int(at)), line=int(lines.numbers[at]))
        for at in np.flatnonzero(reasons)
    ]
    return AttlogBody(len(lines), columns.batch(0, reasons == 0, rejects))


def _edges(lines: Lines) -> tuple[Places, Mask]:
    """Places around the columns that are read; a line may have more or lack the last, others have empty ones."""
    tabs = np.concatenate([np.flatnonzero(lines.data == 0x09), np.full(FIELDS, len(lines.data))])
    first = np.searchsorted(tabs[: len(tabs) - FIELDS], lines.starts)
    stops = np.minimum(tabs[first[:, None] + np.arange(FIELDS)], lines.ends[:, None])
    is_whole = lines.tab_counts() >= LEAST_FIELDS - 1
    edges = np.column_stack([lines.starts - 1, stops])
    edges[~is_whole] = lines.starts[~is_whole, None]
    return edges, is_whole


def _columns(lines: Lines, edges: Places, is_whole: Mask, bounds: TimeBounds) -> tuple[Columns, NDArray[np.uint8]]:
    pin, time, state, verify, work_code = (Fields.of(lines.data, edges, column) for column in range(FIELDS))
    pins, has_pin = parse_pins(pin)
    times, has_date = parse_times(time, "ymd", YEAR_FIRST)
    states, has_state = parse_numbers(state, LARGEST_CODE)
    verifies, has_verify = parse_numbers(verify, LARGEST_CODE)
    work_codes, has_work_code = parse_numbers(work_code, LARGEST_WORK_CODE)
    has_work_code |= work_code.length() == 0
    reasons = reason_codes(times, has_date, has_pin, bounds)
    reasons[~(is_whole & has_state & has_verify & has_work_code)] = REASONS.index(TORN_LINE)
    return Columns(pins, times, states, verifies, work_codes), reasons


class OplogReader:
    """Takes the OPLOG lines out of a body of table OPERLOG as it arrives; the rest is dropped unread.

    Between them stand users with their passwords and templates of fingers and faces.
    """

    def __init__(self) -> None:
        self._kept = bytearray()
        self._open = b""

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the body; of a line that is none of ours not even the beginning is kept."""
        *whole, last = (self._open + chunk).split(b"\n")
        for line in whole:
            if line.startswith(b"OPLOG "):
                self._kept += line + b"\n"
        self._open = last if last[:6] == b"OPLOG "[: len(last)] else b"-"

    def entries(self) -> list[OplogEntry]:
        """What was found; a line that is torn or has an impossible date is left out."""
        if self._open.startswith(b"OPLOG "):
            self._kept += self._open
            self._open = b""
        return [entry for found in _OPLOG.finditer(self._kept) if (entry := _oplog_entry(found)) is not None]


def _oplog_entry(found: re.Match[bytes]) -> OplogEntry | None:
    try:
        happened_at = datetime.strptime(found[3].decode("ascii"), "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - wall time
    except ValueError:
        return None
    admin, detail = (found[part].decode("ascii", "replace").replace("\0", "") for part in (2, 4))
    return OplogEntry(int(found[1]), admin, happened_at, detail.strip())


@dataclass(frozen=True, slots=True)
class PushedPhoto:
    """An attendance photo as it was pushed: the name says when and, unless the verification failed, which PIN."""

    name: str
    content: bytes


def parse_photo_body(body: bytes) -> PushedPhoto:
    """Parses a body of table ATTPHOTO: names as lines, a NUL, the picture.

    Raises:
        ReadUnsupported: another form.
    """
    end = body.find(b"\0", 0, _PHOTO_HEAD)
    found = _PHOTO_NAME.search(body, 0, max(end, 0))
    if end < 0 or found is None:
        raise ReadUnsupported("decode", "Kiriman foto ini tidak berbentuk ATTPHOTO.")
    name = found[1].decode("ascii", "replace")
    return PushedPhoto(name if name.lower().endswith((".jpg", ".jpeg")) else f"{name}.jpg", body[end + 1 :])


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a terminal says of a command that it was given; 0 or more is done, less is refused."""

    command_id: int
    return_code: int


def parse_results(body: bytes) -> list[CommandResult]:
    """All answers in a body of devicecmd; what has another form is left out."""
    return [CommandResult(int(found[1]), int(found[2])) for found in _RESULT.finditer(body)]


def handshake_answer(serial: str, stamps: Mapping[str, str], zone_offset: timedelta) -> str:
    """The options of a terminal: from where on it sends again, how often it asks, and what it is not to send.

    TimeZone sets the terminal's clock: whole hours, minutes where the zone has a part of one. Only records, the book
    of its menu and photos are asked for, no templates.
    """
    minutes = round(zone_offset.total_seconds() / 60)
    lines = [
        f"GET OPTION FROM: {serial}",
        *(f"{name}Stamp={stamps.get(name, '0')}" for name in ("ATTLOG", "OPERLOG", "ATTPHOTO")),
        f"ErrorDelay={ERROR_DELAY_S}",
        f"Delay={POLL_S}",
        "TransTimes=00:00;12:00",
        "TransInterval=1",
        "TransFlag=TransData AttLog\tOpLog\tAttPhoto",
        f"TimeZone={minutes // 60 if minutes % 60 == 0 else minutes}",
        "Realtime=1",
        "Encrypt=0",
        "ServerVer=2.4.1",
    ]
    return "\n".join(lines) + "\n"


def query_command(command_id: int, start: datetime, end: datetime) -> str:
    """Asks for the records of a period once more. It is the only command there is: none changes a terminal."""
    return f"C:{command_id}:DATA QUERY ATTLOG StartTime={start:%Y-%m-%d %H:%M:%S}\tEndTime={end:%Y-%m-%d %H:%M:%S}\n"


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """What a terminal tells of itself with a poll (`INFO=firmware,users,fingers,records,..`); null: it did not."""

    firmware: str | None = None
    record_count: int | None = None


def parse_info(text: str) -> DeviceInfo:
    """The INFO of a poll; what cannot be read stays null."""
    parts = [part.strip() for part in text.split(",")]
    firmware = parts[0][:60] if parts[0].isprintable() and parts[0] else None
    is_count = len(parts) > 3 and parts[3].isascii() and parts[3].isdecimal() and len(parts[3]) < 9
    return DeviceInfo(firmware, int(parts[3]) if is_count else None)
