"""Text files as columns: lines, fields between TABs, and what the fields say, parsed with numpy over the whole file.

Lines end at LF only: torn lines of worn flash hold other control bytes. Nothing here loops over lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from extractors.records import PIN_WIDTH, clean_pins

LONGEST_NUMBER: Final = 10
DATE_WIDTH: Final = 10
CLOCK_WIDTH: Final = 8
MOST_BLANKS: Final = 3  # between date and time; FK terminals write two
YEAR_FIRST: Final = "0000-00-00"
YEAR_FIRST_SLASH: Final = "0000/00/00"
YEAR_LAST_SLASH: Final = "00/00/0000"
CLOCK_SHAPE: Final = "00:00:00"

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
Mask = NDArray[np.bool_]
DateOrder = Literal["ymd", "mdy", "dmy"]
PLACES: Final[dict[DateOrder, tuple[int, int, int]]] = {"ymd": (0, 5, 8), "mdy": (6, 0, 3), "dmy": (6, 3, 0)}


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines that are not blank: where each starts and ends (exclusive, without CR), and its number in the file."""

    data: Bytes
    starts: Places
    ends: Places
    numbers: Places  # from 1

    def __len__(self) -> int:
        return len(self.starts)

    def part(self, first: int, stop: int) -> Lines:
        """The lines from `first` up to, not including, `stop`."""
        return Lines(self.data, self.starts[first:stop], self.ends[first:stop], self.numbers[first:stop])

    def text(self, at: int | np.integer[Any]) -> bytes:
        """One line as it stands in the file."""
        return self.data[self.starts[at] : self.ends[at]].tobytes()

    def tab_counts(self) -> Places:
        """TABs of each line."""
        tabs = np.flatnonzero(self.data == 0x09)
        return np.searchsorted(tabs, self.ends) - np.searchsorted(tabs, self.starts)

    def edges(self, tabs: int) -> tuple[Places, Mask]:
        """Places around the `tabs + 1` columns of each line; a line with another number of TABs has empty columns."""
        places = np.concatenate([np.flatnonzero(self.data == 0x09), np.zeros(tabs, np.int64)])
        first = np.searchsorted(places[: len(places) - tabs], self.starts)
        is_whole = self.tab_counts() == tabs
        edges = np.column_stack([self.starts - 1, places[first[:, None] + np.arange(tabs)], self.ends])
        edges[~is_whole] = self.starts[~is_whole, None]
        return edges, is_whole


@dataclass(frozen=True, slots=True)
class Fields:
    """One column: where the field of each line starts and stops (exclusive)."""

    data: Bytes
    starts: Places
    stops: Places

    @classmethod
    def of(cls, data: Bytes, edges: Places, column: int) -> Fields:
        """Column number `column` between the edges; an empty one of a broken line stays empty."""
        return cls(data, np.minimum(edges[:, column] + 1, edges[:, column + 1]), edges[:, column + 1])

    def trimmed(self) -> Fields:
        """Without the blanks at both ends (no more than a field's width is looked at)."""
        width = LONGEST_NUMBER
        heads = self.head(width) == 0x20
        starts = np.minimum(self.starts + np.logical_and.accumulate(heads, axis=1).sum(axis=1), self.stops)
        tails = self.stops[:, None] - 1 - np.arange(width)
        is_blank = (tails >= starts[:, None]) & (self.data[np.maximum(tails, 0)] == 0x20)
        return Fields(self.data, starts, self.stops - np.logical_and.accumulate(is_blank, axis=1).sum(axis=1))

    def head(self, width: int) -> Bytes:
        """The first `width` bytes of each field as a matrix, 0 behind its end."""
        places = self.starts[:, None] + np.arange(width)
        return np.where(places < self.stops[:, None], self.data[np.minimum(places, len(self.data) - 1)], np.uint8(0))

    def length(self) -> Places:
        """Bytes of each field."""
        return self.stops - self.starts


def parse_lines(content: bytes) -> Lines:
    """All lines of a file that hold a visible character."""
    data = np.frombuffer(content + b"\n", np.uint8)
    ends = np.flatnonzero(data == 0x0A)
    starts = np.concatenate([[0], ends[:-1] + 1])
    visible = np.concatenate([[0], np.cumsum(data > 0x20)])
    is_filled = visible[ends] > visible[starts]
    starts, ends, numbers = starts[is_filled], ends[is_filled], np.flatnonzero(is_filled) + 1
    return Lines(data, starts, ends - (data[ends - 1] == 0x0D), numbers)


