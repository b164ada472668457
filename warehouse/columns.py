"""Columns of many rows as text, without a loop over rows: look-up tables for days, seconds and small numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Text = NDArray[np.bytes_]
SECONDS_PER_DAY: Final = 86_400
WIDEST_DAY_TABLE: Final = 200_000


@lru_cache(maxsize=1)
def _four_digits() -> Text:
    digits: Text = np.char.zfill(np.arange(10_000).astype("S4"), 4)
    return digits


@lru_cache(maxsize=1)
def _short_numbers() -> Text:
    return np.arange(10_000).astype("S4")


@lru_cache(maxsize=1)
def _seconds_of_day() -> Text:
    clock = np.datetime64("2000-01-01", "s") + np.arange(SECONDS_PER_DAY)
    return np.array([text[11:] for text in np.datetime_as_string(clock).tolist()], dtype="S8")


def number_text(values: NDArray[np.integer[Any]], *, is_padded_allowed: bool = False) -> Text:
    """Whole numbers as text; where leading zeros do no harm (COPY), larger ones are made of two halves."""
    if not len(values):
        return np.empty(0, "S1")
    smallest, largest = int(values.min()), int(values.max())
    if smallest >= 0 and largest < 10_000:
        short: Text = _short_numbers().astype(f"S{len(str(largest))}")[values]
        return short
    if is_padded_allowed and smallest >= 0 and largest < 100_000_000:
        halves = np.empty(len(values), [("high", "S4"), ("low", "S4")])
        halves["high"], halves["low"] = _four_digits()[values // 10_000], _four_digits()[values % 10_000]
        joined: Text = halves.view("S8")
        return joined
    text: Text = values.astype("S20")
    return text


def time_text(times: NDArray[np.datetime64]) -> tuple[Text, Text]:
    """Date `YYYY-MM-DD` and time `HH:MM:SS` of datetime64[s], as two columns."""
    seconds = times.astype("datetime64[s]").astype(np.int64)
    day, second = np.divmod(seconds, SECONDS_PER_DAY)
    if not len(day):
        return np.empty(0, "S10"), np.empty(0, "S8")
    first, last = int(day.min()), int(day.max())
    if last - first > WIDEST_DAY_TABLE:
        return np.datetime_as_string(day.astype("datetime64[D]")).astype("S"), _seconds_of_day()[second]
    table = np.datetime_as_string(np.arange(first, last + 1).astype("datetime64[D]")).astype("S")
    return table[day - first], _seconds_of_day()[second]


def rows_text(parts: Sequence[Text | bytes], count: int) -> bytes:
    """`count` lines from columns and constants side by side; the padding of columns (NUL) is dropped."""
    layout = [
        (f"p{at}", part.dtype if isinstance(part, np.ndarray) else f"S{len(part)}") for at, part in enumerate(parts)
    ]
    rows = np.empty(count, layout)
    for (name, _), part in zip(layout, parts, strict=True):
        rows[name] = part
    return rows.tobytes().translate(None, b"\0")
