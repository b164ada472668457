"""Export files of terminals, made up: each has a pathology that was seen in a real one, and no real data.

Every twin comes with what must become of it, so that a test compares and computes nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from extractors.records import FILL_PATTERN, IMPOSSIBLE_DATE, TORN_LINE

START = datetime(2017, 3, 1, 7, 0)
FILL_LINE = b"ZZZZZZZZZZ\t2047-02-30 19:13:30\t1\t90\t90\t1515870810"


@dataclass(frozen=True)
class Twin:
    """A file and the truth about it: rows as (ordinal, pin, time), rejects as (line, reason)."""

    content: bytes
    format: str
    lines: int
    rows: list[tuple[int, str, datetime]]
    rejects: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Writer:
    """Writes records one after another and keeps the truth."""

    end: bytes = b"\n"
    width: int = 9
    extra: int = 0
    made: list[bytes] = field(default_factory=list)
    rows: list[tuple[int, str, datetime]] = field(default_factory=list)
    rejects: list[tuple[int, str]] = field(default_factory=list)

    def punch(self, pin: str, at: datetime, state: int = 0, verify: int = 1) -> None:
        self.rows.append((len(self.made), pin, at))
        cells = [pin.rjust(self.width), f"{at:%Y-%m-%d %H:%M:%S}", "1", str(state), str(verify), "0"]
        self.made.append("\t".join([*cells, *["0"] * self.extra]).encode())

    def spoil(self, line: bytes, reason: str) -> None:
        self.rejects.append((len(self.made) + 1, reason))
        self.made.append(line)

    def twin(self, log_format: str, tail: bytes = b"") -> Twin:
        content = b"".join(line + self.end for line in self.made) + tail
        return Twin(content, log_format, len(self.made), self.rows, self.rejects)


def _times(count: int, chance: random.Random) -> Iterator[datetime]:
    at = START
    for _ in range(count):
        at += timedelta(seconds=chance.randint(2, 900))
        yield at


def out_of_order() -> Twin:
    """Like A: log order is not time order, repeat punches within a minute, states 0/1/4."""
    chance, writer = random.Random(1), Writer()
    for index, at in enumerate(_times(2000, chance)):
        shown = at - timedelta(days=3) if index % 300 == 299 else at
        writer.punch(str(chance.randint(1, 90)), shown, chance.choice((0, 1, 4)), chance.choice((0, 1)))
    return writer.twin("zk_attlog_6")


def verify_never_said() -> Twin:
    """Like B: strictly ordered, verify 0 in every row, states 0/1/4/5."""
    chance, writer = random.Random(2), Writer()
    for at in _times(1000, chance):
        writer.punch(str(chance.randint(1, 40)), at, chance.choice((0, 1, 4, 5)), 0)
    return writer.twin("zk_attlog_6")


def lost_power(rows: int = 1200, end: bytes = b"\r\n") -> Twin:
    """Like C: keys off (255), a run of 2000-01-01 after power loss, one of years before, one impossible row."""
    chance, writer = random.Random(3), Writer(end=end)
    for index, at in enumerate(_times(rows, chance)):
        shown = at
        if 400 <= index < 421:
            shown = datetime(2000, 1, 1, 0, index - 399)
        elif 700 <= index < 711:
            shown = datetime(2015, 10, 3, 8, index - 699)
        writer.punch(str(chance.randint(1, 60)), shown, 255)
        if index == 800:
            writer.spoil(b"        7\t1990-00--8 -16:-29:-40\t1\t255\t1\t0", IMPOSSIBLE_DATE)
    return writer.twin("zk_attlog_6")


def worn_flash() -> Twin:
    """Like D: pages of 0x5A, torn rows with control bytes, among them one with a bare CR."""
    chance, writer = random.Random(4), Writer()
    for index, at in enumerate(_times(900, chance)):
        writer.punch(str(chance.randint(1, 50)), at)
        if index % 30 == 0:
            writer.spoil(FILL_LINE, FILL_PATTERN)
        if index % 45 == 1:
            writer.spoil(b"       12\t2017-0\x01\x0b\r3\x7f\x00\t1", TORN_LINE)
    return writer.twin("zk_attlog_6")


def small_shifts() -> Twin:
    """Like E: small and clean, from 05:30 to midnight."""
    writer = Writer()
    for hour, minute in ((5, 30), (13, 45), (21, 59), (23, 59)):
        writer.punch("101", datetime(2017, 3, 2, hour, minute))
    return writer.twin("zk_attlog_6")


def long_pins() -> Twin:
    """Like F: PINs of eight digits, a blank last line."""
    writer = Writer()
    for index in range(7):
        writer.punch(f"3303100{index}", START + timedelta(minutes=index))
    return writer.twin("zk_attlog_6", tail=b"\n")


def firmware_of_2026(columns: int = 11) -> Twin:
    """PINs without padding, four or five more columns."""
    writer = Writer(width=0, extra=columns - 6)
    for index in range(50):
        writer.punch(str(index + 1), START + timedelta(minutes=index), verify=15)
        if index == 20:
            writer.spoil(b"21\t2017-03-01 07:20:00\t1\t0\t15\t0", TORN_LINE)  # its last columns are cut off
    return writer.twin(f"zk_attlog_{columns}")


def five_wide() -> Twin:
    """PINs padded to five, two of them in one second."""
    writer = Writer(width=5)
    for pin in ("7", "12", "0012"):
        writer.punch(pin, START)
    return writer.twin("zk_attlog_6")


TWINS = {
    "A out of order": out_of_order(),
    "B verify never said": verify_never_said(),
    "C power lost": lost_power(),
    "C earlier": lost_power(1100, b"\n"),
    "D worn flash": worn_flash(),
    "E small shifts": small_shifts(),
    "F long pins": long_pins(),
    "firmware of 2026": firmware_of_2026(),
    "ten columns": firmware_of_2026(10),
    "five wide": five_wide(),
}

FK_HEADERS = {
    "old GLG": b"No\tMchn\tEnNo\tName\tMode\tIOMd\tDateTime",
    "new": b"No\tTMNo\tEnNo\tName\tINOUT\tMode\tDateTime",
    "AGL": b"No\tTMNo\tEnNo\tName\tGMNo\tMode\tDateTime",
    "blank columns": b"No\tTMNo\tEnNo\tName\t\tGMNo\tMode\tDateTime\t",
}


def fk_file(
    header: bytes, rows: list[tuple[int, str, bytes, str]], *, end: bytes = b"\n", is_header_wider: bool = False
) -> bytes:
    """An FK export of (No, EnNo, name, time text); state 1, verify 2 wherever the header has them."""
    names = header.split(b"\t")
    lines = [header]
    for number, pin, name, at in rows:
        cells = {
            b"No": str(number).encode(), b"TMNo": b"1", b"Mchn": b"1", b"EnNo": pin.encode(), b"Name": name,
            b"GMNo": b"9", b"INOUT": b"1", b"IOMd": b"1", b"Mode": b"2", b"DateTime": at.encode(), b"": b"",
        }  # fmt: skip
        lines.append(b"\t".join(cells[column] for column in names if column or not is_header_wider))
    return end.join(lines) + end