def parse_pins(fields: Fields) -> tuple[NDArray[np.bytes_], Mask]:
    """PINs without padding, leading zeros kept, and which are readable."""
    padding = np.logical_and.accumulate(fields.head(PIN_WIDTH) == 0x20, axis=1).sum(axis=1)
    bare = Fields(fields.data, fields.starts + padding, fields.stops)
    pins, is_readable = clean_pins(np.ascontiguousarray(bare.head(PIN_WIDTH)).view("<u8"))
    has_nul = np.char.str_len(pins) != bare.length()  # a NUL inside, or longer than any PIN
    return pins, is_readable & ~has_nul


def parse_times(fields: Fields, order: DateOrder, date_shape: str) -> tuple[NDArray[np.datetime64], Mask]:
    """Wall times of the form `date time` and which of them there are; blanks between are counted, not read."""
    width = fields.length()
    dates = fields.head(DATE_WIDTH)
    clocks = Fields(fields.data, np.maximum(fields.stops - CLOCK_WIDTH, fields.starts), fields.stops).head(CLOCK_WIDTH)
    blanks = width - DATE_WIDTH - CLOCK_WIDTH
    between = fields.head(DATE_WIDTH + MOST_BLANKS)[:, DATE_WIDTH:]
    is_between = np.arange(MOST_BLANKS) < blanks[:, None]
    has_shape = (blanks >= 1) & (blanks <= MOST_BLANKS) & (~is_between | (between == 0x20)).all(axis=1)
    day_digits, has_date_shape = _digits(dates, date_shape)
    clock_digits, has_clock_shape = _digits(clocks, CLOCK_SHAPE)
    has_shape &= has_date_shape & has_clock_shape
    day_digits, clock_digits = (np.where(has_shape[:, None], digits, 0) for digits in (day_digits, clock_digits))
    return _moments(day_digits, clock_digits, PLACES[order], has_shape)


def _digits(characters: Bytes, shape: str) -> tuple[Places, Mask]:
    """Digit values, and which rows have digits where `shape` has a 0 and its own characters elsewhere."""
    form = np.frombuffer(shape.encode(), np.uint8)
    digits = characters - form
    limits = np.where(form == 0x30, np.uint8(9), np.uint8(0))
    has_form: Mask = np.logical_and.reduce(digits <= limits, axis=1)
    return digits.astype(np.int64), has_form


def _moments(
    day_digits: Places, clock_digits: Places, places: tuple[int, int, int], has_shape: Mask
) -> tuple[NDArray[np.datetime64], Mask]:
    year_at, month_at, day_at = places
    year = day_digits[:, year_at : year_at + 4] @ np.array([1000, 100, 10, 1])
    month, day = (day_digits[:, at] * 10 + day_digits[:, at + 1] for at in (month_at, day_at))
    hour, minute, second = (clock_digits[:, at] * 10 + clock_digits[:, at + 1] for at in (0, 3, 6))
    months = ((year - 1970) * 12 + np.clip(month, 1, 12) - 1).astype("datetime64[M]")
    first = months.astype("datetime64[D]")
    length = ((months + 1).astype("datetime64[D]") - first).astype(np.int64)
    has_date = has_shape & (year > 0) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= length)
    is_clock = (hour < 24) & (minute < 60) & (second < 60)
    seconds = ((day - 1) * 24 + hour) * 3600 + minute * 60 + second
    return first.astype("datetime64[s]") + seconds, np.logical_and(has_date, is_clock)


def parse_numbers(fields: Fields, largest: int) -> tuple[Places, Mask]:
    """Whole numbers from 0 to `largest`; 0 where there is none."""
    digits = fields.head(LONGEST_NUMBER) - np.uint8(0x30)
    length = fields.length()
    is_number = (length >= 1) & (length <= LONGEST_NUMBER)
    value = np.zeros(len(length), np.int64)
    for place in range(LONGEST_NUMBER):
        is_inside = place < length
        is_number &= ~is_inside | (digits[:, place] <= 9)
        value = np.where(is_inside, value * 10 + digits[:, place], value)
    is_number &= value <= largest
    return np.where(is_number, value, 0), is_number
