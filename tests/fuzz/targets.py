"""One function per decoder: any bytes in, a clear refusal or a result that adds up; anything else is a find.

Hypothesis plays them in the suite (test_targets.py), a coverage-guided fuzzer by hand (`make fuzz`).
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Callable
from datetime import datetime

from extractors.drivers.adms import OplogReader, parse_attlog_body, parse_photo_body, parse_results
from extractors.drivers.export_file import parse_export
from extractors.drivers.oplog import decode_oplog
from extractors.drivers.solution_xml import parse_rows
from extractors.drivers.usb_file import parse_attlog
from extractors.drivers.zk_datagrams import DatagramWire
from extractors.drivers.zk_frames import Deadlines, Line, Wire, make_frame
from extractors.drivers.zk_session import Contact, ZkSession
from extractors.drivers.zk_transfer import KnownLog
from extractors.errors import ReadFailed
from extractors.layouts import (
    LAYOUTS,
    ZK40,
    Layout,
    PinTable,
    PlausibleTimes,
    decode,
    decode_users,
    pin_table,
    prove_layout,
)
from extractors.records import PunchBatch, TimeBounds

NOON = datetime(2017, 3, 20, 12)
PLAUSIBLE = PlausibleTimes.around(NOON, NOON)
AT_ONCE = Deadlines(connect_s=0.05, frame_s=0.02, no_progress_s=0.1)
COMMANDS = (2000, 2001, 2002, 2005, 1500, 1501, 500, 4989, 65535, 1503)
HEADS = struct.Struct("<BBH")  # which command, how the reply number moves, how many bytes


def require_conserved(batch: PunchBatch, count: int) -> None:
    """Each ordinal once, as a row or as a reject; PINs are text."""
    ordinals = sorted([*batch.ordinal.tolist(), *(one.ordinal for one in batch.rejects)])
    assert ordinals == list(range(count))
    assert all(pin and pin.decode("ascii").isprintable() for pin in batch.pin.tolist())


def decoder(layout: Layout) -> Callable[[bytes], None]:
    """The target of a layout."""

    def target(raw: bytes) -> None:
        whole = raw[: len(raw) // layout.size * layout.size]
        batch = decode(layout, whole, TimeBounds(latest=NOON), users=PinTable({1: "101"}))
        require_conserved(batch, len(whole) // layout.size)

    return target


def proof(raw: bytes) -> None:
    """Two counters, then a log."""
    if len(raw) < 2:
        return
    before, growth, log = raw[0], raw[1], raw[2:]
    layout = prove_layout(log, len(log), before, before + growth, PLAUSIBLE)
    assert (layout is None) == (not log)


def users(raw: bytes) -> None:
    """A counter, then a user table."""
    found = decode_users(raw[1:], raw[0] if raw else None)
    assert all(user.pin.isprintable() and user.pin for user in found)
    pin_table(found)


def attlog(raw: bytes) -> None:
    """An export file."""
    log = parse_attlog(raw, TimeBounds())
    assert log.lines == log.batch.offered


def export(raw: bytes) -> None:
    """An export file of a dialect that names its columns."""
    log = parse_export(b"No\tMchn\tEnNo\tName\tMode\tIOMd\tDateTime\r\n" + raw, TimeBounds())
    assert log.lines == log.batch.offered


def pushed(raw: bytes) -> None:
    """A body that a terminal pushes, read as each of its tables."""
    log = parse_attlog_body(raw, TimeBounds(latest=NOON))
    assert log.lines == log.batch.offered
    book = OplogReader()
    for place in range(0, len(raw), 7):
        book.feed(raw[place : place + 7])
    whole = OplogReader()
    whole.feed(raw)
    assert book.entries() == whole.entries()
    parse_results(raw)
    parse_photo_body(raw)


def oplog(raw: bytes) -> None:
    """A terminal's own book of its menu."""
    book = decode_oplog(raw)
    assert book.count == len(raw) // 16
    assert all(one.admin.isdecimal() and one.detail.count("\t") == 3 for one in book.entries)


def soap(raw: bytes) -> None:
    """The answer of a web server."""
    rows = parse_rows(
        b"<GetAttLogResponse>" + raw + b"</GetAttLogResponse>", "GetAttLog", ("PIN", "DateTime"), "transfer"
    )
    assert all(len(row) == 2 for row in rows)


def frames_of(raw: bytes) -> list[bytes]:
    """Sound frames that the bytes describe, for answers that get past the checksum."""
    frames, place, reply = [], 0, 0
    while place + HEADS.size <= len(raw):
        which, step, size = HEADS.unpack_from(raw, place)
        place += HEADS.size
        reply = (reply + step % 3) & 0xFFFF
        frames.append(make_frame(COMMANDS[which % len(COMMANDS)], 1, reply, raw[place : place + size % 512]))
        place += size % 512
    return frames


def _converse(line: Line) -> None:
    session = ZkSession(line, Contact())
    session.login(0, None)
    session.read_clock(lambda: NOON)
    before = session.read_counter()
    log = session.read_log(KnownLog(2, ZK40, "0"))
    after = session.read_counter()
    if prove_layout(log.content, len(log.content), before, after, PLAUSIBLE):
        session.read_users()
    session.read_oplog()


def stream(raw: bytes) -> None:
    """A whole session over TCP: the first byte chooses bytes as they are, or frames made of them."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall((raw if raw[:1] < b"\x40" else b"".join(frames_of(raw[1:])))[: 1 << 16])
        theirs.shutdown(socket.SHUT_WR)
        _converse(Wire(ours, AT_ONCE))


def datagrams(raw: bytes) -> None:
    """A whole session over datagrams."""
    ours, theirs = socket.socketpair(type=socket.SOCK_DGRAM)
    with ours, theirs:
        for frame in frames_of(raw)[:32]:
            theirs.send(frame[8:])
        _converse(DatagramWire(ours, AT_ONCE))


TARGETS: dict[str, Callable[[bytes], None]] = {
    **{layout.name: decoder(layout) for layout in LAYOUTS},
    "layout": proof,
    "users": users,
    "attlog": attlog,
    "export": export,
    "pushed": pushed,
    "oplog": oplog,
    "soap": soap,
    "stream": stream,
    "datagrams": datagrams,
}


def play(name: str, raw: bytes) -> None:
    """A refusal by class is an answer; every other exception is a find."""
    with contextlib.suppress(ReadFailed):
        TARGETS[name](raw)
