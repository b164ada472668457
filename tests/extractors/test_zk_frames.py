"""Frames against bytes written by hand from the protocol documents, not by our own code."""

import socket
import struct
import threading
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.drivers.zk import scramble_key
from extractors.drivers.zk_datagrams import DatagramWire
from extractors.drivers.zk_frames import Deadlines, Line, Overdue, Wire, checksum, make_frame, word_sum
from extractors.errors import ReadFailed, ReadTransient, ReadUnsupported
from tests.extractors.fake_terminal import plain_checksum

pytestmark = pytest.mark.unit

# CONNECT of a first session: command 03e8, checksum fc17, session 0, reply 0.
CONNECT_FRAME = bytes.fromhex("5050827d 08000000 e803 17fc 0000 0000")
# ACK_OK with session 0x1234 and reply 0: 07d0 + 1234 = 1a04, ones' complement e5fb.
ACK_FRAME = bytes.fromhex("5050827d 08000000 d007 fbe5 3412 0000")


def wire_of(sent: bytes, **deadlines: float) -> Wire:
    """A wire whose other end has sent these bytes and closed."""
    ours, theirs = socket.socketpair()
    theirs.sendall(sent)
    theirs.close()
    return Wire(ours, Deadlines(**deadlines))


def listen(wire: Line) -> bytes:
    """The first data that are some."""
    while not (found := bytes(wire.receive(4).data)):
        continue
    return found


def busy_lines(whole_s: float, began_at: float | None = None) -> list[Line]:
    """A stream and datagrams with frames that bring nothing, then one that does; a look at the clock is a second."""
    lines: list[Line] = []
    for kind, line in ((socket.SOCK_STREAM, Wire), (socket.SOCK_DGRAM, DatagramWire)):
        ours, theirs = socket.socketpair(type=kind)
        for frame in [make_frame(1501, 0, 4)] * 20 + [make_frame(1501, 0, 4, b"abc")]:
            theirs.send(frame if kind is socket.SOCK_STREAM else frame[8:])
        seconds = count().__next__
        limits = Deadlines(frame_s=1e6, no_progress_s=1e6, whole_s=whole_s)
        lines.append(line(ours, limits, monotonic=seconds, began_at=began_at))
    return lines


def test_a_line_that_is_busy_and_brings_nothing_ends_with_the_time_of_the_pull() -> None:
    for line in busy_lines(whole_s=10):
        with pytest.raises(Overdue) as failure:
            listen(line)
        assert failure.value.error_class == "transient"


def test_twin_with_more_time_the_same_line_brings_what_it_has() -> None:
    assert [listen(line) for line in busy_lines(whole_s=1e6)] == [b"abc", b"abc"]


def test_the_time_counts_from_the_beginning_of_the_pull() -> None:
    for line in busy_lines(whole_s=1000, began_at=-1000):
        with pytest.raises(Overdue):
            line.receive(4)


def test_shorter_deadlines_do_not_move_the_end_of_the_pull() -> None:
    for line in busy_lines(whole_s=1):
        line.shorten(Deadlines(whole_s=1e6))
        with pytest.raises(Overdue):
            listen(line)


def test_connect_is_the_documented_frame() -> None:
    assert make_frame(1000, 0, 0) == CONNECT_FRAME


def test_odd_data_are_padded_for_the_sum_only() -> None:
    # words 000b, 0000, 0001, 5a: 0b + 01 + 5a = 66, complement ff99
    assert make_frame(11, 0, 1, b"\x5a") == bytes.fromhex("5050827d 09000000 0b00 99ff 0000 0100 5a")


def test_a_sum_of_ffff_has_the_checksum_0() -> None:
    assert checksum(1, 0, 0xFFFE, b"") == 0


def test_comm_key_is_scrambled_as_recorded() -> None:
    assert scramble_key(123456, 0x1234, tick=50).hex() == "267f32eb"


def test_answer_is_read_whole() -> None:
    frame = wire_of(ACK_FRAME).receive(0)

    assert (frame.command, frame.session, frame.reply, bytes(frame.data)) == (2000, 0x1234, 0, b"")


@pytest.mark.parametrize("size", [1, 3, 7])
def test_any_segmentation_gives_the_same_frame(size: int) -> None:
    ours, theirs = socket.socketpair()
    sent = make_frame(1501, 0, 4, b"abcdefghijk")

    def dribble() -> None:
        for start in range(0, len(sent), size):
            theirs.sendall(sent[start : start + size])

    thread = threading.Thread(target=dribble)
    thread.start()
    frame = Wire(ours, Deadlines()).receive(4)
    thread.join()

    assert bytes(frame.data) == b"abcdefghijk"


def test_data_land_in_the_buffer_given() -> None:
    buffer = bytearray(16)

    frame = wire_of(make_frame(1501, 0, 4, b"abc")).receive(4, memoryview(buffer))

    assert buffer[:3] == b"abc"
    assert len(frame.data) == 3


def test_events_before_an_answer_are_acknowledged_and_dropped() -> None:
    ours, theirs = socket.socketpair()
    theirs.sendall(make_frame(500, 1, 0, bytes(32)) * 2 + make_frame(2000, 9, 5))
    wire = Wire(ours, Deadlines())
    wire.session = 9

    assert wire.receive(5).command == 2000
    assert theirs.recv(100) == make_frame(2000, 9, 0) * 2


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (ACK_FRAME[:10] + b"\0\0" + ACK_FRAME[12:], ReadTransient),  # checksum
        (make_frame(2000, 0x1234, 1), ReadTransient),  # answer to another request
        (ACK_FRAME[:-3], ReadTransient),  # cut inside
        (b"", ReadTransient),
        (bytes.fromhex("aa0104aabbccdd55") * 3, ReadUnsupported),  # a C3 access panel
        (b"HTTP/1.0 400 Bad Request\r\n", ReadUnsupported),
        (bytes.fromhex("5050827d ffffffff e803 17fc 0000 0000"), ReadUnsupported),  # length of four gigabytes
    ],
)
def test_a_broken_frame_is_refused(sent: bytes, error: type[ReadFailed]) -> None:
    with pytest.raises(error):
        wire_of(sent).receive(0)


def test_silence_ends_after_the_deadline() -> None:
    ours, theirs = socket.socketpair()

    with pytest.raises(ReadTransient, match="berhenti menjawab"):
        Wire(ours, Deadlines(frame_s=0.05)).receive(0)
    theirs.close()


def test_events_alone_are_no_progress() -> None:
    ours, theirs = socket.socketpair()
    stop = threading.Event()

    def flood() -> None:
        while not stop.wait(0.005):
            theirs.sendall(make_frame(500, 1, 0, bytes(32)))

    thread = threading.Thread(target=flood)
    thread.start()
    with pytest.raises(ReadTransient, match="berhenti menjawab"):
        Wire(ours, Deadlines(frame_s=5, no_progress_s=0.2)).receive(0)
    stop.set()
    thread.join()


@given(st.binary(max_size=300), st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
def test_checksum_equals_the_word_by_word_one(data: bytes, session: int, reply: int) -> None:
    payload = struct.pack("<4H", 1501, 0, session, reply) + data

    assert checksum(1501, session, reply, data) == plain_checksum(payload)
    assert (word_sum(data) - word_sum(data[:2]) - word_sum(data[2:])) % 0xFFFF == 0


@given(st.binary(max_size=200))
def test_any_bytes_are_a_frame_or_a_clear_refusal(sent: bytes) -> None:
    wire = wire_of(sent)

    try:
        frame = wire.receive(0)
    except ReadFailed:
        return
    assert frame.reply == 0
