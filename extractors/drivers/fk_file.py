"""Reads `GLG_nnn.TXT` (new records) and `AGL_nnn.TXT` (all), the exports of FK/Timmy terminals, Fingerspot's too.

The first line names the columns, TABs between them: `No TMNo EnNo Name INOUT Mode DateTime`, or `No Mchn EnNo Name
Mode IOMd DateTime`, or with GMNo in the place of the state (then the state is not known: 255); blank columns may stand
between. EnNo is the PIN as the terminal pads it. DateTime is `YYYY/MM/DD HH:MM:SS` or `MM/DD/YYYY HH:MM:SS`. No counts
all records of the device, so a hole in it proves that records are lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from extractors.drivers.text_columns import (
    YEAR_FIRST,
    YEAR_FIRST_SLASH,
    YEAR_LAST_SLASH,
    DateOrder,
    Fields,
    Lines,
    Mask,
    Places,
    parse_lines,
    parse_numbers,
    parse_pins,
    parse_times,
)
from extractors.drivers.usb_file import LARGEST_CODE, ExportLog, batch_of
from extractors.errors import ReadUnsupported
from extractors.records import REASONS, TORN_LINE, Columns, TimeBounds, reason_codes

FORMAT: Final = "fk_log"
STATE_UNKNOWN: Final = 255  # as terminals write it whose state keys are off
LARGEST_NO: Final = 0xFFFF_FFFF
LONGEST_HEADER: Final = 400
MOST_NAMES: Final = 50_000  # people of one terminal
_NUMBER: Final = ("no",)
_PIN: Final = ("enno",)
_TIME: Final = ("datetime",)
_VERIFY: Final = ("mode",)
_STATE: Final = ("inout", "in/out", "iomd")
_NAME: Final = ("name",)
_ORDERS: Final[tuple[tuple[DateOrder, str], ...]] = (
    ("ymd", YEAR_FIRST_SLASH), ("ymd", YEAR_FIRST), ("mdy", YEAR_LAST_SLASH)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Header:
    """Where the columns stand; null: not in this dialect."""

    tabs: int
    number: int
    pin: int
    time: int
    verify: int
    state: int | None
    name: int | None


def is_fk_log(content: bytes) -> bool:
    """Whether the first line that is not blank names the columns of this family."""
    words = {word.strip().lower() for word in _first_line(content).split(b"\t")}
    return {b"enno", b"datetime"} <= words


def _first_line(content: bytes) -> bytes:
    return content[: LONGEST_HEADER * 2].lstrip(b"\r\n \xef\xbb\xbf").partition(b"\n")[0][:LONGEST_HEADER].rstrip(b"\r")


def parse_fk_log(content: bytes, bounds: TimeBounds) -> ExportLog:
    """Parses a whole export; ordinals count the lines behind the header from 0.

    Raises:
        ReadUnsupported: columns are missing, no line has them, or the dates stand in an order that is not known.
    """
    every = parse_lines(content)
    lines = every.part(1, len(every))
    header = _read_header(_first_line(content), lines)
    edges, is_whole = lines.edges(header.tabs)
    if len(lines) and not is_whole.any():
        raise ReadUnsupported(
            "decode", "Tidak satu pun baris berkas ini berbentuk seperti judul kolomnya; ekspor ulang."
        )

    def column(at: int) -> Fields:
        return Fields.of(lines.data, edges, at)

    times, has_date, order_known = _times(column(header.time))
    if not order_known:
        raise ReadUnsupported(
            "decode",
            "Tanggal berkas ini tampaknya hari/bulan/tahun; setel mesin ke tahun/bulan/hari, lalu ekspor ulang.",
        )
    pins, has_pin = parse_pins(column(header.pin).trimmed())
    verify, has_verify = parse_numbers(column(header.verify).trimmed(), LARGEST_CODE)
    state, has_state = np.full(len(lines), STATE_UNKNOWN), np.ones(len(lines), np.bool_)
    if header.state is not None:
        state, has_state = parse_numbers(column(header.state).trimmed(), LARGEST_CODE)
    numbers, has_number = parse_numbers(column(header.number).trimmed(), LARGEST_NO)
    reasons = reason_codes(times, has_date, has_pin, bounds)
    reasons[~(is_whole & has_verify & has_state & has_number)] = REASONS.index(TORN_LINE)
    batch = batch_of(lines, Columns(pins, times, state, verify, np.zeros(len(lines), np.int64)), reasons)
    names = {} if header.name is None else _user_names(column(header.name), pins, reasons == 0)
    readable = np.flatnonzero(is_whole & has_number)
    first, last = (int(numbers[readable[0]]), int(numbers[readable[-1]])) if len(readable) else (None, None)
    return ExportLog(
        FORMAT, len(lines), batch, first_no=first, last_no=last, missing=_hole(numbers, readable), user_names=names
    )


def _read_header(first: bytes, lines: Lines) -> _Header:
    """Columns by name. Rows that lack the header's blank columns are told by their number of TABs."""
    words = [word.strip().lower().decode("ascii", errors="replace") for word in first.split(b"\t")]
    bare = [word for word in words if word]
    counts = np.bincount(lines.tab_counts(), minlength=len(words) + 1)
    if len(bare) > 1 and counts[len(bare) - 1] > counts[len(words) - 1]:
        words = bare

    def place(names: tuple[str, ...]) -> int | None:
        return next((words.index(name) for name in names if name in words), None)

    number, pin, at, verify = place(_NUMBER), place(_PIN), place(_TIME), place(_VERIFY)
    if number is None or pin is None or at is None or verify is None:
        raise ReadUnsupported(
            "decode", "Judul kolom berkas ini tidak lengkap (No, EnNo, Mode, DateTime); ekspor ulang."
        )
    return _Header(len(words) - 1, number, pin, at, verify, place(_STATE), place(_NAME))


