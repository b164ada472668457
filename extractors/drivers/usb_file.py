"""Reads `attlog.dat`, the export that ZK terminals write to a USB stick: six columns between TABs.

PIN (right-aligned to 9 or 5 characters, or not padded), `YYYY-MM-DD HH:MM:SS`, device number, state, verify, work
code; CRLF or LF, maybe a blank last line. Lines end at LF only: torn lines of worn flash hold other control bytes.
Seen in seven real exports; whole columns are parsed with numpy, no loop over good lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from extractors.errors import ReadUnsupported
from extractors.records import (
    FILL_PATTERN,
    IMPOSSIBLE_DATE,
    PIN_WIDTH,
    REASONS,
    TORN_LINE,
    Columns,
    PunchBatch,
    TimeBounds,
    clean_pins,
    reason_codes,
)

FORMAT: Final = "zk_attlog_6"
TABS: Final = 5
TIME_SHAPE: Final = np.frombuffer(b"0000-00-00 00:00:00", np.uint8)
LONGEST_NUMBER: Final = 10
FILL_WORK_CODE: Final = 0x5A5A5A5A  # a flash page of 0x5A, printed as number
LARGEST_CODE: Final = 32767  # state and verify are one byte on every device seen

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class UsbLog:
    """A parsed export; `lines` counts the lines that claim to be records."""

    format: str
    lines: int
    batch: PunchBatch


def parse_attlog(content: bytes, bounds: TimeBounds) -> UsbLog:
    """Parses a whole export; ordinals count the lines that are not blank, from 0.

    Raises:
        ReadUnsupported: there are lines, and not one of them has the form of this export.
    """
    data = np.frombuffer(content + b"\n", np.uint8)
    starts, ends, numbers = _lines(data)
    edges, is_whole = _edges(data, starts, ends)
    if len(starts) and not is_whole.any():
        raise ReadUnsupported(
            "decode", "Berkas ini bukan attlog.dat enam kolom; ambil ulang lewat menu unduh USB mesin absensi."
        )
    columns, reasons = _columns(data, edges, is_whole, bounds)
    rejects = [
        columns.reject(int(at), int(reasons[at]), 0, content[starts[at] : ends[at]], line=int(numbers[at]))
        for at in np.flatnonzero(reasons)
    ]
    return UsbLog(FORMAT, len(starts), columns.batch(0, reasons == 0, rejects))


def _lines(data: Bytes) -> tuple[Places, Places, Places]:
    """Start, end (exclusive, without CR) and number (from 1) of each line that is not blank."""
    ends = np.flatnonzero(data == 0x0A)
    starts = np.concatenate([[0], ends[:-1] + 1])
    visible = np.concatenate([[0], np.cumsum(data > 0x20)])
    is_filled = visible[ends] > visible[starts]
    starts, ends, numbers = starts[is_filled], ends[is_filled], np.flatnonzero(is_filled) + 1
    return starts, ends - (data[ends - 1] == 0x0D), numbers


def _edges(data: Bytes, starts: Places, ends: Places) -> tuple[Places, NDArray[np.bool_]]:
    """The seven places around the six columns of each line; a line with another number of TABs has empty columns."""
    tabs = np.concatenate([np.flatnonzero(data == 0x09), np.zeros(TABS, np.int64)])
    first = np.searchsorted(tabs[:-TABS], starts)
    is_whole = np.searchsorted(tabs[:-TABS], ends) - first == TABS
    edges = np.column_stack([starts - 1, tabs[first[:, None] + np.arange(TABS)], ends])
    edges[~is_whole] = starts[~is_whole, None]
    return edges, is_whole


def _columns(
    data: Bytes, edges: Places, is_whole: NDArray[np.bool_], bounds: TimeBounds
) -> tuple[Columns, NDArray[np.uint8]]:
    pins, has_pin = _pins(data, edges[:, 0] + 1, edges[:, 1])
    times, has_date = _times(data, edges[:, 1] + 1, edges[:, 2])
    state, has_state = _numbers(data, edges[:, 3] + 1, edges[:, 4], LARGEST_CODE)
    verify, has_verify = _numbers(data, edges[:, 4] + 1, edges[:, 5], LARGEST_CODE)
    work_code, has_work_code = _numbers(data, edges[:, 5] + 1, edges[:, 6], 0xFFFF_FFFF)
    reasons = reason_codes(times, has_date, has_pin, bounds)
    reasons[~(is_whole & has_state & has_verify & has_work_code)] = REASONS.index(TORN_LINE)
    is_fill = (work_code == FILL_WORK_CODE) & ~has_date & (np.char.strip(pins, b"Z") == b"")
    reasons[is_fill & (reasons == REASONS.index(IMPOSSIBLE_DATE))] = REASONS.index(FILL_PATTERN)
    return Columns(pins, times, state, verify, work_code), reasons


def _field(data: Bytes, starts: Places, stops: Places, width: int) -> Bytes:
    """The first `width` bytes of each field as a matrix, 0 behind its end."""
    places = starts[:, None] + np.arange(width)
    return np.where(places < stops[:, None], data[np.minimum(places, len(data) - 1)], np.uint8(0))


def _pins(data: Bytes, starts: Places, stops: Places) -> tuple[NDArray[np.bytes_], NDArray[np.bool_]]:
    padded = _field(data, starts, stops, PIN_WIDTH)
    starts = starts + np.logical_and.accumulate(padded == 0x20, axis=1).sum(axis=1)
    words = np.ascontiguousarray(_field(data, starts, stops, PIN_WIDTH)).view("<u8")
    pins, is_readable = clean_pins(words)
    has_nul = np.char.str_len(pins) != stops - starts  # a NUL inside, or longer than any PIN
    return pins, is_readable & ~has_nul


def _times(data: Bytes, starts: Places, stops: Places) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    digits = _field(data, starts, stops, len(TIME_SHAPE)) - TIME_SHAPE
    limits = np.where(TIME_SHAPE == 0x30, np.uint8(9), np.uint8(0))
    has_shape = (stops - starts == len(TIME_SHAPE)) & (digits <= limits).all(axis=1)
    number = np.where(has_shape[:, None], digits, np.uint8(0)).astype(np.int64)
    year = number[:, :4] @ np.array([1000, 100, 10, 1])
    month, day, hour, minute, second = (number[:, at] * 10 + number[:, at + 1] for at in (5, 8, 11, 14, 17))
    months = ((year - 1970) * 12 + np.clip(month, 1, 12) - 1).astype("datetime64[M]")
    first = months.astype("datetime64[D]")
    length = ((months + 1).astype("datetime64[D]") - first).astype(np.int64)
    has_date = has_shape & (year > 0) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= length)
    has_date &= (hour < 24) & (minute < 60) & (second < 60)
    seconds = ((day - 1) * 24 + hour) * 3600 + minute * 60 + second
    return first.astype("datetime64[s]") + seconds, has_date


def _numbers(data: Bytes, starts: Places, stops: Places, largest: int) -> tuple[Places, NDArray[np.bool_]]:
    digits = _field(data, starts, stops, LONGEST_NUMBER) - np.uint8(0x30)
    length = stops - starts
    is_number = (length >= 1) & (length <= LONGEST_NUMBER)
    value = np.zeros(len(starts), np.int64)
    for place in range(LONGEST_NUMBER):
        is_inside = place < length
        is_number &= ~is_inside | (digits[:, place] <= 9)
        value = np.where(is_inside, value * 10 + digits[:, place], value)
    is_number &= value <= largest
    return np.where(is_number, value, 0), is_number
