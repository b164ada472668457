"""Attendance records as columns, their encoded times, and what is no punch.

Time: ((year % 100 * 12 + month - 1) * 31 + day - 1) * 86400 + second of the day; each month has 31 slots, so impossible
dates can be encoded. Device wall time, no zone. The forms of records stand in extractors/layouts.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

PIN_WIDTH: Final = 24
SECONDS_PER_DAY: Final = 86_400
BLOCK: Final = 1 << 15  # records whose words stay in the processor's cache
FIRST_CHARACTER: Final = 0x21  # that a PIN may hold
LAST_CHARACTER: Final = 0x7E
FILL_BYTES: Final = (0x00, 0x5A, 0xFF)  # erased or torn flash pages

# Reasons of rejects, a closed list: dashboards and checks group by them.
IMPOSSIBLE_DATE: Final = "tanggal mustahil"
BEFORE_INSTALLED: Final = "sebelum mesin dipasang"
AFTER_CLOCK: Final = "lebih dari sehari sesudah jam mesin"
FILL_PATTERN: Final = "pola isian memori"
UNREADABLE_PIN: Final = "PIN tidak terbaca"
TORN_LINE: Final = "baris robek"
REASONS: Final = (
    "", IMPOSSIBLE_DATE, BEFORE_INSTALLED, AFTER_CLOCK, FILL_PATTERN, UNREADABLE_PIN, TORN_LINE
)  # fmt: skip

_ONE, _BYTE = np.uint64(1), np.uint64(0xFF)


@dataclass(frozen=True, slots=True)
class Reject:
    """What claims to be a record and is no punch."""

    ordinal: int
    reason: str
    record: bytes
    pin: str | None  # null when it cannot be read
    punched_at: datetime | None  # null when there is no such date
    line: int | None = None  # of a file, from 1


@dataclass(frozen=True, slots=True)
class PunchBatch:
    """Punches of one log as columns of equal length, in device order, and the rejects between them.

    `pin` S24 without padding, `punched_at` datetime64[s] device wall time, `ordinal` counts rejects too.
    """

    ordinal: NDArray[np.int64]
    pin: NDArray[np.bytes_]
    punched_at: NDArray[np.datetime64]
    state: NDArray[np.integer[Any]]
    verify: NDArray[np.integer[Any]]
    work_code: NDArray[np.integer[Any]]
    rejects: Sequence[Reject]

    def __len__(self) -> int:
        return len(self.ordinal)

    @property
    def offered(self) -> int:
        """All records, punches and rejects."""
        return len(self.ordinal) + len(self.rejects)


@dataclass(frozen=True, slots=True)
class TimeBounds:
    """Between which wall times a punch can have happened; null = not known."""

    installed_on: date | None = None
    latest: datetime | None = None


def _day_table() -> NDArray[np.int64]:
    """Days since 1970 of each of the 37,200 day codes of 2000-2099, -1 where there is no such day."""
    months = np.arange(np.datetime64("2000-01", "M"), np.datetime64("2100-01", "M"))
    firsts = months.astype("datetime64[D]").astype(np.int64)
    lengths = (months + 1).astype("datetime64[D]").astype(np.int64) - firsts
    days = np.arange(31)
    return np.where(days < lengths[:, None], firsts[:, None] + days, -1).ravel()


_DAYS: Final = _day_table()
_DAY_STARTS: Final = np.append(_DAYS, -1) * SECONDS_PER_DAY  # the last one stands for all codes behind 2099


def device_time(code: int) -> datetime | None:
    """Wall time of one encoded time, none for an impossible date."""
    day, second = divmod(code, SECONDS_PER_DAY)
    if day >= len(_DAYS) or _DAYS[day] < 0:
        return None
    return np.datetime64(int(_DAYS[day]) * SECONDS_PER_DAY + second, "s").item()


def encoded_time(moment: datetime) -> int:
    """A wall time of 2000 to 2099 as devices write it."""
    day = ((moment.year % 100) * 12 + moment.month - 1) * 31 + moment.day - 1
    return day * SECONDS_PER_DAY + (moment.hour * 60 + moment.minute) * 60 + moment.second


def calendar_times(codes: NDArray[np.uint32]) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    """Encoded times as wall times, and which of them exist in the calendar."""
    code = codes // np.uint32(SECONDS_PER_DAY)  # much faster than divmod
    times = _DAY_STARTS.take(code, mode="clip")
    has_date = times >= 0
    times += codes - code * np.uint32(SECONDS_PER_DAY)
    return times.view("datetime64[s]"), has_date


def reason_codes(
    times: NDArray[np.datetime64], has_date: NDArray[np.bool_], has_pin: NDArray[np.bool_], bounds: TimeBounds
) -> NDArray[np.uint8]:
    """For each record 0 or the position in REASONS of why it is no punch; a missing date outweighs the rest."""
    reasons = np.zeros(len(times), np.uint8)
    if bounds.latest is not None:
        reasons[times > np.datetime64(bounds.latest, "s")] = REASONS.index(AFTER_CLOCK)
    if bounds.installed_on is not None:
        reasons[times < np.datetime64(bounds.installed_on, "s")] = REASONS.index(BEFORE_INSTALLED)
    reasons[~has_pin] = REASONS.index(UNREADABLE_PIN)
    reasons[~has_date] = REASONS.index(IMPOSSIBLE_DATE)
    return reasons


def clean_pins(words: NDArray[np.uint64]) -> tuple[NDArray[np.bytes_], NDArray[np.bool_]]:
    """Cuts PINs of 24 bytes, given as (n, 3) words, at their first NUL; the second result says which are readable.

    Readable is at least one and only printable ASCII characters (0x21 to 0x7E).
    """
    cleaned = np.zeros((len(words), 3), np.uint64)
    is_readable = np.empty(len(words), np.bool_)
    for start in range(0, len(words), BLOCK):
        block = slice(start, start + BLOCK)
        is_readable[block] = _clean_block(words[block], cleaned[block])
    return cleaned.view(f"S{PIN_WIDTH}").ravel(), is_readable


def _clean_block(words: NDArray[np.uint64], cleaned: NDArray[np.uint64]) -> NDArray[np.bool_]:
    word = words[:, 0].copy()
    faults, is_open = _cut(word)
    cleaned[:, 0], is_filled = word, word != 0
    for column in (1, 2):
        if not is_open.any():
            break
        word = words[:, column].copy()
        word[~is_open] = 0
        more_faults, goes_on = _cut(word)
        cleaned[:, column] = word
        faults |= more_faults
        is_open &= goes_on
    is_readable: NDArray[np.bool_] = (faults == 0) & is_filled
    return is_readable


def _cut(words: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Cuts eight bytes at once at the first one below 0x21; gives what is wrong with them, and where no byte ended.

    `end` is the lowest bit of that byte, 0 where there is none.
    """
    end = (words.view(np.uint8) < FIRST_CHARACTER).view(np.uint64)
    end &= -end
    faults = words & (end * _BYTE)  # what ends the PIN is a NUL and no control character
    words &= end - _ONE
    faults |= (words.view(np.uint8) > LAST_CHARACTER).view(np.uint64)
    return faults, end == 0