def _times(fields: Fields) -> tuple[NDArray[np.datetime64], Mask, bool]:
    """Times in the order that most lines have, and whether that order can be believed.

    Of month first and day first, day first is refused: on its first twelve days a month would be read as another.
    """
    trimmed = fields.trimmed()
    readings = [parse_times(trimmed, order, shape) for order, shape in _ORDERS]
    times, has_date = max(readings, key=lambda reading: int(np.count_nonzero(reading[1])))
    _, is_day_first = parse_times(trimmed, "dmy", YEAR_LAST_SLASH)
    return times, has_date, int(np.count_nonzero(is_day_first)) <= int(np.count_nonzero(has_date))


def _hole(numbers: Places, readable: Places) -> str | None:
    """In words, where the running number jumps over more records than there are unreadable lines between."""
    steps, lines_between = np.diff(numbers[readable]), np.diff(readable)
    jumps = np.flatnonzero(steps != lines_between)
    if not len(jumps):
        return None
    before, after = (int(numbers[readable[jumps[0] + step]]) for step in (0, 1))
    return f"nomor urut meloncat dari {before} ke {after}"


def _user_names(fields: Fields, pins: NDArray[np.bytes_], is_punch: Mask) -> dict[str, str]:
    """What the terminal calls the owner of each PIN: the last name that it wrote; none where the column is empty."""
    trimmed = fields.trimmed()
    named = np.flatnonzero(is_punch & (trimmed.length() > 0))[::-1]
    owners, places = np.unique(pins[named], return_index=True)
    spans = zip(trimmed.starts[named[places]], trimmed.stops[named[places]], strict=True)
    raw = [fields.data[start:stop].tobytes() for start, stop in spans][:MOST_NAMES]
    codec = name_codec(b"\n".join(raw))
    return {
        owner.decode("ascii"): " ".join(text.decode(codec, errors="replace").split())
        for owner, text in zip(owners.tolist(), raw, strict=False)
    }


def name_codec(text: bytes) -> str:
    """The code of the names: UTF-8, else GBK when all bytes above 0x80 stand in pairs of GB2312, else cp1252."""
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    high = np.frombuffer(b"\0" + text + b"\0", np.uint8) >= 0xA1
    edges = np.flatnonzero(np.diff(high.astype(np.int8)))
    is_paired = not ((edges[1::2] - edges[::2]) % 2).any() and not any(0x80 <= byte < 0xA1 for byte in set(text))
    try:
        text.decode("gbk")
    except UnicodeDecodeError:
        return "cp1252"
    return "gbk" if is_paired else "cp1252"