@dataclass(frozen=True, slots=True)
class Columns:
    """All records of a log as columns, before punches and rejects part."""

    pin: NDArray[np.bytes_]
    punched_at: NDArray[np.datetime64]
    state: NDArray[np.integer[Any]]
    verify: NDArray[np.integer[Any]]
    work_code: NDArray[np.integer[Any]]

    def batch(self, first_ordinal: int, keep: NDArray[np.bool_] | slice, rejects: Sequence[Reject]) -> PunchBatch:
        """The records to keep, numbered from `first_ordinal`, with the rejects beside them."""
        return PunchBatch(
            ordinal=np.arange(first_ordinal, first_ordinal + len(self.pin))[keep],
            pin=self.pin[keep],
            punched_at=self.punched_at[keep],
            state=self.state[keep],
            verify=self.verify[keep],
            work_code=self.work_code[keep],
            rejects=rejects,
        )

    def reject(self, at: int, code: int, first_ordinal: int, record: bytes, line: int | None = None) -> Reject:
        """Record number `at` as a reject for reason number `code`, with the PIN and the time that can be read."""
        reason = REASONS[code]
        has_pin = reason not in (FILL_PATTERN, UNREADABLE_PIN, TORN_LINE)
        pin = self.pin[at].decode("ascii", errors="replace") if has_pin else ""
        has_date = reason not in (FILL_PATTERN, IMPOSSIBLE_DATE, TORN_LINE)
        return Reject(
            ordinal=first_ordinal + at,
            reason=reason,
            record=record,
            pin=pin if pin.isprintable() and pin.isascii() and pin else None,
            punched_at=self.punched_at[at].item() if has_date else None,
            line=line,
        )
